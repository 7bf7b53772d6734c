public import Base
public import Marketplace
public import Postgres

/// Tenants as teams see them: their kind, their rules, their end.
public enum TenantTable {
    public struct Row: Sendable, Hashable {
        public let tenant: ID<Tenant>
        public let isTeam: Bool
        public let handle: String
        public let displayName: String
        public let requiresSecondFactor: Bool
        public let createdAt: Instant
    }

    private static let columns = "t.tenant_id, t.kind, t.require_second_factor, t.created_at, h.handle, h.display_name"
    private static let source = "FROM tenants t JOIN handles h ON h.tenant_id = t.tenant_id WHERE t.deleted_at IS NULL"

    static let findStatement = Statement("tenants.find", "SELECT \(columns) \(source) AND t.tenant_id = $1")
    static let lockStatement = Statement(
        "tenants.lock", "SELECT \(columns) \(source) AND t.tenant_id = app.tenant_id() FOR UPDATE OF t")
    static let insertStatement = Statement("tenants.insert_team", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, 'team')")
    static let renameStatement = Statement(
        "handles.rename_team", "UPDATE handles SET display_name = $1 WHERE tenant_id = app.tenant_id()")
    static let setFactorStatement = Statement(
        "tenants.require_factor", "UPDATE tenants SET require_second_factor = $1 WHERE tenant_id = app.tenant_id()")
    static let deleteStatement = Statement(
        "tenants.delete", "UPDATE tenants SET deleted_at = $1 WHERE tenant_id = app.tenant_id() AND kind = 'team'")
    static let hasPublishedStatement = Statement(
        "tenants.has_published", "SELECT EXISTS (SELECT FROM published_versions WHERE tenant_id = app.tenant_id()) AS has_published")

    public static let statements: [Statement] = [
        findStatement, lockStatement, insertStatement, renameStatement, setFactorStatement, deleteStatement, hasPublishedStatement,
    ]

    /// Nil when there is none or it was deleted. Any scope.
    public static func find(_ tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(tenant)).first { try decode($0) }
    }

    /// The tenant of the scope, held until the transaction ends: whoever changes a team's members, invitations or rules
    /// comes one after the other. Throws `TeamRefusal.notFound` where there is none (any more).
    public static func lock(in tx: borrowing Transaction) throws -> Row {
        guard let row = try tx.run(lockStatement).first({ try decode($0) }) else { throw TeamRefusal.notFound }
        return row
    }

    /// A new team. In its own scope. Throws `TeamRefusal.handleTaken`, and the transaction is lost.
    public static func insert(_ tenant: ID<Tenant>, handle: Handle, name: TeamName, in tx: borrowing Transaction) throws {
        try tx.run(insertStatement, .uuid(tenant))
        do {
            try tx.run(MemberTable.insertHandle, .uuid(tenant), .text(handle.text), .text(name.text))
        } catch where error.isUniqueViolation("handles_handle_key") {
            throw TeamRefusal.handleTaken(handle.text)
        } catch where error.isUniqueViolation("handles_skeleton_key") {
            throw TeamRefusal.handleTaken(handle.text)
        }
    }

    static func rename(_ name: TeamName, in tx: borrowing Transaction) throws { try tx.run(renameStatement, .text(name.text)) }

    static func setRequiresSecondFactor(_ isRequired: Bool, in tx: borrowing Transaction) throws {
        try tx.run(setFactorStatement, .bool(isRequired))
    }

    static func delete(at now: Instant, in tx: borrowing Transaction) throws { try tx.run(deleteStatement, .instant(now)) }

    /// True when the tenant of the scope ever published a version.
    public static func hasPublished(in tx: borrowing Transaction) throws -> Bool {
        try tx.run(hasPublishedStatement).only { try $0.bool("has_published") }
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        Row(tenant: try row.id("tenant_id"), isTeam: try row.text("kind") == "team", handle: try row.text("handle"),
            displayName: try row.text("display_name"), requiresSecondFactor: try row.bool("require_second_factor"),
            createdAt: try row.instant("created_at"))
    }
}
