public import Base
public import Postgres

/// Log-ins whose password was right and that wait for the second factor, by the SHA-256 of their cookie.
public enum PendingLogInTable {
    public struct Row: Sendable, Hashable {
        public let member: ID<Member>
        /// The member's home.
        public let tenant: ID<Tenant>
        /// Where to go afterwards: a path of ours, or empty.
        public let next: String
    }

    static let insert = Statement("pending_log_ins.insert", """
        INSERT INTO pending_log_ins (tenant_id, token_sha256, member_id, next, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
        """)
    static let find = Statement("pending_log_ins.find", """
        SELECT p.member_id, p.tenant_id, p.next FROM pending_log_ins p
          JOIN members m ON m.tenant_id = p.tenant_id AND m.member_id = p.member_id
         WHERE p.token_sha256 = $1 AND p.expires_at > $2 AND m.state = 'active'
        """)
    static let finish = Statement("pending_log_ins.finish", """
        DELETE FROM pending_log_ins WHERE tenant_id = $1 AND token_sha256 = $2 RETURNING token_sha256
        """)
    static let deleteEnded = Statement(
        "pending_log_ins.delete_ended", "DELETE FROM pending_log_ins WHERE tenant_id = $1 AND member_id = $2 AND expires_at <= $3")

    public static let statements: [Statement] = [insert, find, finish, deleteEnded]

    /// Starts a wait of `Limits.pendingLogInSecondsMax`, and forgets the member's ended ones. In the member's home.
    public static func insert(_ row: Row, token: Digest, at now: Instant, in tx: borrowing Transaction) throws {
        let end = now.advanced(byMilliseconds: Int64(Limits.pendingLogInSecondsMax) * 1_000)
        try tx.run(deleteEnded, .uuid(row.tenant), .uuid(row.member), .instant(now))
        try tx.run(
            insert, .uuid(row.tenant), .digest(token), .uuid(row.member), .text(row.next), .instant(now), .instant(end))
    }

    /// Nil when unknown, over, or of a member who is not active. Any scope: the tenant is what this finds out.
    public static func find(_ token: Digest, at now: Instant, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(find, .digest(token), .instant(now)).first { row in
            Row(member: try row.id("member_id"), tenant: try row.id("tenant_id"), next: try row.text("next"))
        }
    }

    /// Takes it out: true for one caller only, however many race. In the member's home.
    public static func finish(_ token: Digest, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Bool {
        try !tx.run(finish, .uuid(tenant), .digest(token)).isEmpty
    }
}

extension PendingLogInTable.Row {
    public init(_ member: ID<Member>, home: ID<Tenant>, next: String) {
        self.init(member: member, tenant: home, next: next)
    }
}
