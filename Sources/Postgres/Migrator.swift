public import Base
internal import Glibc

/// Brings a database's schema up to date, forward only, as the role that owns it. Old and new code both run while it
/// works (expand first, contract in a later release).
public struct Migrator: Sendable {
    public let migrations: [Migration]

    /// A migration the database has, and when it got it.
    public struct Applied: Sendable, Hashable {
        public let number: Int
        public let name: String
        public let digest: Digest
        public let at: Instant
    }

    public struct Status: Sendable {
        public let applied: [Applied]
        public let pending: [Migration]
        public var isCurrent: Bool { pending.isEmpty }
    }

    public init(directory: String) throws(MigrationError) {
        migrations = try Migration.readAll(in: directory)
    }

    public init(migrations: [Migration]) { self.migrations = migrations }

    /// What is applied and what is pending, after checking that history and files agree. Any application role may ask.
    public func status(_ connection: Connection) throws -> Status {
        let applied = try Self.applied(connection)
        for entry in applied {
            guard entry.number <= migrations.count else {
                throw entry.number > (migrations.last?.number ?? 0)
                    ? MigrationError.unknownLater(name: entry.name) : MigrationError.missing(name: entry.name)
            }
            let migration = migrations[entry.number - 1]
            guard migration.name == entry.name else { throw MigrationError.missing(name: entry.name) }
            guard migration.digest == entry.digest else { throw MigrationError.edited(name: entry.name) }
        }
        return Status(applied: applied, pending: Array(migrations.dropFirst(applied.count)))
    }

    /// Applies what is pending, each migration in a transaction of its own, one process at a time.
    ///
    /// A lock that is not free within 200 ms is given up and tried again, so that readers never queue behind a waiting
    /// ALTER. `report` hears the name of each migration that starts. The result is what was applied.
    @discardableResult
    public func migrate(_ connection: Connection, report: (Migration) -> Void = { _ in }) throws -> [Migration] {
        try takeLock(connection)
        defer {
            // Closing the connection frees the lock too; there is nothing better to do about a failure.
            _ = try? connection.runScript("SELECT pg_advisory_unlock(\(Self.lockKey))", name: "migrator.unlock")
        }
        if try !Self.historyExists(connection) {
            try connection.runScript(Self.historyTable, name: "migrator.create_history")
        }
        let pending = try status(connection).pending
        for migration in pending {
            report(migration)
            try apply(migration, connection)
        }
        return pending
    }

    // MARK: Steps

    /// "tradecraft migrations", spelled in digits at random: an application-wide advisory lock.
    private static let lockKey: Int64 = 7_410_833_520_117_264
    static let lockMillisecondsMax = 200
    private static let lockAttemptsMax = 150
    private static let lockPauseMicroseconds: UInt32 = 400_000

    private static let historyTable = """
        CREATE TABLE schema_migrations (
            number integer PRIMARY KEY CHECK (number > 0),
            name text NOT NULL UNIQUE,
            sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        REVOKE ALL ON schema_migrations FROM PUBLIC
        """

    private static let find = Statement(
        "migrator.find_history", "SELECT to_regclass('schema_migrations') IS NOT NULL AS found")
    private static let list = Statement(
        "migrator.list", "SELECT number, name, sha256, applied_at FROM schema_migrations ORDER BY number")
    private static let record = Statement(
        "migrator.record", "INSERT INTO schema_migrations (number, name, sha256) VALUES ($1, $2, $3)")
    private static let lock = Statement("migrator.lock", "SELECT pg_try_advisory_lock($1) AS taken")

    private static func historyExists(_ connection: Connection) throws -> Bool {
        try connection.exchange([(find, [])]).only { try $0.bool("found") }
    }

    private static func applied(_ connection: Connection) throws -> [Applied] {
        guard try historyExists(connection) else { return [] }
        return try connection.exchange([(list, [])]).map { row in
            Applied(number: try row.int("number"), name: try row.text("name"), digest: try row.digest("sha256"),
                    at: try row.instant("applied_at"))
        }
    }

    private func takeLock(_ connection: Connection) throws {
        for _ in 0..<Self.lockAttemptsMax {
            let taken = try connection.exchange([(Self.lock, [.int(Self.lockKey)])]).only { try $0.bool("taken") }
            if taken { return }
            usleep(Self.lockPauseMicroseconds)
        }
        throw MigrationError.anotherIsRunning
    }

    private func apply(_ migration: Migration, _ connection: Connection) throws {
        var attempt = 1
        while true {
            do {
                try attemptToApply(migration, connection)
                return
            } catch let error as PostgresError {
                _ = try? connection.runScript("ROLLBACK", name: "migrator.rollback")
                let lockWasTaken = error.sqlState == "55P03" || error.isTransient
                guard lockWasTaken, attempt < Self.lockAttemptsMax else {
                    throw MigrationError.failed(name: migration.name, error)
                }
                attempt += 1
                usleep(Self.lockPauseMicroseconds)
            }
        }
    }

    private func attemptToApply(_ migration: Migration, _ connection: Connection) throws {
        try connection.runScript(
            "BEGIN; SET LOCAL lock_timeout = \(Self.lockMillisecondsMax); SET LOCAL statement_timeout = 0",
            name: "migrator.begin")
        try connection.runScript(migration.sql, name: migration.name)
        guard connection.transactionState == .open else { throw MigrationError.endsTransaction(name: migration.name) }
        try connection.exchange([
            (Self.record, [.int(migration.number), .text(migration.name), .digest(migration.digest)])
        ])
        try connection.runScript("COMMIT", name: "migrator.commit")
    }
}
