public import Base
public import Postgres

/// Browsers that are logged in, by the SHA-256 of their token.
public enum LoginSessionTable {
    /// A session that has not ended, with what every request needs to know of its member.
    public struct Found: Sendable {
        public let session: ID<LoginSession>
        public let member: MemberFacts
        public let acting: ActingMembership
        /// The handle of the team that the session was switched to, once an owner took the member out or it is deleted; else nil.
        public let lostTeam: String?
        public let provedAt: Instant
        public let lastSeen: Instant
        /// Where it was last seen.
        public let network: String
    }

    /// A session as it starts.
    public struct New: Sendable {
        public let id: ID<LoginSession>
        public let member: ID<Member>
        /// The member's home.
        public let tenant: ID<Tenant>
        public let userAgent: String
        public let network: String
        public init(id: ID<LoginSession>, member: ID<Member>, tenant: ID<Tenant>, userAgent: String, network: String) {
            self.id = id
            self.member = member
            self.tenant = tenant
            self.userAgent = String(userAgent.prefix(400))
            self.network = String(network.prefix(64))
        }
    }

    /// A session in its member's list.
    public struct Listed: Sendable, Hashable {
        public let session: ID<LoginSession>
        public let createdAt: Instant
        public let lastSeen: Instant
        public let expiresAt: Instant
        /// As the browser named itself at log-in.
        public let userAgent: String
        /// Where it was last seen.
        public let network: String
    }

    private static let source = """
        FROM login_sessions s
        JOIN members m ON m.tenant_id = s.tenant_id AND m.member_id = s.member_id
        JOIN handles h ON h.tenant_id = s.tenant_id
        \(ActingMembership.join(member: "s.member_id", tenants: ["s.acting_tenant_id", "s.tenant_id"]))
        """
    private static let isLive = "s.expires_at > $2 AND s.last_seen_at > $3 AND m.state = 'active'"

    static let find = Statement("login_sessions.find", """
        SELECT s.session_id, s.proved_at, s.last_seen_at, s.network, \(MemberFacts.columns), \(ActingMembership.columns),
               (SELECT l.handle FROM handles l WHERE l.tenant_id = coalesce(s.acting_tenant_id, s.lost_tenant_id)
                   AND NOT EXISTS (SELECT FROM memberships b WHERE b.member_id = s.member_id AND b.tenant_id = l.tenant_id)) AS lost_handle
        \(source) WHERE s.token_sha256 = $1 AND \(isLive)
        """)
    static let holds = Statement("login_sessions.holds", """
        SELECT acting.tenant_id \(source) WHERE s.session_id = $1 AND \(isLive)
        """)
    static let insert = Statement("login_sessions.insert", """
        INSERT INTO login_sessions (tenant_id, token_sha256, session_id, member_id, created_at, last_seen_at, proved_at, expires_at,
            user_agent, network)
        VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8)
        """)
    static let touch = Statement(
        "login_sessions.touch", "UPDATE login_sessions SET last_seen_at = $3, network = $4 WHERE tenant_id = $1 AND session_id = $2")
    static let prove = Statement(
        "login_sessions.prove", "UPDATE login_sessions SET proved_at = $3, token_sha256 = $4 WHERE tenant_id = $1 AND session_id = $2")
    static let switchTenant = Statement(
        "login_sessions.switch_tenant",
        "UPDATE login_sessions SET acting_tenant_id = $3, lost_tenant_id = NULL WHERE tenant_id = $1 AND session_id = $2")
    static let delete = Statement(
        "login_sessions.delete", "DELETE FROM login_sessions WHERE tenant_id = $1 AND session_id = $2")
    static let list = Statement("login_sessions.list", """
        SELECT session_id, created_at, last_seen_at, expires_at, user_agent, network FROM login_sessions
         WHERE tenant_id = $1 AND tenant_id = app.tenant_id() AND member_id = $2 AND expires_at > $3 AND last_seen_at > $4
         ORDER BY last_seen_at DESC, session_id
        """)
    static let revoke = Statement("login_sessions.revoke", """
        DELETE FROM login_sessions WHERE tenant_id = $1 AND member_id = $2 AND session_id = $3 RETURNING session_id
        """)
    static let revokeOthers = Statement("login_sessions.revoke_others", """
        DELETE FROM login_sessions WHERE tenant_id = $1 AND member_id = $2 AND session_id IS DISTINCT FROM $3 RETURNING session_id
        """)
    static let deleteEnded = Statement("login_sessions.delete_ended", """
        DELETE FROM login_sessions WHERE tenant_id = $1 AND member_id = $2 AND (expires_at <= $3 OR last_seen_at <= $4)
        """)

