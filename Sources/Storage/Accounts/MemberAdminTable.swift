public import Base
public import Postgres

/// Members as administrators and operators see them.
public enum MemberAdminTable {
    public struct Row: Sendable, Hashable {
        public let member: ID<Member>
        /// The member's home.
        public let tenant: ID<Tenant>
        public let handle: String
        public let email: String
        /// `active`, `suspended` or `deleted`.
        public let state: String
        public let isAdmin: Bool
        public let isVerified: Bool
        public let hasSecondFactor: Bool
        public let sessions: Int
        public let createdAt: Instant
    }

    private static let columns = """
        m.member_id, m.tenant_id, h.handle, m.email, m.state, m.is_admin, m.email_verified_at IS NOT NULL AS is_verified,
        m.second_factor_at IS NOT NULL AS has_factor, m.created_at,
        (SELECT count(*) FROM login_sessions s WHERE s.tenant_id = m.tenant_id AND s.member_id = m.member_id AND s.expires_at > now()) AS sessions
        """
    private static let source = "FROM members m JOIN handles h ON h.tenant_id = m.tenant_id"

    static let list = Statement("member_admin.list", """
        SELECT \(columns) \(source)
         WHERE ($1::uuid IS NULL OR m.member_id < $1) AND ($2 = '' OR starts_with(h.handle, $2) OR starts_with(m.email, $2))
         ORDER BY m.member_id DESC LIMIT $3
        """)
    static let find = Statement("member_admin.find", "SELECT \(columns) \(source) WHERE m.member_id = $1")
    static let findByName = Statement("member_admin.find_by_name", """
        SELECT \(columns) \(source) WHERE h.handle = $1 OR m.email = $1 ORDER BY h.handle = $1 DESC, m.email_verified_at IS NULL LIMIT 1
        """)
    static let setState = Statement("member_admin.set_state", """
        UPDATE members SET state = $3 WHERE tenant_id = $1 AND member_id = $2 AND state = $4
        """)
    static let endSessions = Statement("member_admin.end_sessions", "DELETE FROM login_sessions WHERE tenant_id = $1 AND member_id = $2")
    static let endPending = Statement("member_admin.end_pending", "DELETE FROM pending_log_ins WHERE tenant_id = $1 AND member_id = $2")
    static let setAdmin = Statement("member_admin.set_admin", "UPDATE members SET is_admin = $3 WHERE tenant_id = $1 AND member_id = $2")
    static let setPassword = Statement("member_admin.set_password", "UPDATE members SET password_hash = $3 WHERE tenant_id = $1 AND member_id = $2")
    static let dropFactors: [Statement] = ["totp_factors", "recovery_codes", "passkeys"].map {
        Statement("member_admin.drop_\($0)", "DELETE FROM \($0) WHERE tenant_id = $1 AND member_id = $2")
    }
    static let noFactor = Statement("member_admin.no_factor", "UPDATE members SET second_factor_at = NULL WHERE tenant_id = $1 AND member_id = $2")

    public static let statements: [Statement] =
        [list, find, findByName, setState, endSessions, endPending, setAdmin, setPassword, noFactor] + dropFactors

    /// Newest first, those older than `before`, whose handle or address starts with `text`. Any scope of the web role.
    public static func list(starting text: String, before: ID<Member>? = nil, limit: Int, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(list, .uuid(orNull: before), .text(text), .int(limit)).map(decode)
    }

    public static func find(_ member: ID<Member>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(find, .uuid(member)).first(decode)
    }

    /// By handle or mail address, lower case.
    public static func find(named name: String, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findByName, .text(name)).first(decode)
    }

    /// Ends every session, and with them the streams. False when the member was not active. In the member's home.
    public static func suspend(_ row: Row, in tx: borrowing Transaction) throws -> Bool {
        guard try tx.run(setState, .uuid(row.tenant), .uuid(row.member), .text("suspended"), .text("active")).affected == 1 else { return false }
        try endSessions(of: row, in: tx)
        return true
    }

    /// False when the member was not suspended. In the member's home.
    public static func restore(_ row: Row, in tx: borrowing Transaction) throws -> Bool {
        try tx.run(setState, .uuid(row.tenant), .uuid(row.member), .text("active"), .text("suspended")).affected == 1
    }

    /// Logs the member out everywhere. In the member's home.
    public static func endSessions(of row: Row, in tx: borrowing Transaction) throws {
        try tx.run(endSessions, .uuid(row.tenant), .uuid(row.member))
        try tx.run(endPending, .uuid(row.tenant), .uuid(row.member))
    }

    /// Only the owner of the database may. In the member's home.
    public static func setAdmin(_ row: Row, _ isAdmin: Bool, in tx: borrowing Transaction) throws {
        try tx.run(setAdmin, .uuid(row.tenant), .uuid(row.member), .bool(isAdmin))
    }

    /// `hash` is a PHC string. Logs the member out everywhere. In the member's home.
    public static func setPassword(_ row: Row, _ hash: Secret<String>, in tx: borrowing Transaction) throws {
        try tx.run(setPassword, .uuid(row.tenant), .uuid(row.member), .text(hash.reveal()))
        try endSessions(of: row, in: tx)
    }

    /// Removes every second factor, and logs the member out everywhere. In the member's home.
    public static func resetFactors(_ row: Row, in tx: borrowing Transaction) throws {
        for statement in dropFactors { try tx.run(statement, .uuid(row.tenant), .uuid(row.member)) }
        try tx.run(noFactor, .uuid(row.tenant), .uuid(row.member))
        try endSessions(of: row, in: tx)
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        Row(member: try row.id("member_id"), tenant: try row.id("tenant_id"), handle: try row.text("handle"), email: try row.text("email"),
            state: try row.text("state"), isAdmin: try row.bool("is_admin"), isVerified: try row.bool("is_verified"),
            hasSecondFactor: try row.bool("has_factor"), sessions: try row.int("sessions"), createdAt: try row.instant("created_at"))
    }
}
