internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// The end of every log-in, by whatever means it came.
enum LogIn {
    /// What showed who it is, as the audit log has it.
    enum Means: String, Sendable {
        case signUp = "sign_up"
        case password
        case passkey
        /// Password, then a code of the authenticator app.
        case code
        /// Password, then a recovery code.
        case recoveryCode = "recovery_code"
        /// Password, then a passkey.
        case passwordAndPasskey = "password_and_passkey"
    }

    /// Where a member goes who asked for nothing else.
    static let home = "/studio"
    /// Where the second factor is asked for. The pending log-in is in the cookie `CookieName.pending`.
    static let factorPath = "/login/factor"

    /// After the right password: starts the session, or where the member has a second factor, notes that the password was
    /// right and asks for the factor. `next` is a path of ours or empty.
    static func begin(
        _ context: VisitorContext, _ database: Database, _ credentials: MemberTable.Credentials, next: String
    ) throws -> Response {
        guard credentials.hasSecondFactor else {
            return try start(context, database, member: credentials.member, home: credentials.tenant, next: next, by: .password)
        }
        let token = SessionToken()
        try database.transaction(.tenant(credentials.tenant), .readWrite) { tx in
            try PendingLogInTable.insert(
                .init(credentials.member, home: credentials.tenant, next: next), token: token.digest, at: context.now, in: tx)
        }
        var response = Response.redirect(to: factorPath)
        response.cookies.append(Cookie(
            name: CookieName.pending(isSecure: context.request.isSecure), value: token.text.reveal(),
            maxAgeSeconds: Limits.pendingLogInSecondsMax, isSecure: context.request.isSecure))
        return response
    }

    /// The log-in that waits for its second factor in this browser, if any; and the digest that `start` finishes.
    static func pending(_ context: VisitorContext, in tx: borrowing Transaction) throws -> (row: PendingLogInTable.Row, token: Digest)? {
        guard let text = context.request.cookies[CookieName.pending(isSecure: context.request.isSecure)],
              let token = SessionToken.digest(of: text), let row = try PendingLogInTable.find(token, at: context.now, in: tx)
        else { return nil }
        return (row, token)
    }

    /// Starts a session: a token of its own for every log-in, never one from before. The browser's old session ends, and the
    /// browser is known from here on. `finishing` is the pending log-in that this completes: when another request took it,
    /// nothing starts and the answer leads back to the log-in page.
    static func start(
        _ context: VisitorContext, _ database: Database, member: ID<Member>, home: ID<Tenant>, next: String, by means: Means,
        finishing pending: Digest? = nil
    ) throws -> Response {
        try endOld(context, database)
        let token = SessionToken(), device = DeviceCookie(context.request)
        var random = SystemRandomNumberGenerator()
        let session = ID<LoginSession>(at: context.now, random: &random)
        let hasStarted = try database.transaction(.tenant(home), .readWrite) { tx in
            if let pending, try !PendingLogInTable.finish(pending, tenant: home, in: tx) { return false }
            try LoginSessionTable.insert(
                .init(id: session, member: member, tenant: home, userAgent: context.request.headers["user-agent"] ?? "",
                      network: context.request.remoteAddress),
                token: token.digest, at: context.now, in: tx)
            let isKnown = try remember(device, of: member, home, context, in: tx)
            try context.audit(
                .loggedIn, of: .init("session", session.description),
                details: ["by": .string(means.rawValue), "known_device": .bool(isKnown)], tenant: home, actor: member, in: tx)
            return true
        }
        let isSecure = context.request.isSecure
        var response = Response.redirect(to: hasStarted ? (next.isEmpty ? Self.home : next) : "/login")
        if hasStarted { response.cookies = [SessionCookie.make(token, isSecure: isSecure), device.cookie(isSecure: isSecure)] }
        if context.request.cookies[CookieName.pending(isSecure: isSecure)] != nil {
            response.cookies.append(Cookie(name: CookieName.pending(isSecure: isSecure), value: "", maxAgeSeconds: 0, isSecure: isSecure))
        }
        return response
    }

    private static func endOld(_ context: VisitorContext, _ database: Database) throws {
        guard let viewer = context.viewer, let old = viewer.session else { return }
        try database.transaction(.tenant(viewer.member.tenant), .readWrite) { tx in
            try LoginSessionTable.delete(old, tenant: viewer.member.tenant, in: tx)
            try context.audit(.loggedOut, of: .init("session", old.description), tenant: viewer.member.tenant, in: tx)
        }
    }

    /// True when the browser was known before. A member who is known to use others is told of a new one by mail.
    private static func remember(
        _ device: DeviceCookie, of member: ID<Member>, _ home: ID<Tenant>, _ context: VisitorContext, in tx: borrowing Transaction
    ) throws -> Bool {
        let isKnown = try KnownDeviceTable.isKnown(device.digest, to: member, tenant: home, at: context.now, in: tx)
        if !isKnown, try KnownDeviceTable.count(of: member, tenant: home, in: tx) > 0 {
            try context.mail.notify(.newDevice, member, in: tx)
        }
        try KnownDeviceTable.remember(device.digest, of: member, tenant: home, at: context.now, in: tx)
        return isKnown
    }
}

/// Marks a browser that logged in, for a year after the last time. Several members may use one browser.
struct DeviceCookie {
    private let text: String
    let digest: Digest

    /// The one that the request brought.
    init?(sentWith request: Request) {
        guard let text = request.cookies[CookieName.device(isSecure: request.isSecure)], let digest = SessionToken.digest(of: text)
        else { return nil }
        self.text = text
        self.digest = digest
    }

    /// The one that the request brought, else a new one.
    init(_ request: Request) {
        if let sent = DeviceCookie(sentWith: request) {
            self = sent
        } else {
            let token = SessionToken()
            text = token.text.reveal()
            digest = token.digest
        }
    }

    func cookie(isSecure: Bool) -> Cookie {
        Cookie(
            name: CookieName.device(isSecure: isSecure), value: text, maxAgeSeconds: Limits.knownDeviceDaysMax * 86_400,
            isSecure: isSecure)
    }
}
