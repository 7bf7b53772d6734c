import Base
import Jobs
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable))
struct JobQueueTests {
    let fixture: JobFixture

    init() throws { fixture = try JobFixture() }

    @Test func jobExistsOnlyIfItsTransactionCommits() throws {
        struct Stop: Error {}
        let alpha = fixture.tenants.alpha
        #expect(throws: Stop.self) {
            try fixture.web.transaction(.tenant(alpha), .readWrite) { tx in
                _ = try JobQueue.enqueue(fixture.request("k"), in: tx)
                throw Stop()
            }
        }
        #expect(try fixture.number("SELECT count(*) FROM jobs") == 0)
        let id = try fixture.enqueue(fixture.request("k"))
        #expect(try fixture.state(id) == .available)
    }

    @Test func tenantsSeeAndCancelOnlyTheirOwn() throws {
        let beta = fixture.tenants.beta
        let id = try fixture.enqueue(fixture.request("k"))
        #expect(try fixture.status(id, tenant: beta) == nil)
        #expect(try !fixture.cancel(id, tenant: beta))
        #expect(try fixture.state(id) == .available)
        let platform = try fixture.web.transaction(.platform, .readOnly) { tx in try JobQueue.status(id, in: tx)?.kind }
        #expect(platform == nil)
        // A job for somebody else, or for the platform, is refused in a tenant's scope.
        for tenant in [fixture.tenants.alpha, nil] {
            let error = #expect(throws: PostgresError.self) {
                try fixture.web.transaction(.tenant(beta), .readWrite) { tx in
                    try JobQueue.enqueue(JobRequest(kind: "k", arguments: [:], tenant: tenant), in: tx)
                }
            }
            #expect(error?.sqlState == "42501")
        }
    }

    @Test func uniqueKeyGivesTheLiveJobBack() throws {
        let first = try fixture.enqueue(fixture.request("k", uniqueKey: "one"))
        #expect(try fixture.enqueue(fixture.request("k", uniqueKey: "one")) == first)
        #expect(try fixture.enqueue(fixture.request("k", uniqueKey: "two")) != first)
        #expect(try fixture.enqueue(fixture.request("k")) != first)
        // Another tenant's equal key is another key.
        let other = try fixture.enqueue(fixture.request("k", tenant: fixture.tenants.beta, uniqueKey: "one"))
        #expect(other != first)
        #expect(try fixture.cancel(first))
        #expect(try fixture.enqueue(fixture.request("k", uniqueKey: "one")) != first)
    }

    @Test func statusTellsThePlaceInTheQueue() throws {
        let low = try fixture.enqueue(fixture.request("k"))
        var urgent = fixture.request("k")
        urgent.priority = 0
        let high = try fixture.enqueue(urgent)
        _ = try fixture.enqueue(fixture.request("k", tenant: fixture.tenants.beta))
        #expect(try fixture.status(high)?.queuePosition == 1)
        #expect(try fixture.status(low)?.queuePosition == 2)
        #expect(try fixture.cancel(high))
        #expect(try fixture.status(high)?.queuePosition == nil)
        #expect(try fixture.status(high)?.state == .cancelled)
        #expect(try !fixture.cancel(high))
        #expect(try fixture.status(low)?.queuePosition == 1)
    }

    @Test func statementsPrepareAsTheRolesThatRunThem() throws {
        #expect(try StatementCheck.failures(JobQueue.statements, as: .web, in: fixture.database) == [])
        #expect(try StatementCheck.failures(JobQueue.statements + JobStatements.statements, as: .engine, in: fixture.database) == [])
        // The check itself works.
        let broken = [
            Statement("q.column", "SELECT nothing FROM jobs WHERE job_id = $1"), Statement("q.grant", "DELETE FROM jobs"),
            Statement("q.fine", "SELECT state FROM jobs WHERE job_id = $1"), Statement("q.fine", "SELECT 1"),
        ]
        let failures = try StatementCheck.failures(broken, as: .web, in: fixture.database)
        #expect(failures.map { $0.prefix { $0 != ":" } } == ["q.column", "q.grant", "q.fine"])
    }
}
