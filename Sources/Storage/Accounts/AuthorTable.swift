public import Base
public import Postgres

/// The public faces of tenants: what everybody may know about an author.
public enum AuthorTable {
    public struct Row: Sendable, Hashable {
        public let tenant: ID<Tenant>
        public let handle: String
        public let displayName: String
        public let createdAt: Instant
    }

    static let findStatement = Statement("authors.find", """
        SELECT tenant_id, handle, display_name, created_at FROM handles h WHERE handle = $1
           AND NOT EXISTS (SELECT FROM teams t WHERE t.tenant_id = h.tenant_id AND t.deleted_at IS NOT NULL)
        """)
    public static let statements = [findStatement]

    /// The author of that handle; nil when it is nobody's, or a deleted team's.
    public static func find(handle: String, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .text(handle)).first { row in
            Row(tenant: try row.id("tenant_id"), handle: try row.text("handle"), displayName: try row.text("display_name"),
                createdAt: try row.instant("created_at"))
        }
    }
}
