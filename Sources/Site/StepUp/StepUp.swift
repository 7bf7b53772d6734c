internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// The fresh proof of identity that sensitive acts need: a code or a passkey of those who have a second factor, the
/// password of the others.
///
/// A form that comes without one is answered by a page that holds everything typed, and asks for the proof beside it:
/// sending that page does both (docs/decisions/0013-step-up.md).
enum StepUp {
    /// Fields of a form that prove who sends it; never repeated in a page.
    static let fieldPrefix = "proof_"
    static let passwordField = "proof_password"
    static let codeField = "proof_code"
    static let passkeyField = "proof_passkey"
    /// POST: options for proving by passkey.
    static let passkeyOptions = "/account/proof/options"

    /// What somebody brings.
    enum Attempt: Sendable {
        case password(Secret<String>), code(Secret<String>)
        /// The browser's answer, JSON.
        case passkey(String)
    }

    /// What a session is after a proof: who asks, and the cookie that it has from now on.
    struct Proved {
        let viewer: Caller
        let cookie: Cookie
    }

    enum Outcome {
        case proved(Proved)
        case refused(FactorRefusal)
        /// The request brings no proof.
        case missing
    }

    /// Takes the proof that the request's form brings.
    static func prove(_ viewer: Caller, _ context: VisitorContext, _ database: Database) throws -> Outcome {
        guard let form = context.request.form(), form.pairs.contains(where: { $0.name.hasPrefix(fieldPrefix) }) else { return .missing }
        guard let attempt = attempt(in: form) else {
            return .refused(FactorRefusal(message: viewer.member.hasSecondFactor ? "Enter a code or use your passkey." : "Enter your password."))
        }
        return try prove(attempt, viewer, context, database)
    }

    /// Nil when every field of a proof is empty.
    private static func attempt(in form: Fields) -> Attempt? {
        if let text = form[passkeyField], !text.isEmpty { return .passkey(text) }
        let code = form.text(codeField)
        if !code.isEmpty { return .code(Secret(code)) }
        guard let password = form[passwordField], !password.isEmpty else { return nil }
        return .password(PasswordText.normalised(Secret(password)))
    }

    /// Checks `attempt`, notes in the audit log what came of it, and where it holds gives the session a new token.
    static func prove(_ attempt: Attempt, _ viewer: Caller, _ context: some PageContext, _ database: Database) throws -> Outcome {
        guard let session = viewer.session else { return .missing }
        let home = viewer.member.tenant
        switch try check(attempt, viewer, context, database) {
        case .wrong(let refusal):
            try database.transaction(.tenant(home), .readWrite) {
                try context.audit(.proofRefused, outcome: .refused, tenant: home, in: $0)
            }
            return .refused(refusal)
        case .right(let means):
            let token = SessionToken()
            try database.transaction(.tenant(home), .readWrite) { tx in
                try LoginSessionTable.prove(session, tenant: home, token: token.digest, at: context.now, in: tx)
                try context.audit(.identityProved, details: ["by": .string(means.rawValue)], tenant: home, in: tx)
            }
            let proved = Caller(
                member: viewer.member, acting: viewer.acting, credential: .session(session, provedAt: context.now))
            return .proved(Proved(viewer: proved, cookie: SessionCookie.make(token, isSecure: context.request.isSecure)))
        }
    }

    private static func check(
        _ attempt: Attempt, _ viewer: Caller, _ context: some PageContext, _ database: Database
    ) throws -> FactorCheck.Verdict {
        let subject = FactorCheck.Subject(member: viewer.member.member, home: viewer.member.tenant)
        let throttle = FactorThrottle(.proof, of: subject.member)
        switch attempt {
        case .password(let password):
            guard !viewer.member.hasSecondFactor else {
                return .wrong(FactorRefusal(
                    message: "Your account has a second factor, so the password alone is not enough. Enter a code or use your passkey."))
            }
            return try FactorCheck.password(password, of: subject, throttle, context, database)
        case .code(let code):
            return try FactorCheck.code(code, of: subject, throttle, context, database)
        case .passkey(let answer):
            guard try PasskeyCeremony.assertion(answer, for: .prove, of: subject, context, database) != nil else {
                return .wrong(FactorRefusal(message: "This passkey was not accepted. Try again, or enter a code."))
            }
            return .right(.passkey)
        }
    }

