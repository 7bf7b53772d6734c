import Base
import Jobs
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct RunTests {
    @Test func anotherTenantsRunIsAbsent() throws {
        let fixture = try StorageFixture(withCandles: true)
        let skill = try fixture.create(for: fixture.tenants.alpha)
        let run = try fixture.order(skill, for: fixture.tenants.alpha)
        try fixture.engine.transaction(.tenant(fixture.tenants.alpha), .readWrite) { tx in
            try RunDecisionTable.insert(
                [["n": 1, "at": "2024-01-02T01:00:00Z", "summary": [:], "decision": ["kept": true]]], run: run, in: tx)
        }
        try fixture.read(fixture.tenants.alpha) { tx in
            let row = try unwrap(try RunTable.state(run, in: tx))
            #expect(row.state == .queued && row.order.skill == skill.id)
            try check(RunTable.list(limit: 9, in: tx).map(\.order.id) == [run])
            try check(RunTable.list(skill: skill.id, limit: 9, in: tx).map(\.order.id) == [run])
            try check(RunDecisionTable.list(run: run, after: 0, limit: 9, in: tx).map(\.number) == [1])
            try check(RunDecisionTable.find(run: run, number: 1, in: tx)?.decision == ["kept": true])
            try check(LineageTrialsTable.count(skill.lineage, in: tx) == 1)
            let job = try #require(row.job)
            try check(JobQueue.status(job, in: tx)?.state == .available)
        }
        try fixture.write(fixture.tenants.beta) { tx in
            try check(RunTable.state(run, in: tx) == nil)
            try check(RunTable.find(run, in: tx) == nil)
            try check(RunTable.list(limit: 9, in: tx).isEmpty)
            try check(RunTable.list(skill: skill.id, limit: 9, in: tx).isEmpty)
            try check(RunDecisionTable.list(run: run, after: 0, limit: 9, in: tx).isEmpty)
            try check(RunDecisionTable.find(run: run, number: 1, in: tx) == nil)
            try check(!RunTable.cancel(run, in: tx))
        }
        #expect(try fixture.read(fixture.tenants.alpha) { tx in try RunTable.state(run, in: tx)?.state } == .queued)
    }

    @Test func evaluationsAreReadByAllAndWrittenByNoTenant() throws {
        let fixture = try StorageFixture(withCandles: true)
        let skill = try fixture.create(for: fixture.tenants.alpha)
        let run = try fixture.publish(skill, for: fixture.tenants.alpha, handle: "alpha")
        for tenant in [fixture.tenants.alpha, fixture.tenants.beta] {
            try fixture.write(tenant) { tx in
                let row = try unwrap(try RunTable.state(run, in: tx))
                #expect(row.order.purpose == .evaluation && row.tenant == RunTable.house)
                try check(RunTable.list(limit: 9, in: tx).isEmpty)
                try check(!RunTable.cancel(run, in: tx))
            }
            try fixture.engine.transaction(.tenant(tenant), .readWrite) { tx in
                try check(!RunTable.start(run, in: tx))
                try RunTable.fail(run, ["message": "no"], in: tx)
            }
            #expect(throws: PostgresError.self) {
                try fixture.engine.transaction(.tenant(tenant), .readWrite) { tx in
                    try ActingTenantProbe.insertDecisionOfHouse(run, in: tx)
                }
            }
        }
        #expect(try fixture.web.transaction(.platform, .readOnly) { tx in try RunTable.state(run, in: tx)?.state } == .queued)
        try fixture.engine.transaction(.tenant(RunTable.house), .readWrite) { tx in
            try check(RunTable.start(run, in: tx))
        }
        #expect(try fixture.read(fixture.tenants.beta) { tx in try RunTable.state(run, in: tx)?.state } == .running)
    }

    @Test func orderingChecksTheSpan() throws {
        let fixture = try StorageFixture(withCandles: true)
        let alpha = fixture.tenants.alpha
        let skill = try fixture.create(for: alpha)
        func refusal(_ from: String, _ to: String) throws -> BacktestRequest.Refusal? {
            do {
                _ = try fixture.order(skill, for: alpha, from: from, to: to)
                return nil
            } catch let refusal as BacktestRequest.Refusal { return refusal }
        }
        #expect(try refusal("2024-01-03", "2024-01-03") == .backwards)
        #expect(try refusal("2024-01-05", "2024-01-03") == .backwards)
        #expect(try refusal("2024-01-02", "2027-06-01") == .tooLong(days: 1_246))
        let outside = try refusal("2023-12-31", "2024-01-03")
        #expect(outside?.sentence.contains("from 2024-01-01 to 2024-01-11") == true)
        #expect(try refusal("2024-01-05", "2024-01-12") == outside)
        #expect(try fixture.read(alpha) { tx in try RunTable.list(limit: 9, in: tx).isEmpty })
        #expect(try refusal("2024-01-01", "2024-01-11") == nil)
    }

    @Test func twentyRunsAtOnceAreEnough() throws {
        let fixture = try StorageFixture(withCandles: true)
        let alpha = fixture.tenants.alpha
        let skill = try fixture.create(for: alpha)
        let runs = try (0..<BacktestRequest.liveRunsMax).map { _ in try fixture.order(skill, for: alpha) }
        #expect(throws: BacktestRequest.Refusal.tooManyRuns) { try fixture.order(skill, for: alpha) }
        // Another tenant's count is its own, and a run that is over makes room.
        _ = try fixture.order(try fixture.create(for: fixture.tenants.beta), for: fixture.tenants.beta)
        #expect(try fixture.write(alpha) { tx in try RunTable.cancel(runs[0], in: tx) })
        _ = try fixture.order(skill, for: alpha)
    }
}

/// Tries to write what only the house may.
private enum ActingTenantProbe {
    private static let insert = Statement("test.insert_house_decision", """
        INSERT INTO run_decisions (tenant_id, run_id, number, decided_at, summary, decision)
        VALUES (app.house(), $1, 1, now(), '{}', '{}')
        """)
    static func insertDecisionOfHouse(_ run: ID<Run>, in tx: borrowing Transaction) throws { try tx.run(insert, .uuid(run)) }
}
