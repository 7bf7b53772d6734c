internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// The fresh proof of identity that sensitive acts need.
///
/// A form that comes without one is answered by a page that holds everything typed, and asks for the proof beside it:
/// sending that page does both.
enum StepUp {
    /// Fields of a form that prove who sends it; never repeated in a page.
    static let passwordField = "proof_password"

    /// What a session is after a proof: who asks, and the cookie that it has from now on.
    struct Proved {
        let viewer: Caller
        let cookie: Cookie
    }

    /// Nil when the request brings no proof. A wrong one is refused with 403.
    static func prove(_ viewer: Caller, _ context: VisitorContext, _ database: Database) throws -> Proved? {
        guard let session = viewer.session, let form = context.request.form(), let password = form[passwordField] else { return nil }
        let home = viewer.member.tenant
        let isRight = try context.hashing {
            let credentials = try database.transaction(.tenant(home), .readOnly) {
                try MemberTable.credentials(of: viewer.member.member, tenant: home, in: $0)
            }
            return try PasswordHash.verify(Secret(password), against: credentials?.passwordHash.reveal() ?? PasswordHash.ofNobody)
        }
        guard isRight else {
            try database.transaction(.tenant(home), .readWrite) { try context.audit(.proofRefused, outcome: .refused, tenant: home, in: $0) }
            return nil
        }
        let token = SessionToken()
        try database.transaction(.tenant(home), .readWrite) { tx in
            try LoginSessionTable.prove(session, tenant: home, token: token.digest, at: context.now, in: tx)
            try context.audit(.identityProved, tenant: home, in: tx)
        }
        let proved = Caller(member: viewer.member, acting: viewer.acting, credential: .session(session, provedAt: context.now))
        return Proved(viewer: proved, cookie: SessionCookie.make(token, isSecure: context.request.isSecure))
    }

    /// The page that asks for a proof and keeps what was typed, secrets apart.
    static func ask(_ context: VisitorContext, _ database: Database) throws -> Response {
        if context.request.prefersJSON || context.request.path.description.hasPrefix("/api/") { throw AccessRefusal.proof }
        if context.request.method.isSafe {
            let query = context.request.query.pairs.isEmpty ? "" : "?" + context.request.query.encoded
            return .redirect(to: "/account/confirm?next=" + PercentCoding.encode(context.request.path.description + query))
        }
        let wasWrong = context.request.form()?.pairs.contains { $0.name.hasPrefix("proof_") } ?? false
        let kept = context.request.form()?.pairs.filter { pair in
            pair.name != FormTokenIssue.fieldName && !pair.name.hasPrefix("proof_") && !["password", "code", "token"].contains { pair.name.contains($0) }
        } ?? []
        let page = Page(
            title: "Confirm that it is you", section: .account,
            body: StepUpPages.ask(action: context.request.path.description, kept: kept, wasWrong: wasWrong, token: context.formTokenField))
        return context.page(page, status: 403)
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
