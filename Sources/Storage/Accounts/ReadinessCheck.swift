public import Postgres

/// Whether the database can serve requests.
public enum ReadinessCheck {
    static let probe = Statement("readiness.probe", "SELECT coalesce(max(number), 0) AS newest FROM schema_migrations")

    public static let statements: [Statement] = [probe]

    /// The number of the newest migration that was applied. Fails when the database is unreachable or never was migrated.
    public static func newestMigration(in tx: borrowing Transaction) throws -> Int {
        try tx.run(probe).only { try $0.int("newest") }
    }
}