    /// The page that asks for a proof and keeps what was typed, secrets apart. `refusal` says why the last one was not taken.
    static func ask(_ viewer: Caller, _ context: VisitorContext, _ database: Database, _ refusal: FactorRefusal?) throws -> Response {
        if context.request.wantsProblem { throw AccessRefusal.proof }
        let query = context.request.query.pairs.isEmpty ? "" : "?" + context.request.query.encoded
        let address = context.request.path.description + query
        if context.request.method.isSafe { return .redirect(to: "/account/confirm?next=" + PercentCoding.encode(address)) }
        guard let kept = kept(context.request) else {
            return context.page(
                Page(title: "Confirm that it is you", section: .account, body: StepUpPages.tooLarge()), status: 403)
        }
        return try page(viewer, context, database, action: address, kept: kept, refusal: refusal, status: refusal?.status ?? 403)
    }

    /// The page that asks, sending `kept` and the proof to `action`.
    static func page(
        _ viewer: Caller, _ context: some PageContext, _ database: Database, action: String, kept: [Fields.Pair],
        refusal: FactorRefusal?, status: Int
    ) throws -> Response {
        let home = viewer.member.tenant
        let factors = try database.transaction(.tenant(home), .readOnly) {
            try FactorTable.overview(of: viewer.member.member, tenant: home, in: $0)
        }
        let button = PasskeyButton(
            "Use your passkey", options: passkeyOptions, field: passkeyField, isPrimary: !factors.hasApp, context)
        var response = context.page(
            Page(
                title: "Confirm that it is you", section: .account, scripts: factors.passkeys > 0 ? [PasskeyButton.script] : [],
                body: StepUpPages.ask(.init(
                    action: action, kept: kept, factors: factors, refusal: refusal, passkey: factors.passkeys > 0 ? button : nil,
                    token: context.formTokenField))),
            status: status)
        if let seconds = refusal?.seconds { response.headers.set("retry-after", String(seconds)) }
        return response
    }

    /// Room that the fields of a proof need beside what was typed: a passkey's answer is the longest.
    private static let roomBytes = 16_384
    private static let roomFields = 6

    /// What the form held but for secrets, which are typed anew; nil for what a page cannot hold and send again.
    private static func kept(_ request: Request) -> [Fields.Pair]? {
        guard let form = request.form(), request.body.count + roomBytes <= Limits.bodyBytesMax,
              form.pairs.count + roomFields <= Limits.formFieldsMax else { return nil }
        return form.pairs.filter { pair in
            pair.name != FormTokenIssue.fieldName && !pair.name.hasPrefix(fieldPrefix) && !isSecret(pair.name)
        }
    }

    private static func isSecret(_ name: String) -> Bool {
        ["password", "code", "secret"].contains { name == $0 || name.hasSuffix("_" + $0) }
    }
}

/// The cookie of a logged-in browser.
enum SessionCookie {
    static func make(_ token: SessionToken, isSecure: Bool) -> Cookie {
        Cookie(
            name: CookieName.session(isSecure: isSecure), value: token.text.reveal(), maxAgeSeconds: Limits.sessionDaysMax * 86_400,
            isSecure: isSecure)
    }

    static func ended(isSecure: Bool) -> Cookie {
        Cookie(name: CookieName.session(isSecure: isSecure), value: "", maxAgeSeconds: 0, isSecure: isSecure)
    }
}

extension PageContext {
    /// Runs `body` holding one of the machine's few places for hashing, or refuses at once.
    func hashing<R>(_ body: () throws -> R) throws -> R {
        do {
            return try frame.hashSlots.withSlot(body)
        } catch is HashSlots.Busy {
            throw Problem(
                status: 429, detail: "Many people are logging in at this moment. Wait a few seconds and try again.",
                retryAfterSeconds: 3)
        }
    }
}
