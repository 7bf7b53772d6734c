public import Base
public import Postgres

/// Authenticator apps: one confirmed a member, and perhaps one that waits for its first code.
public enum TotpFactorTable {
    /// How long a secret waits for its first code.
    public static let pendingMilliseconds: Int64 = 600_000

    public struct Row: Sendable {
        public let id: ID<TotpFactor>
        /// Opens in the context `TotpFactorTable.context`.
        public let sealedSecret: [UInt8]
        /// Codes of this step and of those before count no more.
        public let lastStep: Int64
        /// When it was set up, or for one that waits, when its secret was made.
        public let since: Instant
    }

    static let deletePending = Statement(
        "totp_factors.delete_pending", "DELETE FROM totp_factors WHERE tenant_id = $1 AND member_id = $2 AND confirmed_at IS NULL")
    static let insert = Statement("totp_factors.insert", """
        INSERT INTO totp_factors (tenant_id, factor_id, member_id, sealed_secret, created_at) VALUES ($1, $2, $3, $4, $5)
        """)
    static let pending = Statement("totp_factors.pending", """
        SELECT factor_id, sealed_secret, last_step, created_at AS since FROM totp_factors
         WHERE tenant_id = $1 AND member_id = $2 AND confirmed_at IS NULL AND created_at > $3
         ORDER BY created_at DESC, factor_id DESC LIMIT 1
        """)
    static let confirmed = Statement("totp_factors.confirmed", """
        SELECT factor_id, sealed_secret, last_step, confirmed_at AS since FROM totp_factors
         WHERE tenant_id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL
        """)
    static let confirm = Statement("totp_factors.confirm", """
        UPDATE totp_factors SET confirmed_at = $3, last_step = $4
         WHERE tenant_id = $1 AND factor_id = $2 AND confirmed_at IS NULL AND last_step < $4
        RETURNING factor_id
        """)
    static let accept = Statement("totp_factors.accept", """
        UPDATE totp_factors SET last_step = $3 WHERE tenant_id = $1 AND factor_id = $2 AND confirmed_at IS NOT NULL AND last_step < $3
        RETURNING factor_id
        """)
    static let deleteConfirmed = Statement("totp_factors.delete_confirmed", """
        DELETE FROM totp_factors WHERE tenant_id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL RETURNING factor_id
        """)

    public static let statements: [Statement] = [deletePending, insert, pending, confirmed, confirm, accept, deleteConfirmed]

    /// What sealing and opening call a member's secret: a row moved to another member does not open.
    public static func context(_ id: ID<TotpFactor>, of member: ID<Member>) -> String { "totp:\(member):\(id)" }

    /// A secret that waits for its first code; an earlier one that waits is forgotten, a confirmed one stays in use. In the
    /// member's home.
    public static func insert(
        _ id: ID<TotpFactor>, sealedSecret: [UInt8], member: ID<Member>, tenant: ID<Tenant>, at now: Instant,
        in tx: borrowing Transaction
    ) throws {
        try tx.run(deletePending, .uuid(tenant), .uuid(member))
        try tx.run(insert, .uuid(tenant), .uuid(id), .uuid(member), .bytes(sealedSecret), .instant(now))
    }

    /// The secret that waits; nil when there is none or it is too old. In the member's home.
    public static func pending(of member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(pending, .uuid(tenant), .uuid(member), .instant(now.advanced(byMilliseconds: -pendingMilliseconds))).first(decode)
    }

    /// The app in use. In the member's home.
    public static func confirmed(of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(confirmed, .uuid(tenant), .uuid(member)).first(decode)
    }

    /// The app that waited takes the place of the one in use: `step` is its first code's. False when another request was
    /// first. In the member's home, the member locked.
    public static func confirm(
        _ id: ID<TotpFactor>, step: Int64, member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        try tx.run(deleteConfirmed, .uuid(tenant), .uuid(member))
        return try !tx.run(confirm, .uuid(tenant), .uuid(id), .instant(now), .int(step)).isEmpty
    }

    /// Takes the code of `step`: true for exactly one of all who bring it. In the member's home.
    public static func accept(_ id: ID<TotpFactor>, step: Int64, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Bool {
        try !tx.run(accept, .uuid(tenant), .uuid(id), .int(step)).isEmpty
    }

    /// Removes the app in use and one that waits. False when there was none in use. In the member's home.
    public static func delete(of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Bool {
        try tx.run(deletePending, .uuid(tenant), .uuid(member))
        return try !tx.run(deleteConfirmed, .uuid(tenant), .uuid(member)).isEmpty
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        Row(
            id: try row.id("factor_id"), sealedSecret: try row.bytes("sealed_secret"), lastStep: try row.int64("last_step"),
            since: try row.instant("since"))
    }
}

/// What identifiers of authenticator apps identify.
public enum TotpFactor {}
