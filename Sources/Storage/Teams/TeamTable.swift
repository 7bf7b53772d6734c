public import Base
internal import Marketplace
public import Postgres

/// Teams: what they are called, what they ask of their members, their end. A tenant without a row is a person's.
public enum TeamTable {
    public struct Row: Sendable, Hashable {
        public let tenant: ID<Tenant>
        public let handle: String
        public let displayName: String
        public let requiresSecondFactor: Bool
        public let createdAt: Instant
    }

    private static let columns = "t.tenant_id, t.require_second_factor, t.created_at, h.handle, h.display_name"
    private static let source = "FROM teams t JOIN handles h ON h.tenant_id = t.tenant_id WHERE t.deleted_at IS NULL"

    static let findStatement = Statement("teams.find", "SELECT \(columns) \(source) AND t.tenant_id = $1")
    static let lockStatement = Statement(
        "teams.lock", "SELECT \(columns) \(source) AND t.tenant_id = app.tenant_id() FOR UPDATE OF t")
    static let insertStatement = Statement("teams.insert", "INSERT INTO teams (tenant_id, created_at) VALUES ($1, $2)")
    static let insertTenantStatement = Statement(
        "tenants.insert_team", "INSERT INTO tenants (tenant_id, kind, created_at) VALUES ($1, 'team', $2)")
    static let renameStatement = Statement(
        "handles.rename_team", "UPDATE handles SET display_name = $1 WHERE tenant_id = app.tenant_id()")
    static let setFactorStatement = Statement(
        "teams.require_factor", "UPDATE teams SET require_second_factor = $1 WHERE tenant_id = app.tenant_id()")
    static let deleteStatement = Statement(
        "teams.delete", "UPDATE teams SET deleted_at = $1 WHERE tenant_id = app.tenant_id()")
    static let hasPublishedStatement = Statement(
        "teams.has_published", "SELECT EXISTS (SELECT FROM published_versions WHERE tenant_id = app.tenant_id()) AS has_published")

    public static let statements: [Statement] = [
        findStatement, lockStatement, insertStatement, insertTenantStatement, renameStatement, setFactorStatement, deleteStatement,
        hasPublishedStatement,
    ]

    /// Nil for a person's tenant and for a deleted team. Any scope.
    public static func find(_ tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(tenant)).first { try decode($0) }
    }

    /// The team of the scope, held until the transaction ends: whoever changes its members, invitations or rules comes
    /// one after the other. Nil as in `find`.
    static func lock(in tx: borrowing Transaction) throws -> Row? { try tx.run(lockStatement).first { try decode($0) } }

    /// A new team. In its own scope. Throws `TeamRefusal.handleTaken`, and the transaction is lost.
    static func insert(_ tenant: ID<Tenant>, handle: Handle, name: TeamName, at now: Instant, in tx: borrowing Transaction) throws {
        try tx.run(insertTenantStatement, .uuid(tenant), .instant(now))
        try tx.run(insertStatement, .uuid(tenant), .instant(now))
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
        Row(tenant: try row.id("tenant_id"), handle: try row.text("handle"),
            displayName: try row.text("display_name"), requiresSecondFactor: try row.bool("require_second_factor"),
            createdAt: try row.instant("created_at"))
    }
}
