import Base
import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable))
struct MigratorTests {
    let database: TestDatabase
    let owner: Connection
    private static let one = Migration(number: 1, name: "0001_one", sql: "CREATE TABLE one (a int)")
    private static let two = Migration(number: 2, name: "0002_two", sql: "CREATE TABLE two (a int); INSERT INTO two VALUES (1)")

    init() throws {
        database = try TestDatabase.empty()
        owner = try database.connect(.owner, options: .unlimited(applicationName: "tests"))
    }

    private func exists(_ table: String) throws -> Bool {
        let statement = Statement("test.exists", "SELECT to_regclass($1) IS NOT NULL AS found")
        return try owner.transaction(.platform, .readOnly) { tx in
            try tx.run(statement, .text(table)).only { try $0.bool("found") }
        }
    }

    @Test func appliesWhatIsPendingOnce() throws {
        #expect(try Migrator(migrations: [Self.one]).migrate(owner) == [Self.one])
        let both = Migrator(migrations: [Self.one, Self.two])
        #expect(try both.status(owner).pending == [Self.two])
        #expect(try both.migrate(owner) == [Self.two])
        #expect(try both.migrate(owner) == [])
        #expect(try both.status(owner).isCurrent)
        #expect(try both.status(owner).applied.map(\.name) == ["0001_one", "0002_two"])
    }

    @Test func editedMissingAndUnknownMigrationsAreRefused() throws {
        try Migrator(migrations: [Self.one, Self.two]).migrate(owner)
        let edited = Migration(number: 2, name: "0002_two", sql: Self.two.sql + " ")
        #expect(throws: MigrationError.edited(name: "0002_two")) { try Migrator(migrations: [Self.one, edited]).migrate(owner) }
        let renamed = Migration(number: 2, name: "0002_other", sql: Self.two.sql)
        #expect(throws: MigrationError.missing(name: "0002_two")) { try Migrator(migrations: [Self.one, renamed]).migrate(owner) }
        #expect(throws: MigrationError.unknownLater(name: "0002_two")) { try Migrator(migrations: [Self.one]).migrate(owner) }
    }

    @Test func failureLeavesNothingBehind() throws {
        let broken = Migration(number: 2, name: "0002_broken", sql: "CREATE TABLE half (a int); SELECT 1/0")
        let error = #expect(throws: MigrationError.self) { try Migrator(migrations: [Self.one, broken]).migrate(owner) }
        #expect(error?.description == "Migration 0002_broken failed and was rolled back: division by zero (SQLSTATE 22012)")
        #expect(try exists("one"))
        #expect(try !exists("half"))
        #expect(owner.isUsable)
    }

    @Test func migrationMayNotEndItsTransaction() throws {
        let sneaky = Migration(number: 1, name: "0001_sneaky", sql: "COMMIT")
        #expect(throws: MigrationError.endsTransaction(name: "0001_sneaky")) { try Migrator(migrations: [sneaky]).migrate(owner) }
    }

    /// A waiting ALTER makes every later reader wait behind it; ours gives up after 200 ms and tries again.
    @Test func lockIsTriedAgainUntilTheReaderIsDone() throws {
        try Migrator(migrations: [Self.one]).migrate(owner)
        let alter = Migration(number: 2, name: "0002_alter", sql: "ALTER TABLE one ADD COLUMN b int")
        let migrator = Migrator(migrations: [Self.one, alter])
        let address = database.address(.owner)
        let finished = AtomicFlag()
        try owner.transaction(.platform, .readOnly) { tx in
            try tx.run(Statement("test.read", "SELECT * FROM one"))
            Thread.detachNewThread {
                do {
                    try migrator.migrate(try Connection(address, options: .unlimited(applicationName: "tests")))
                    finished.set()
                } catch { print("The migration failed: \(error)") }
            }
            // The reader holds on until the migration has given up at least once.
            let waiting = Statement("test.waiting", "SELECT count(*) AS n FROM pg_locks WHERE NOT granted")
            try waitUntil("the migration waits", seconds: 5) { try tx.run(waiting).only { try $0.int("n") } > 0 }
            let seconds = try waitUntil("the migration steps back", seconds: 5) {
                try tx.run(waiting).only { try $0.int("n") } == 0
            }
            #expect(seconds < 1)
            #expect(!finished.isSet)
        }
        // Reading once more sends the reader's COMMIT on its way for certain.
        #expect(try exists("one"))
        try waitUntil("the migration is done", seconds: 10) { finished.isSet }
    }

    @Test func concurrentMigrationsApplyOnce() throws {
        let address = database.address(.owner)
        let migrator = Migrator(migrations: [Self.one, Self.two])
        let flags = [AtomicFlag(), AtomicFlag(), AtomicFlag()]
        for flag in flags {
            Thread.detachNewThread {
                do {
                    try migrator.migrate(try Connection(address, options: .unlimited(applicationName: "tests")))
                    flag.set()
                } catch { print("The migration failed: \(error)") }
            }
        }
        try waitUntil("all are done", seconds: 20) { flags.allSatisfy(\.isSet) }
        #expect(try migrator.status(owner).isCurrent)
    }
}

@Suite struct MigrationFilesTests {
    private func folder(_ files: [String]) throws -> String {
        let path = NSTemporaryDirectory() + "/migrations-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for file in files { try "SELECT 1".write(toFile: path + "/" + file, atomically: true, encoding: .utf8) }
        return path
    }

    private func problem(_ files: [String]) throws -> MigrationError? {
        let path = try folder(files)
        defer { try? FileManager.default.removeItem(atPath: path) }
        do { _ = try Migration.readAll(in: path) } catch { return error }
        return nil
    }

    @Test func namesAndNumbersAreChecked() throws {
        #expect(try problem(["0001_a.sql", "0002_b.sql", "README.md"]) == nil)
        #expect(try problem(["0001_a.sql", "0003_c.sql"]) == .gap(expected: 2, found: "0003_c"))
        #expect(try problem(["0002_a.sql"]) == .gap(expected: 1, found: "0002_a"))
        #expect(try problem(["0001_a.sql", "0001_b.sql"]) == .duplicate(number: 1, first: "0001_a", second: "0001_b"))
        for name in ["1_a.sql", "0001-a.sql", "0001_A.sql", "0001_.sql", "0000_a.sql", "+001_a.sql"] {
            #expect(try problem([name]) == .badName(file: name))
        }
        #expect(throws: MigrationError.unreadable(path: "/nowhere")) { try Migration.readAll(in: "/nowhere") }
    }

    @Test func ourOwnFilesAreInOrder() throws {
        #expect(try Migration.readAll(in: TestDatabase.migrationsDirectory).count >= 2)
    }
}
