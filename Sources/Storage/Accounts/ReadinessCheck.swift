public import Postgres

/// Whether the database can serve requests.
public enum ReadinessCheck {
    /// Reads a table of ours: fails when the database is unreachable or was never migrated.
    static let probe = Statement("readiness.probe", "SELECT 1 AS one FROM tenants WHERE false")

    public static let statements: [Statement] = [probe]

    public static func run(in tx: borrowing Transaction) throws(PostgresError) { try tx.run(probe) }
}
