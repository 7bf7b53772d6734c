import Base
import Foundation
import Jobs
import Postgres
import TestSupport
import Testing

/// Two engine processes and what can happen to them.
@Suite(.enabled(if: TestDatabase.isAvailable), .serialized)
struct JobCrashTests {
    let fixture: JobFixture

    init() throws { fixture = try JobFixture() }

    private func runningJobs(of process: Int32) throws -> [ID<Job>] {
        try fixture.engine.transaction(.platform, .readOnly) { tx in
            try tx.run(
                Statement("test.running", "SELECT job_id FROM jobs WHERE state = 'running' AND worker LIKE $1"),
                .text("\(process)-%")
            ).map { row -> ID<Job> in try row.id("job_id") }
        }
    }

    @Test func killedAtRandomWhileFiveHundredJobsRun() throws {
        struct Orphans {
            let process: Int32
            let killedAt: Int64
        }
        let seed = UInt64.random(in: 0 ... .max)
        print("killedAtRandom seed \(seed)")
        var random = SeededRandom(seed: seed)
        try fixture.flood("probe.effect", count: 250, milliseconds: 100, tenant: fixture.tenants.alpha)
        try fixture.flood("probe.effect", count: 250, milliseconds: 100, tenant: fixture.tenants.beta)
        var engines = [try fixture.startProcess(), try fixture.startProcess()]
        var orphans: [Orphans] = []
        for _ in 0..<6 {
            let victim = Int.random(in: 0..<2, using: &random)
            let process = engines[victim].id
            try waitUntil("the victim has work", seconds: 20) { try !runningJobs(of: process).isEmpty }
            usleep(UInt32.random(in: 0..<200_000, using: &random))
            engines[victim].signal(SIGKILL)
            orphans.append(Orphans(process: process, killedAt: SystemClock.monotonicNanoseconds()))
            try engines[victim].waitForEnd(seconds: 5)
            engines[victim] = try fixture.startProcess()
        }
        var slowest = 0.0
        for dead in orphans {
            try waitUntil("orphaned jobs are taken over", seconds: 15) { try runningJobs(of: dead.process).isEmpty }
            slowest = max(slowest, Double(SystemClock.monotonicNanoseconds() - dead.killedAt) / 1e9)
        }
        print("slowest takeover after a kill: \(slowest) s")
        #expect(slowest < 10)
        try waitUntil("all jobs are done", seconds: 60) {
            try fixture.number("SELECT count(*) FROM jobs WHERE state = 'completed'") == 500
        }
        #expect(try fixture.number("SELECT count(*) FROM effects") == 500)
        #expect(try fixture.number("SELECT count(DISTINCT job_id) FROM effects") == 500)
    }

    @Test func stoppedLongerThanItsLeaseItsWritesAreRefused() throws {
        let first = try fixture.startProcess(threads: 1)
        let id = try fixture.enqueue(fixture.request("probe.stubborn", milliseconds: 1_500))
        _ = try fixture.waitForState(.running, id)
        first.signal(SIGSTOP)
        let second = try fixture.startProcess(threads: 1)
        let seconds = try fixture.waitForState(.completed, id, seconds: 20)
        #expect(seconds > 5, "The lease was taken while it was valid.")
        let winner = "SELECT process FROM effects WHERE job_id = $1"
        #expect(try fixture.number(winner, [.uuid(id)]) == Int(second.id))
        first.signal(SIGCONT)
        try waitUntil("the stale worker notices", seconds: 10) { first.log.contains("taken over by another worker") }
        #expect(try fixture.number("SELECT count(*) FROM effects") == 1)
        #expect(try fixture.status(id)?.attempt == 2)
        // It goes on with other work.
        second.signal(SIGTERM)
        try second.waitForEnd(seconds: 15)
        let next = try fixture.enqueue(fixture.request("probe.effect"))
        _ = try fixture.waitForState(.completed, next)
    }

    @Test func terminatedEngineGivesItsJobToAnother() throws {
        let first = try fixture.startProcess(threads: 1)
        let id = try fixture.enqueue(fixture.request("probe.effect", milliseconds: 3_000))
        _ = try fixture.waitForState(.running, id)
        let second = try fixture.startProcess(threads: 1)
        first.signal(SIGTERM)
        try first.waitForEnd(seconds: 3)
        try waitUntil("the other runs it", seconds: 2) { try runningJobs(of: second.id) == [id] }
        _ = try fixture.waitForState(.completed, id)
        #expect(try fixture.status(id)?.attempt == 1)
        #expect(try fixture.number("SELECT count(*) FROM effects") == 1)
    }
}
