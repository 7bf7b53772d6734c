public import Base
public import Postgres

/// Browsers that are logged in, by the SHA-256 of their token.
public enum LoginSessionTable {
    /// A session that has not ended, with what every request needs to know of its member.
    public struct Found: Sendable {
        public let member: ID<Member>
        public let tenant: ID<Tenant>
        public let handle: String
        public let email: String
        public let isAdmin: Bool
        public let lastSeen: Instant
    }

    static let find = Statement(
        "login_sessions.find",
        """
        SELECT s.member_id, s.tenant_id, h.handle, m.email, m.is_admin, s.last_seen_at
        FROM login_sessions s
        JOIN members m ON m.tenant_id = s.tenant_id AND m.member_id = s.member_id
        JOIN handles h ON h.tenant_id = s.tenant_id
        WHERE s.token_sha256 = $1 AND s.expires_at > $2 AND m.state = 'active'
        """)
    static let insert = Statement(
        "login_sessions.insert",
        """
        INSERT INTO login_sessions (tenant_id, token_sha256, member_id, created_at, last_seen_at, expires_at, user_agent)
        VALUES ($1, $2, $3, $4, $4, $5, $6)
        """)
    static let touch = Statement(
        "login_sessions.touch",
        "UPDATE login_sessions SET last_seen_at = $3 WHERE tenant_id = $1 AND token_sha256 = $2")
    static let delete = Statement(
        "login_sessions.delete", "DELETE FROM login_sessions WHERE tenant_id = $1 AND token_sha256 = $2")
    static let deleteEnded = Statement(
        "login_sessions.delete_ended",
        "DELETE FROM login_sessions WHERE tenant_id = $1 AND member_id = $2 AND expires_at <= $3")

    public static let statements: [Statement] = [find, insert, touch, delete, deleteEnded]

    /// Nil when unknown, ended, or of a suspended member. Any scope: the tenant is what this finds out.
    public static func find(_ token: Digest, at now: Instant, in tx: borrowing Transaction) throws -> Found? {
        try tx.run(find, .digest(token), .instant(now)).first { row in
            Found(
                member: try row.id("member_id"), tenant: try row.id("tenant_id"), handle: try row.text("handle"),
                email: try row.text("email"), isAdmin: try row.bool("is_admin"), lastSeen: try row.instant("last_seen_at"))
        }
    }

    /// Starts a session of `Limits.sessionDaysMax` days, and forgets the member's ended ones. In the member's scope.
    public static func insert(
        _ token: Digest, member: ID<Member>, tenant: ID<Tenant>, userAgent: String, at now: Instant,
        in tx: borrowing Transaction
    ) throws {
        let end = now.advanced(byMilliseconds: Int64(Limits.sessionDaysMax) * Instant.millisecondsPerDay)
        try tx.run(deleteEnded, .uuid(tenant), .uuid(member), .instant(now))
        try tx.run(
            insert, .uuid(tenant), .digest(token), .uuid(member), .instant(now), .instant(end),
            .text(String(userAgent.prefix(400))))
    }

    /// Notes that the session was used. In the member's scope.
    public static func touch(_ token: Digest, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction) throws {
        try tx.run(touch, .uuid(tenant), .digest(token), .instant(now))
    }

    /// Ends the session. In the member's scope.
    public static func delete(_ token: Digest, tenant: ID<Tenant>, in tx: borrowing Transaction) throws {
        try tx.run(delete, .uuid(tenant), .digest(token))
    }
}
