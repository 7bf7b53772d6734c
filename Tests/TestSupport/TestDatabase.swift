internal import Base
public import Postgres
internal import Glibc
internal import Synchronization

/// A database of a test's own: a clone of a migrated template, on the private cluster that `ops/test` starts.
///
/// Dropped when the last reference goes. Names carry the process id, so that what a crashed run left is swept by the
/// next one.
public final class TestDatabase: Sendable {
    public enum Role: String, Sendable, CaseIterable {
        case owner = "tradecraft_owner"
        case web = "tradecraft_web"
        case engine = "tradecraft_engine"
    }

    public enum SetupError: Error, CustomStringConvertible {
        case notASocket(host: String)
        case tooPowerful(role: String)
        public var description: String {
            switch self {
            case .notASocket(let host):
                "TRADECRAFT_TEST_DATABASE names the host \"\(host)\". Tests run only on a unix socket: ops/lib/test-cluster start DIR."
            case .tooPowerful(let role):
                "The test role \(role) is a superuser. Tests must meet the same rights as the real thing."
            }
        }
    }

    public let name: String
    private let server: ConnectionString

    // MARK: Where

    /// The private cluster's address: a connection string, or the folder of its socket. Nil when the environment does
    /// not give one, which is said once.
    private static let address: String? = {
        guard let value = unsafe getenv("TRADECRAFT_TEST_DATABASE") else {
            print("Database tests are skipped: TRADECRAFT_TEST_DATABASE is not set. Run ops/test, or "
                + "export TRADECRAFT_TEST_DATABASE=\"$(ops/lib/test-cluster start DIR)\".")
            return nil
        }
        let text = unsafe String(cString: value)
        return text.hasPrefix("/") ? "host=\(text) port=5432 user=tradecraft_owner dbname=postgres" : text
    }()

    /// Condition of every suite that needs a database: `@Suite(.enabled(if: TestDatabase.isAvailable))`.
    public static var isAvailable: Bool { address != nil }

    /// The repository's `migrations` folder.
    public static let migrationsDirectory: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/migrations"
    }()

    /// The cluster's address as owner, checked to be a unix socket before anything connects.
    public static func serverAddress() throws -> ConnectionString {
        guard let address else { preconditionFailure("Invariant: suites ask TestDatabase.isAvailable first.") }
        let server = try ConnectionString(address)
        let host = server["host"] ?? ""
        guard host.hasPrefix("/"), server["hostaddr"] == nil else { throw SetupError.notASocket(host: host) }
        return server
    }

    // MARK: Making

    /// A clone of the template with all migrations applied.
    public static func clone() throws -> TestDatabase { try TestDatabase(template: template.get()) }

    /// A database without any table, for tests of the migrator itself.
    public static func empty() throws -> TestDatabase { try TestDatabase(template: "template1") }

    private static let count = Atomic<Int>(0)

    private init(template: String) throws {
        server = try Self.serverAddress()
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        name = "tradecraft_test_\(getpid())_\(number)"
        let admin = try Connection(server.description, options: .unlimited(applicationName: "tests"))
        // template1 is shared with whoever else makes a database: wait, do not fail.
        try Self.locked(admin, Self.cloneLock) {
            try admin.runScript("CREATE DATABASE \(name) TEMPLATE \(template)", name: "test.clone")
        }
    }

    deinit {
        // What cannot be dropped now is swept by the next run.
        let admin = try? Connection(server.description, options: .unlimited(applicationName: "tests"))
        // The same.
        _ = try? admin?.runScript("DROP DATABASE IF EXISTS \(name) WITH (FORCE)", name: "test.drop")
    }

    /// The connection string of this database for `role`.
    public func address(_ role: Role) -> String {
        server.with("dbname", name).with("user", role.rawValue).description
    }

    /// Connects as `role`.
    public func connect(_ role: Role, options: ConnectionOptions = ConnectionOptions(applicationName: "tests")) throws -> Connection {
        try Connection(address(role), options: options)
    }

    /// Alpha and beta, made as the web role.
    public func tenants() throws -> Tenants { try Tenants(on: try connect(.web)) }

    // MARK: The template

    private static let setupLock: Int64 = 4_186_250_937_114_402
    private static let cloneLock: Int64 = 4_186_250_937_114_403

    /// Made once per process start, and only if no other process made it for the same migrations.
    private static let template: Result<String, any Error> = Result { try makeTemplate() }

    private static func makeTemplate() throws -> String {
        let server = try serverAddress()
        let admin = try Connection(server.description, options: .unlimited(applicationName: "tests"))
        guard try !isSuperuser(admin) else { throw SetupError.tooPowerful(role: admin.userName) }
        let migrator = try Migrator(directory: migrationsDirectory)
        let name = "tradecraft_template_" + Migration.digest(of: migrator.migrations).hex.prefix(16)
        try locked(admin, setupLock) {
            try sweep(admin)
            guard try !exists(name, admin) else { return }
            let draft = name + "_draft"
            try admin.runScript("DROP DATABASE IF EXISTS \(draft) WITH (FORCE)", name: "test.drop_draft")
            try locked(admin, cloneLock) {
                try admin.runScript("CREATE DATABASE \(draft) TEMPLATE template1", name: "test.create_draft")
            }
            try migrate(server.with("dbname", draft), migrator)
            // Renamed only when complete: a crash leaves a draft, never half a template.
            try waitUntil("nobody is connected to the draft", seconds: 10) {
                do {
                    try admin.runScript("ALTER DATABASE \(draft) RENAME TO \(name)", name: "test.name_template")
                    return true
                } catch let error as PostgresError where error.sqlState == "55006" {
                    return false
                }
            }
        }
        return name
    }

    private static func migrate(_ address: ConnectionString, _ migrator: Migrator) throws {
        let owner = try Connection(address.description, options: .unlimited(applicationName: "tests"))
        try migrator.migrate(owner)
    }

    /// Drops the databases of processes that are gone.
    private static func sweep(_ admin: Connection) throws {
        let names = try admin.transaction(.platform, .readOnly) { tx in
            try tx.run(listClones).map { try $0.text("datname") }
        }
        for name in names {
            let parts = name.split(separator: "_")
            guard parts.count == 4, let process = Int32(parts[2]) else { continue }
            guard kill(process, 0) != 0, errno == ESRCH else { continue }
            try admin.runScript("DROP DATABASE IF EXISTS \(name) WITH (FORCE)", name: "test.sweep")
        }
    }

    private static func locked(_ admin: Connection, _ key: Int64, _ body: () throws -> Void) throws {
        try admin.runScript("SELECT pg_advisory_lock(\(key))", name: "test.lock")
        // The lock goes with the connection at the latest.
        defer { _ = try? admin.runScript("SELECT pg_advisory_unlock(\(key))", name: "test.unlock") }
        try body()
    }

    private static func isSuperuser(_ admin: Connection) throws -> Bool {
        try admin.transaction(.platform, .readOnly) { tx in try tx.run(askSuperuser).only { try $0.bool("rolsuper") } }
    }

    private static func exists(_ name: String, _ admin: Connection) throws -> Bool {
        try admin.transaction(.platform, .readOnly) { tx in try !tx.run(findDatabase, .text(name)).isEmpty }
    }

    private static let askSuperuser = Statement(
        "test.ask_superuser", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    private static let findDatabase = Statement("test.find_database", "SELECT 1 FROM pg_database WHERE datname = $1")
    private static let listClones = Statement(
        "test.list_clones", #"SELECT datname FROM pg_database WHERE datname LIKE 'tradecraft\_test\_%'"#)
}
