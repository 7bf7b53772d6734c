public import Base
public import Postgres

/// Recovery codes by their first two characters, the rest hashed. Each opens once.
public enum RecoveryCodeTable {
    /// A code as it is stored.
    public struct New: Sendable {
        public let selector: String
        /// PHC string.
        public let hash: String
        public init(selector: String, hash: String) {
            self.selector = selector
            self.hash = hash
        }
    }

    static let deleteAll = Statement(
        "recovery_codes.delete_all", "DELETE FROM recovery_codes WHERE tenant_id = $1 AND member_id = $2")
    static let insert = Statement("recovery_codes.insert", """
        INSERT INTO recovery_codes (tenant_id, member_id, selector, code_hash, created_at) VALUES ($1, $2, $3, $4, $5)
        """)
    static let find = Statement("recovery_codes.find", """
        SELECT code_hash FROM recovery_codes WHERE tenant_id = $1 AND member_id = $2 AND selector = $3 AND used_at IS NULL
        """)
    static let use = Statement("recovery_codes.use", """
        UPDATE recovery_codes SET used_at = $5
         WHERE tenant_id = $1 AND member_id = $2 AND selector = $3 AND code_hash = $4 AND used_at IS NULL
        RETURNING selector
        """)
    static let left = Statement("recovery_codes.left", """
        SELECT count(*) AS codes_left FROM recovery_codes WHERE tenant_id = $1 AND member_id = $2 AND used_at IS NULL
        """)

    public static let statements: [Statement] = [deleteAll, insert, find, use, left]

    /// The member has these codes from now on; all others open nothing. In the member's home, the member locked.
    public static func replace(
        _ codes: [New], of member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.run(deleteAll, .uuid(tenant), .uuid(member))
        try tx.runAll(insert, codes.map { [.uuid(tenant), .uuid(member), .text($0.selector), .text($0.hash), .instant(now)] })
    }

    /// The hash of the unused code with that selector. In the member's home.
    public static func hash(
        _ selector: String, of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction
    ) throws -> Secret<String>? {
        try tx.run(find, .uuid(tenant), .uuid(member), .text(selector)).first { Secret(try $0.text("code_hash")) }
    }

    /// Takes the code whose hash was verified: true for exactly one of all who bring it, and for none once other codes were
    /// made. In the member's home.
    public static func use(
        _ selector: String, hash: Secret<String>, of member: ID<Member>, tenant: ID<Tenant>, at now: Instant,
        in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.run(use, .uuid(tenant), .uuid(member), .text(selector), .text(hash.reveal()), .instant(now)).isEmpty
    }

    /// How many are unused. In the member's home.
    public static func left(of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Int {
        try tx.run(left, .uuid(tenant), .uuid(member)).only { try $0.int("codes_left") }
    }
}
