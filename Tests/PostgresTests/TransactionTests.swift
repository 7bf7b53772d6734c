import Base
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable))
struct TransactionTests {
    let database: TestDatabase
    let connection: Connection

    private static let tenant = Statement("t.tenant", "SELECT app.tenant_id() AS tenant_id")
    private static let tenants = Statement("t.tenants", "SELECT tenant_id FROM tenants ORDER BY tenant_id")
    private static let tenantByID = Statement("t.tenant_by_id", "SELECT kind FROM tenants WHERE tenant_id = $1")
    private static let insertTenant = Statement("t.insert", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, $2)")
    private static let fail = Statement("t.fail", "SELECT 1 / $1::int")

    init() throws {
        database = try TestDatabase.clone()
        connection = try database.connect(.web)
    }

    private func currentTenant(_ scope: Scope) throws -> ID<Tenant>? {
        try connection.transaction(scope, .readOnly) { tx in try tx.run(Self.tenant).only { try $0.idOrNil("tenant_id") } }
    }

    @Test func scopeHoldsForOneTransactionOnly() throws {
        let alpha: ID<Tenant> = newID()
        let beta: ID<Tenant> = newID()
        #expect(try currentTenant(.tenant(alpha)) == alpha)
        #expect(try currentTenant(.platform) == nil)
        #expect(try currentTenant(.tenant(beta)) == beta)
        // After a failure, the next transaction starts from its own scope too.
        #expect(throws: PostgresError.self) {
            try connection.transaction(.tenant(alpha), .readWrite) { tx in try tx.run(Self.fail, .int(0)) }
        }
        #expect(connection.isUsable)
        #expect(try currentTenant(.platform) == nil)
    }

    @Test func tenantsSeeOnlyThemselves() throws {
        let both = try Tenants(on: connection)
        let seen = try connection.transaction(.tenant(both.alpha), .readOnly) { tx in
            try tx.run(Self.tenants).map { row -> ID<Tenant> in try row.id("tenant_id") }
        }
        #expect(seen == [both.alpha])
        let byID = try connection.transaction(.tenant(both.alpha), .readOnly) { tx in
            try tx.run(Self.tenantByID, .uuid(both.beta)).count
        }
        #expect(byID == 0)
        let platform = try connection.transaction(.platform, .readOnly) { tx in try tx.run(Self.tenants).count }
        #expect(platform == 0)
        // Nor can one write a row that belongs to another.
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(.tenant(both.alpha), .readWrite) { tx in
                try tx.run(Self.insertTenant, .uuid(newID() as ID<Tenant>), .text("team"))
            }
        }
        #expect(error?.sqlState == "42501")
    }

    @Test func ownerIsBoundByTheSamePolicies() throws {
        let both = try Tenants(on: connection)
        let owner = try database.connect(.owner)
        let seen = try owner.transaction(.tenant(both.beta), .readOnly) { tx in
            try tx.run(Self.tenants).map { row -> ID<Tenant> in try row.id("tenant_id") }
        }
        #expect(seen == [both.beta])
    }

    @Test func readOnlyIsEnforced() throws {
        let id: ID<Tenant> = newID()
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(.tenant(id), .readOnly) { tx in
                try tx.run(Self.insertTenant, .uuid(id), .text("team"))
            }
        }
        #expect(error?.sqlState == "25006")
    }

    @Test func thrownErrorRollsBack() throws {
        struct Stop: Error {}
        let id: ID<Tenant> = newID()
        #expect(throws: Stop.self) {
            try connection.transaction(.tenant(id), .readWrite) { tx in
                try tx.run(Self.insertTenant, .uuid(id), .text("team"))
                throw Stop()
            }
        }
        #expect(connection.isUsable)
        let count = try connection.transaction(.tenant(id), .readOnly) { tx in try tx.run(Self.tenants).count }
        #expect(count == 0)
    }

    /// COMMIT of a failed transaction is a ROLLBACK that reports success; the body must not get away with it.
    @Test func swallowedFailureIsNotACommit() throws {
        let id: ID<Tenant> = newID()
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(.tenant(id), .readWrite) { tx in
                try tx.run(Self.insertTenant, .uuid(id), .text("team"))
                do { try tx.run(Self.fail, .int(0)) } catch {}
            }
        }
        #expect(error?.sqlState == "22012")
        #expect(error?.description == "The database refused statement t.fail with SQLSTATE 22012.")
    }

    @Test func constraintIsNamed() throws {
        let id: ID<Tenant> = newID()
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(.tenant(id), .readWrite) { tx in
                try tx.run(Self.insertTenant, .uuid(id), .text("team"))
                try tx.run(Self.insertTenant, .uuid(id), .text("team"))
            }
        }
        #expect(error?.isUniqueViolation("tenants_pkey") == true)
        #expect(error?.description.contains(id.description) == false)
    }

    @Test func deadlockRunsTheTransactionAgain() throws {
        // One body fails with a deadlock of its own making once; the second attempt commits.
        let raise = Statement(
            "t.raise", "SELECT CASE WHEN $1::boolean THEN app.raise_deadlock() END")
        let owner = try database.connect(.owner)
        try owner.runScript("""
            CREATE FUNCTION app.raise_deadlock() RETURNS int LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '40P01'; END $$;
            GRANT EXECUTE ON FUNCTION app.raise_deadlock() TO tradecraft_web
            """, name: "t.create")
        let id: ID<Tenant> = newID()
        var attempts = 0
        try connection.transaction(.tenant(id), .readWrite) { tx in
            attempts += 1
            try tx.run(Self.insertTenant, .uuid(id), .text("team"))
            try tx.run(raise, .bool(attempts == 1))
        }
        #expect(attempts == 2)
        attempts = 0
        #expect(throws: PostgresError.self) {
            try connection.transaction(.tenant(id), .readWrite) { tx in
                attempts += 1
                try tx.run(raise, .bool(true))
            }
        }
        #expect(attempts == 2)
        #expect(connection.isUsable)
    }

    @Test func stalePlanIsPreparedAgain() throws {
        let owner = try database.connect(.owner)
        try owner.runScript("CREATE TABLE notes (body text); GRANT SELECT ON notes TO tradecraft_web", name: "t.create")
        let all = Statement("t.notes", "SELECT * FROM notes")
        let before = try connection.transaction(.platform, .readOnly) { tx in try tx.run(all).count }
        try owner.runScript("ALTER TABLE notes ADD COLUMN author text; INSERT INTO notes VALUES ('a', 'b')", name: "t.alter")
        let authors = try connection.transaction(.platform, .readOnly) { tx in
            try tx.run(all).map { try $0.text("author") }
        }
        #expect(before == 0)
        #expect(authors == ["b"])
    }

    @Test func lostConnectionIsNoticed() throws {
        let owner = try database.connect(.engine)
        #expect(owner.isUsable)
        let process = owner.serverProcess
        let again = try database.connect(.engine)
        let end = Statement("t.end", "SELECT pg_terminate_backend($1)")
        try again.transaction(.platform, .readWrite) { tx in try tx.run(end, .int(process)) }
        let error = #expect(throws: PostgresError.self) {
            // The notice may need a moment to arrive.
            try waitUntil("the connection is seen to be gone", seconds: 5) {
                _ = try owner.transaction(.platform, .readWrite) { tx in try tx.run(Self.tenant).count }
                return false
            }
        }
        guard case .connectionFailed = error else { Issue.record("\(String(describing: error))"); return }
        #expect(!owner.isUsable)
    }

    @Test func batchesTravelTogether() throws {
        let owner = try database.connect(.owner)
        try owner.runScript("CREATE TABLE numbers (n int); GRANT SELECT, INSERT ON numbers TO tradecraft_web", name: "t.create")
        let insert = Statement("t.number", "INSERT INTO numbers VALUES ($1)")
        let sum = Statement("t.sum", "SELECT sum(n) AS total, count(*) AS count FROM numbers")
        try connection.transaction(.platform, .readWrite) { tx in
            try tx.runAll(insert, (1...1_000).map { [.int($0)] })
        }
        let total = try connection.transaction(.platform, .readOnly) { tx in
            try tx.run(sum).only { (try $0.int("total"), try $0.int("count")) }
        }
        #expect(total == (500_500, 1_000))
    }

    @Test func transactionWithoutStatementsCostsNothing() throws {
        try connection.transaction(.platform, .readWrite) { _ in }
        #expect(connection.isUsable)
    }
}
