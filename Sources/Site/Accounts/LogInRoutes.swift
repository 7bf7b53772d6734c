internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// `/login` and `/logout`. The answer to a wrong password takes the same work and says the same, whether or not there is
/// such an account.
enum LogInRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/login", form),
        .steps(.post, "/login", visitor: logIn),
        .visitor(.post, "/logout", logOut),
    ]

    /// One try: whose account the name means, how it is counted, and whether the password may be weighed at all.
    private struct Attempt {
        let credentials: MemberTable.Credentials?
        let throttle: LogInThrottle
        let isWeighed: Bool
    }

    private static func form(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let next = AccountForms.next(context.request.query)
        if context.viewer != nil { return .redirect(to: next.isEmpty ? LogIn.home : next) }
        return page(context, .init(next: next))
    }

    private static func page(
        _ context: VisitorContext, _ model: AccountForms.Model, notice: HTML? = nil, status: Int = 200
    ) -> Response {
        context.page(
            Page(title: "Log in", section: .account, body: LogInPages.form(model, notice: notice, token: context.formTokenField)),
            status: status)
    }

    private static func logIn(_ context: VisitorContext, _ database: Database) throws -> Response {
        let form = try context.form()
        let password = PasswordText.normalised(form["password"])
        var model = AccountForms.Model(email: form.text("email"), next: AccountForms.next(form))
        let name = LogInName(model.email)
        if name == nil { model.errors.append(.init("email", "Enter the email address you signed up with, or your handle.")) }
        if password.reveal().isEmpty { model.errors.append(.init("password", "Enter your password.")) }
        guard model.errors.isEmpty, let name else { return page(context, model, status: 422) }
        let attempt: Attempt
        do {
            attempt = try count(name, context, database)
        } catch let refusal as LogInThrottle.Refusal {
            return tooMany(refusal, context, model)
        }
        let isRight = try weigh(password, attempt, context, database)
        guard isRight, let credentials = attempt.credentials else {
            try refuse(attempt.credentials, context, database)
            model.errors.append(.init("email", "This name and password do not belong together. Check both and try again."))
            return page(context, model, status: 422)
        }
        guard credentials.isActive else { return page(context, model, notice: LogInPages.suspended, status: 403) }
        return try LogIn.begin(context, database, credentials, next: model.next)
    }

    /// Counts the try before anything is hashed. The same statements for nobody's name, about a member made up.
    private static func count(_ name: LogInName, _ context: VisitorContext, _ database: Database) throws -> Attempt {
        let credentials = try database.transaction(.platform, .readOnly) { try name.credentials(in: $0) }
        var random = SystemRandomNumberGenerator()
        let member = credentials?.member ?? ID(at: context.now, random: &random)
        let tenant = credentials?.tenant ?? ID(at: context.now, random: &random)
        let device = DeviceCookie(sentWith: context.request)?.digest
        return try database.transaction(.tenant(tenant), .readWrite) { tx in
            let isKnown = try device.map {
                try KnownDeviceTable.isKnown($0, to: member, tenant: tenant, at: context.now, in: tx)
            } ?? false
            let throttle = LogInThrottle(
                name, network: context.request.remoteAddress, member: member, knownDevice: isKnown ? device : nil)
            return Attempt(credentials: credentials, throttle: throttle, isWeighed: try throttle.take(at: context.now, in: tx))
        }
    }

    /// One hash, whether the account exists or not. Gives the try back when the password was right, or when there was no
    /// place to hash it.
    private static func weigh(
        _ password: Secret<String>, _ attempt: Attempt, _ context: VisitorContext, _ database: Database
    ) throws -> Bool {
        // What is longer than any password of ours is wrong without a look at its megabyte.
        let weighed = password.reveal().utf8.count <= Limits.passwordBytesMax ? password : Secret("")
        let stored = attempt.credentials?.passwordHash.reveal() ?? PasswordHash.ofNobody
        var rehashed: Secret<String>?
        let isRight: Bool
        do {
            isRight = try context.hashing {
                guard try PasswordHash.verify(weighed, against: stored), attempt.isWeighed, attempt.credentials != nil else { return false }
                // The one moment at which the password is known and its hash can be made as strong as today's are.
                if PasswordHash.needsRehash(stored) { rehashed = Secret(try PasswordHash.make(weighed)) }
                return true
            }
        } catch let busy as Problem {
            try database.transaction(.platform, .readWrite) { try attempt.throttle.giveBack(at: context.now, in: $0) }
            throw busy
        }
        guard isRight, let credentials = attempt.credentials else { return false }
        try database.transaction(.tenant(credentials.tenant), .readWrite) { tx in
            try attempt.throttle.giveBack(at: context.now, in: tx)
            guard let rehashed else { return }
            // False when the password was changed meanwhile: then that one stays.
            _ = try MemberTable.replacePassword(
                of: credentials.member, tenant: credentials.tenant, old: credentials.passwordHash, new: rehashed, in: tx)
        }
        return true
    }

    /// In the account's log; in the house's, and so for administrators, when there is no such account.
    private static func refuse(_ credentials: MemberTable.Credentials?, _ context: VisitorContext, _ database: Database) throws {
        let tenant = credentials?.tenant ?? RunTable.house
        try database.transaction(.tenant(tenant), .readWrite) { tx in
            try context.audit(
                .logInRefused, outcome: .refused, details: ["reason": .string(credentials == nil ? "no_account" : "password")],
                tenant: tenant, in: tx)
        }
    }

    private static func tooMany(_ refusal: LogInThrottle.Refusal, _ context: VisitorContext, _ model: AccountForms.Model) -> Response {
        var response = page(context, model, notice: LogInPages.tooMany(seconds: refusal.seconds), status: 429)
        response.headers.set("retry-after", String(refusal.seconds))
        return response
    }

    private static func logOut(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        if let viewer = context.viewer, let session = viewer.session {
            let home = viewer.member.tenant
            try ActingTenant.run(as: home, backTo: viewer.tenant, in: tx) { tx in
                try LoginSessionTable.delete(session, tenant: home, in: tx)
                try context.audit(.loggedOut, of: .init("session", session.description), tenant: home, in: tx)
            }
        }
        var response = Response.redirect(to: "/")
        response.cookies.append(SessionCookie.ended(isSecure: context.request.isSecure))
        return response
    }
}
