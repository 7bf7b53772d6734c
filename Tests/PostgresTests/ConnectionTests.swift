import Base
import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable))
struct ConnectionTests {
    let database: TestDatabase

    init() throws { database = try TestDatabase.clone() }

    private static let one = Statement("c.one", "SELECT 1 AS one")
    private static let sleep = Statement("c.sleep", "SELECT pg_sleep($1)")

    private func ask(_ connection: Connection) throws -> Int {
        try connection.transaction(.platform, .readOnly) { tx in try tx.run(Self.one).only { try $0.int("one") } }
    }

    @Test func unreachableServerIsAClearError() throws {
        let error = #expect(throws: PostgresError.self) { try Connection("host=/nowhere dbname=x") }
        guard case .connectionFailed = error else { Issue.record("\(String(describing: error))"); return }
        #expect(throws: PostgresError.self) { try ConnectionString("postgresql://[") }
    }

    @Test func addressKeepsAwkwardValues() throws {
        let address = try ConnectionString("host=/tmp user=a").with("password", #"it's \ "odd" "#)
        #expect(try ConnectionString(address.description)["password"] == #"it's \ "odd" "#)
        #expect(try ConnectionString("postgresql://u@h:6000/d")["port"] == "6000")
    }

    @Test func statementTimeoutEndsTheStatementNotTheConnection() throws {
        var options = ConnectionOptions(applicationName: "tests")
        options.statementMillisecondsMax = 100
        let connection = try database.connect(.web, options: options)
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(.platform, .readOnly) { tx in try tx.run(Self.sleep, .double(10)) }
        }
        #expect(error?.sqlState == "57014")
        #expect(connection.isUsable)
        #expect(try ask(connection) == 1)
    }

    @Test func idleTransactionIsEndedByTheServer() throws {
        var options = ConnectionOptions(applicationName: "tests")
        options.idleInTransactionMillisecondsMax = 100
        let connection = try database.connect(.web, options: options)
        let watcher = try database.connect(.web)
        let alive = Statement("c.alive", "SELECT count(*) AS n FROM pg_stat_activity WHERE pid = $1")
        #expect(throws: PostgresError.self) {
            try connection.transaction(.platform, .readOnly) { tx in
                try tx.run(Self.one)
                try waitUntil("the server ends it", seconds: 5) {
                    try watcher.transaction(.platform, .readOnly) { other in
                        try other.run(alive, .int(connection.serverProcess)).only { try $0.int("n") } == 0
                    }
                }
                try tx.run(Self.one)
            }
        }
        #expect(!connection.isUsable)
    }

    /// Cancels arrive at random moments while tenants alternate: no scope and no half transaction may leak.
    @Test func cancelsAtRandomLeaveTheConnectionClean() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("cancelsAtRandom seed \(seed)")
        var random = SeededRandom(seed: seed)
        let connection = try database.connect(.web)
        let canceller = try #require(connection.canceller())
        let tenant = Statement("c.tenant", "SELECT app.tenant_id() AS tenant_id, pg_sleep(0.002)")
        let done = AtomicFlag()
        Thread.detachNewThread {
            while !done.isSet {
                canceller.cancel()
                usleep(3_000)
            }
        }
        defer { done.set() }
        var cancelled = 0
        for _ in 0..<200 {
            let id: ID<Tenant>? = Bool.random(using: &random) ? newID() : nil
            do {
                let seen: ID<Tenant>? = try connection.transaction(id.map(Scope.tenant) ?? .platform, .readOnly) { tx in
                    try tx.run(tenant).only { try $0.idOrNil("tenant_id") }
                }
                #expect(seen == id)
            } catch let error as PostgresError where error.sqlState == "57014" {
                cancelled += 1
            }
            #expect(connection.isUsable)
        }
        #expect(cancelled > 0)
        #expect(cancelled < 200)
    }

    @Test func listenerHearsAndTimesOut() throws {
        let listener = try Listener(try database.connect(.engine), channels: ["test_bell"])
        #expect(try listener.wait(milliseconds: 20) == [])
        let connection = try database.connect(.web)
        let notify = Statement("c.notify", "SELECT pg_notify('test_bell', '')")
        try connection.transaction(.platform, .readWrite) { tx in try tx.run(notify) }
        #expect(try listener.wait(milliseconds: 5_000) == ["test_bell"])
        #expect(throws: PostgresError.self) {
            // Rolled back: nothing is heard.
            try connection.transaction(.platform, .readWrite) { tx in
                try tx.run(notify)
                throw PostgresError.connectionFailed("made up")
            }
        }
        #expect(try listener.wait(milliseconds: 50) == [])
    }

    @Test(arguments: TestDatabase.Role.allCases)
    func onlyLeastPrivilegedRolesAreAccepted(role: TestDatabase.Role) throws {
        let connection = try database.connect(role)
        switch role {
        case .owner:
            let error = #expect(throws: RoleError.self) { try RoleCheck.refuseUnlessLeastPrivileged(connection) }
            #expect(error?.description.hasPrefix("The database role tradecraft_owner ") == true)
        case .web, .engine:
            try RoleCheck.refuseUnlessLeastPrivileged(connection)
        }
    }

    @Test func roleThatOwnsOneTableIsRefused() throws {
        let owner = try database.connect(.owner)
        try owner.runScript("""
            GRANT tradecraft_web TO tradecraft_owner; GRANT CREATE ON SCHEMA public TO tradecraft_web;
            SET ROLE tradecraft_web; CREATE TABLE mine (a int); RESET ROLE
            """, name: "c.own")
        let connection = try database.connect(.web)
        let error = #expect(throws: RoleError.self) { try RoleCheck.refuseUnlessLeastPrivileged(connection) }
        #expect(error?.description.contains("owns a table") == true)
    }

    /// The figure behind the pipeline: BEGIN, tenant and read in one round trip.
    @Test func tenantReadIsFast() throws {
        let connection = try database.connect(.web)
        let id: ID<Tenant> = newID()
        let start = SystemClock.monotonicNanoseconds()
        for _ in 0..<2_000 {
            try connection.transaction(.tenant(id), .readOnly) { tx in try tx.run(Self.one) }
        }
        let seconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
        print("tenant transactions a second on one connection: \(Int(2_000 / seconds))")
        #expect(seconds < 20)
    }
}