    public static let statements: [Statement] = [
        find, holds, insert, touch, prove, switchTenant, delete, list, revoke, revokeOthers, deleteEnded,
    ]

    /// Sessions last seen before this have ended.
    private static func idleLimit(_ now: Instant) -> Instant {
        now.advanced(byMilliseconds: -Int64(Limits.sessionIdleDaysMax) * Instant.millisecondsPerDay)
    }

    /// Nil when unknown, ended, or of a member who is not active. Any scope: the tenant is what this finds out.
    public static func find(_ token: Digest, at now: Instant, in tx: borrowing Transaction) throws -> Found? {
        try tx.run(find, .digest(token), .instant(now), .instant(idleLimit(now))).first { row in
            Found(
                session: try row.id("session_id"), member: try MemberFacts(row: row), acting: try ActingMembership(row: row),
                lostTeam: try row.textOrNil("lost_handle"), provedAt: try row.instant("proved_at"), lastSeen: try row.instant("last_seen_at"), network: try row.text("network"))
        }
    }

    /// True while the session works for `tenant`: asked again and again by streams that stay open.
    public static func holds(_ session: ID<LoginSession>, for tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        let acting: ID<Tenant>? = try tx.run(holds, .uuid(session), .instant(now), .instant(idleLimit(now))).first { try $0.id(0) }
        return acting == tenant
    }

    /// Starts a session of `Limits.sessionDaysMax` days, proved now, and forgets the member's ended ones. In the member's
    /// home.
    public static func insert(_ new: New, token: Digest, at now: Instant, in tx: borrowing Transaction) throws {
        let end = now.advanced(byMilliseconds: Int64(Limits.sessionDaysMax) * Instant.millisecondsPerDay)
        try tx.run(deleteEnded, .uuid(new.tenant), .uuid(new.member), .instant(now), .instant(idleLimit(now)))
        try tx.run(
            insert, .uuid(new.tenant), .digest(token), .uuid(new.id), .uuid(new.member), .instant(now), .instant(end),
            .text(new.userAgent), .text(new.network))
    }

    /// Notes that the session was used. In the member's home.
    public static func touch(
        _ session: ID<LoginSession>, tenant: ID<Tenant>, network: String, at now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.run(touch, .uuid(tenant), .uuid(session), .instant(now), .text(String(network.prefix(64))))
    }

    /// Notes a fresh proof of identity and gives the session a new token: the old one is nobody's from here on. In the
    /// member's home.
    public static func prove(
        _ session: ID<LoginSession>, tenant: ID<Tenant>, token: Digest, at now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.run(prove, .uuid(tenant), .uuid(session), .instant(now), .digest(token))
    }

    /// The tenant the session works for from now on. In the member's home; the caller has checked the membership, and
    /// every request checks it again.
    public static func switchTenant(
        _ session: ID<LoginSession>, home: ID<Tenant>, to tenant: ID<Tenant>, in tx: borrowing Transaction
    ) throws {
        try tx.run(switchTenant, .uuid(home), .uuid(session), .uuid(tenant))
    }

    /// Ends the session. In the member's home.
    public static func delete(_ session: ID<LoginSession>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws {
        try tx.run(delete, .uuid(tenant), .uuid(session))
    }

    /// The member's sessions that have not ended, the last used first. In the member's home.
    public static func list(
        _ member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws -> [Listed] {
        try tx.run(list, .uuid(tenant), .uuid(member), .instant(now), .instant(idleLimit(now))).map { row in
            Listed(
                session: try row.id("session_id"), createdAt: try row.instant("created_at"), lastSeen: try row.instant("last_seen_at"),
                expiresAt: try row.instant("expires_at"), userAgent: try row.text("user_agent"), network: try row.text("network"))
        }
    }

    /// Ends a session of the member's; false when they have none of that id. In the member's home.
    public static func revoke(
        _ session: ID<LoginSession>, of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.run(revoke, .uuid(tenant), .uuid(member), .uuid(session)).isEmpty
    }

    /// Ends all sessions of the member's but `kept`, and says which those were. In the member's home.
    public static func revokeOthers(
        than kept: ID<LoginSession>?, of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction
    ) throws -> [ID<LoginSession>] {
        try tx.run(revokeOthers, .uuid(tenant), .uuid(member), .uuid(orNull: kept)).map { try $0.id("session_id") }
    }
}
