internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// The second step of a log-in, and the log-in that needs no password.
enum LogInFactorRoutes {
    static let passkeyPath = "/login/passkey"
    private static let field = "passkey"
    /// Passkeys cannot be guessed: this only bounds the work that one network causes in an hour.
    private static let passkeyTriesPerNetworkHourMax = 100

    static let routes: [Route] = [
        .steps(.get, LogIn.factorPath, visitor: factorForm),
        .steps(.post, LogIn.factorPath, visitor: factor),
        .steps(.post, "/login/factor/options", visitor: factorOptions),
        .steps(.get, passkeyPath, visitor: passkeyForm),
        .steps(.post, passkeyPath, visitor: passkey),
        .steps(.post, "/login/passkey/options", visitor: passkeyOptions),
    ]

    private struct Pending {
        let subject: FactorCheck.Subject
        let next: String
        let token: Digest
    }

    /// The log-in that waits in this browser; nil when there is none any more.
    private static func pending(_ context: VisitorContext, _ database: Database) throws -> Pending? {
        try database.transaction(.platform, .readOnly) { tx in
            try LogIn.pending(context, in: tx).map {
                Pending(subject: .init(member: $0.row.member, home: $0.row.tenant), next: $0.row.next, token: $0.token)
            }
        }
    }

    // MARK: After the password

    private static func factorForm(_ context: VisitorContext, _ database: Database) throws -> Response {
        guard let pending = try pending(context, database) else { return .redirect(to: "/login") }
        return try factorPage(pending, context, database, refusal: nil)
    }

    private static func factorPage(
        _ pending: Pending, _ context: VisitorContext, _ database: Database, refusal: FactorRefusal?
    ) throws -> Response {
        let factors = try database.transaction(.tenant(pending.subject.home), .readOnly) {
            try FactorTable.overview(of: pending.subject.member, tenant: pending.subject.home, in: $0)
        }
        let button = PasskeyButton(
            "Use your passkey", options: "/login/factor/options", field: field, isPrimary: !factors.hasApp, context)
        var response = context.page(
            Page(
                title: "Second step", section: .account, scripts: factors.passkeys > 0 ? [PasskeyButton.script] : [],
                body: LogInFactorPages.factor(
                    factors, passkey: factors.passkeys > 0 ? button.html(at: "/login") : nil, refusal: refusal, token: context.formTokenField)),
            status: refusal?.status == 403 ? 422 : refusal?.status ?? 200)
        if let seconds = refusal?.seconds { response.headers.set("retry-after", String(seconds)) }
        return response
    }

    private static func factor(_ context: VisitorContext, _ database: Database) throws -> Response {
        let form = try context.form()
        guard let pending = try pending(context, database) else { return .redirect(to: "/login") }
        let means: LogIn.Means
        if let answer = form[field], !answer.isEmpty {
            guard try PasskeyCeremony.assertion(answer, for: .prove, of: pending.subject, context, database) != nil else {
                return try refuse(
                    FactorRefusal(message: "This passkey was not accepted. Try again, or use another way."), pending, context, database)
            }
            means = .passwordAndPasskey
        } else {
            let code = form.text("code")
            guard !code.isEmpty else {
                return try factorPage(pending, context, database, refusal: FactorRefusal(message: "Enter a code."))
            }
            let throttle = FactorThrottle(.logIn, of: pending.subject.member, knownDevice: try knownDevice(pending, context, database))
            switch try FactorCheck.code(Secret(code), of: pending.subject, throttle, context, database) {
            case .wrong(let refusal): return try refuse(refusal, pending, context, database)
            case .right(let shown): means = shown == .recoveryCode ? .recoveryCode : .code
            }
        }
        return try LogIn.start(
            context, database, member: pending.subject.member, home: pending.subject.home, next: pending.next, by: means,
            finishing: pending.token)
    }

    private static func refuse(
        _ refusal: FactorRefusal, _ pending: Pending, _ context: VisitorContext, _ database: Database
    ) throws -> Response {
        try database.transaction(.tenant(pending.subject.home), .readWrite) {
            try context.audit(
                .logInRefused, outcome: .refused, details: ["step": "factor"], tenant: pending.subject.home,
                actor: pending.subject.member, in: $0)
        }
        return try factorPage(pending, context, database, refusal: refusal)
    }

    /// The browser's mark, if the member logged in with it before.
    private static func knownDevice(_ pending: Pending, _ context: VisitorContext, _ database: Database) throws -> Digest? {
        guard let device = DeviceCookie(sentWith: context.request) else { return nil }
        let isKnown = try database.transaction(.tenant(pending.subject.home), .readOnly) {
            try KnownDeviceTable.isKnown(
                device.digest, to: pending.subject.member, tenant: pending.subject.home, at: context.now, in: $0)
        }
        return isKnown ? device.digest : nil
    }

    private static func factorOptions(_ context: VisitorContext, _ database: Database) throws -> Response {
        guard let pending = try pending(context, database) else {
            throw Problem(status: 403, detail: "This log-in took longer than ten minutes. Start again.")
        }
        return try database.transaction(.tenant(pending.subject.home), .readWrite) {
            try PasskeyCeremony.get(.prove, of: pending.subject, context, in: $0)
        }
    }

    // MARK: Without a password

    private static func passkeyForm(_ context: VisitorContext, _ database: Database) throws -> Response {
        let next = next(context.request.query)
        if context.viewer != nil { return .redirect(to: next.isEmpty ? LogIn.home : next) }
        return passkeyPage(context, next: next, error: nil)
    }

    private static func passkeyPage(_ context: VisitorContext, next: String, error: String?, status: Int = 200) -> Response {
        let button = PasskeyButton(
            "Log in with a passkey", options: "/login/passkey/options", field: field, isPrimary: true, context)
        return context.page(
            Page(
                title: "Log in with a passkey", section: .account, scripts: [PasskeyButton.script],
                body: LogInFactorPages.passkey(button: button.html(at: passkeyPath), next: next, error: error, token: context.formTokenField)),
            status: status)
    }

    private static func passkeyOptions(_ context: VisitorContext, _ database: Database) throws -> Response {
        try database.transaction(.platform, .readWrite) { tx in
            try count(context, in: tx)
            return try PasskeyCeremony.get(.logIn, of: nil, context, in: tx)
        }
    }

    private static func passkey(_ context: VisitorContext, _ database: Database) throws -> Response {
        let form = try context.form()
        let next = next(form)
        guard let row = try PasskeyCeremony.assertion(form[field] ?? "", for: .logIn, of: nil, context, database) else {
            return passkeyPage(
                context, next: next, error: "This passkey was not accepted. Try again, or log in with your password.", status: 422)
        }
        return try LogIn.start(context, database, member: row.member, home: row.tenant, next: next, by: .passkey)
    }

    private static func count(_ context: VisitorContext, in tx: borrowing Transaction) throws {
        let bucket = ThrottleBucket.network(context.request.remoteAddress, act: "passkey")
        guard try ThrottleTable.take(
            bucket, max: passkeyTriesPerNetworkHourMax, windowSeconds: 3_600, at: context.now, in: tx) else {
            let seconds = try ThrottleTable.secondsToWait(
                bucket, max: passkeyTriesPerNetworkHourMax, windowSeconds: 3_600, at: context.now, in: tx)
            throw Problem(
                status: 429, detail: "There were many log-ins from your network. Wait a little, then try again.", retryAfterSeconds: seconds)
        }
    }

    private static func next(_ fields: Fields) -> String {
        guard let next = fields["next"], Response.isLocal(next) else { return "" }
        return next
    }
}
