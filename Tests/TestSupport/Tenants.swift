public import Base
public import Postgres

/// The two tenants of every test: what one has, the other must not see.
public struct Tenants: Sendable {
    public let alpha: ID<Tenant>
    public let beta: ID<Tenant>

    private static let insert = Statement("test.tenants.insert", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, 'personal')")

    /// Inserts both, each in its own scope, on a connection that may (web or owner).
    public init(on connection: Connection) throws {
        alpha = try Self.create(on: connection)
        beta = try Self.create(on: connection)
    }

    /// One more tenant.
    public static func create(on connection: Connection) throws -> ID<Tenant> {
        let id: ID<Tenant> = newID()
        try connection.transaction(.tenant(id), .readWrite) { tx in
            try tx.run(insert, .uuid(id))
        }
        return id
    }
}

/// A fresh identifier for anything.
public func newID<Entity>() -> ID<Entity> {
    var random = SystemRandomNumberGenerator()
    return ID(at: SystemClock().now(), random: &random)
}
