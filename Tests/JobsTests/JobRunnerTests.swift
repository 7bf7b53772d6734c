import Base
import Foundation
import Jobs
import Postgres
import Synchronization
import TestSupport
import Testing

/// A handler from a closure.
struct ClosureHandler: JobHandler {
    let kind: String
    var version = 1
    let body: @Sendable (JobContext) throws -> Void
    func perform(_ job: JobContext) throws { try body(job) }
}

private let insertEffect = Statement("test.effect", "INSERT INTO effects (job_id, attempt, process) VALUES ($1, $2, 0)")

/// Notes the effect after `milliseconds`, with checkpoints.
private let effect = ClosureHandler(kind: "effect") { job in
    let milliseconds = Int(job.arguments["milliseconds"]?.int ?? 0)
    for _ in 0..<(milliseconds / 10) {
        try job.checkpoint()
        usleep(10_000)
    }
    try job.complete { tx in try tx.run(insertEffect, .uuid(job.id), .int(job.attempt)) }
}

@Suite(.enabled(if: TestDatabase.isAvailable))
struct JobRunnerTests {
    let fixture: JobFixture

    init() throws { fixture = try JobFixture() }

    private var quickRetries: JobRunnerSettings {
        var settings = JobRunnerSettings()
        settings.retryMilliseconds = 20
        return settings
    }

    @Test func effectAndCompletionAreOne() throws {
        let runner = fixture.start([effect])
        let id = try fixture.enqueue(fixture.request("effect"))
        _ = try fixture.waitForState(.completed, id)
        #expect(try fixture.number("SELECT count(*) FROM effects WHERE job_id = $1", [.uuid(id)]) == 1)
        let status = try #require(try fixture.status(id))
        #expect(status.progress == 1)
        #expect(status.attempt == 1)
        #expect(status.finishedAt != nil)
        try runner.stop()
    }

    @Test func failedEffectIsRolledBackAndRetried() throws {
        let handler = ClosureHandler(kind: "flaky") { job in
            struct Broken: Error {}
            try job.complete { tx in
                try tx.run(insertEffect, .uuid(job.id), .int(job.attempt))
                if job.attempt < 3 { throw Broken() }
            }
        }
        let runner = fixture.start([handler], settings: quickRetries)
        let id = try fixture.enqueue(fixture.request("flaky"))
        _ = try fixture.waitForState(.completed, id)
        #expect(try fixture.number("SELECT sum(attempt)::int FROM effects WHERE job_id = $1", [.uuid(id)]) == 3)
        #expect(try fixture.status(id)?.attempt == 3)
        try runner.stop()
    }

    @Test func attemptsEnd() throws {
        struct Broken: Error, CustomStringConvertible { let description = "it broke" }
        let runner = fixture.start([ClosureHandler(kind: "broken") { _ in throw Broken() }], settings: quickRetries)
        let id = try fixture.enqueue(fixture.request("broken", attemptsMax: 3))
        _ = try fixture.waitForState(.failed, id)
        let status = try #require(try fixture.status(id))
        #expect(status.attempt == 3)
        #expect(status.error?["message"]?.string == "it broke")
        try runner.stop()
    }

    @Test func permanentFailureIsNotRetried() throws {
        let handler = ClosureHandler(kind: "hopeless") { _ in throw JobFailure.permanent(reason: ["code": "no_bars"]) }
        let runner = fixture.start([handler], settings: quickRetries)
        let id = try fixture.enqueue(fixture.request("hopeless"))
        _ = try fixture.waitForState(.failed, id)
        let status = try #require(try fixture.status(id))
        #expect(status.attempt == 1)
        #expect(status.error?["reason"]?["code"]?.string == "no_bars")
        try runner.stop()
    }

    @Test func unknownKindsAndVersionsAreLeftAlone() throws {
        let runner = fixture.start([effect])
        let unknown = try fixture.enqueue(fixture.request("nobody knows"))
        var later = fixture.request("effect")
        later.version = 2
        let newer = try fixture.enqueue(later)
        let known = try fixture.enqueue(fixture.request("effect"))
        _ = try fixture.waitForState(.completed, known)
        #expect(try fixture.state(unknown) == .available)
        #expect(try fixture.state(newer) == .available)
        try runner.stop()
    }

    @Test func jobWaitsForItsTime() throws {
        let runner = fixture.start([effect])
        var later = fixture.request("effect")
        later.runAt = SystemClock().now().advanced(byMilliseconds: 1_500)
        let id = try fixture.enqueue(later)
        let now = try fixture.enqueue(fixture.request("effect"))
        _ = try fixture.waitForState(.completed, now)
        #expect(try fixture.state(id) == .available)
        _ = try fixture.waitForState(.completed, id)
        let early = try fixture.number("SELECT count(*) FROM jobs WHERE started_at < run_at")
        #expect(early == 0)
        try runner.stop()
    }

    @Test func priorityOrdersATenantsJobs() throws {
        var ids: [ID<Job>] = []
        for priority in [9, 5, 0, 5] {
            var request = fixture.request("effect")
            request.priority = priority
            ids.append(try fixture.enqueue(request))
        }
        let runner = fixture.start([effect], threads: 1, guests: 0)
        for id in ids { _ = try fixture.waitForState(.completed, id) }
        let order = try fixture.engine.transaction(.platform, .readOnly) { tx in
            try tx.run(Statement("test.order", "SELECT job_id FROM effects ORDER BY at")).map { row -> ID<Job> in try row.id(0) }
        }
        #expect(order == [ids[2], ids[1], ids[3], ids[0]])
        try runner.stop()
    }

    @Test func runningJobIsCancelledWithinASecond() throws {
        let runner = fixture.start([effect])
        let id = try fixture.enqueue(fixture.request("effect", milliseconds: 60_000))
        _ = try fixture.waitForState(.running, id)
        #expect(try fixture.cancel(id))
        let seconds = try fixture.waitForState(.cancelled, id)
        #expect(seconds < 1)
        #expect(try fixture.number("SELECT count(*) FROM effects") == 0)
        try runner.stop()
    }

    /// After `cancel` said yes, no effect is written, even by a handler that never looks.
    @Test func cancelWinsOverCompletion() throws {
        let gate = StopSignal()
        let handler = ClosureHandler(kind: "gated") { job in
            gate.wait(milliseconds: 10_000)
            try job.complete { tx in try tx.run(insertEffect, .uuid(job.id), .int(job.attempt)) }
        }
        let runner = fixture.start([handler])
        let id = try fixture.enqueue(fixture.request("gated"))
        _ = try fixture.waitForState(.running, id)
        #expect(try fixture.cancel(id))
        gate.request()
        _ = try fixture.waitForState(.cancelled, id)
        #expect(try fixture.number("SELECT count(*) FROM effects") == 0)
        try runner.stop()
    }

    @Test func progressIsSeen() throws {
        let gate = StopSignal()
        let handler = ClosureHandler(kind: "slow") { job in
            job.progress(0.5, note: ["bars": 1_000])
            gate.wait(milliseconds: 10_000)
        }
        let runner = fixture.start([handler])
        let id = try fixture.enqueue(fixture.request("slow"))
        try waitUntil("progress is seen", seconds: 5) { try fixture.status(id)?.progress == 0.5 }
        #expect(try fixture.status(id)?.note?["bars"]?.int == 1_000)
        gate.request()
        _ = try fixture.waitForState(.completed, id)
        try runner.stop()
    }

    @Test func stopGivesTheJobBackWithoutCountingTheAttempt() throws {
        let runner = fixture.start([effect])
        let id = try fixture.enqueue(fixture.request("effect", milliseconds: 60_000))
        _ = try fixture.waitForState(.running, id)
        try runner.stop()
        let status = try #require(try fixture.status(id))
        #expect(status.state == .available)
        #expect(status.attempt == 0)
        #expect(status.error == nil)
    }

    @Test func stopGivesBackWhatIgnoresIt() throws {
        let gate = StopSignal()
        let refused = Atomic<Bool>(false)
        let handler = ClosureHandler(kind: "deaf") { job in
            gate.wait(milliseconds: 10_000)
            do {
                try job.complete { tx in try tx.run(insertEffect, .uuid(job.id), .int(job.attempt)) }
            } catch JobError.leaseLost {
                refused.store(true, ordering: .relaxed)
                throw JobError.leaseLost
            }
        }
        var settings = JobRunnerSettings()
        settings.graceMilliseconds = 100
        let runner = fixture.start([handler], settings: settings)
        let id = try fixture.enqueue(fixture.request("deaf"))
        _ = try fixture.waitForState(.running, id)
        try runner.stop()
        #expect(try fixture.state(id) == .available)
        gate.request()
        try waitUntil("the late write is refused", seconds: 5) { refused.load(ordering: .relaxed) }
        #expect(try fixture.number("SELECT count(*) FROM effects") == 0)
    }

    /// The commit may or may not have arrived: the row tells, and the effect is written once.
    @Test func brokenConnectionDuringCompletionLosesNothing() throws {
        let address = fixture.address
        let handler = ClosureHandler(kind: "unlucky") { job in
            var isFirst = true
            try job.complete { tx in
                try tx.run(insertEffect, .uuid(job.id), .int(job.attempt))
                guard isFirst else { return }
                isFirst = false
                let process = try tx.run(Statement("test.pid", "SELECT pg_backend_pid()")).only { try $0.int(0) }
                let other = try Connection(address)
                try other.transaction(.platform, .readWrite) { tx in
                    try tx.run(Statement("test.kill", "SELECT pg_terminate_backend($1, 5000)"), .int(process))
                }
            }
        }
        let runner = fixture.start([handler])
        let id = try fixture.enqueue(fixture.request("unlucky"))
        _ = try fixture.waitForState(.completed, id)
        #expect(try fixture.number("SELECT count(*) FROM effects") == 1)
        #expect(try fixture.status(id)?.attempt == 1)
        try runner.stop()
    }

    @Test func pollingWorksWithoutTheListener() throws {
        let runner = fixture.start([effect])
        let warm = try fixture.enqueue(fixture.request("effect"))
        _ = try fixture.waitForState(.completed, warm)
        let killed = try fixture.number("""
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE 'LISTEN%'
            """)
        #expect(killed == 1)
        let id = try fixture.enqueue(fixture.request("effect"))
        let seconds = try fixture.waitForState(.completed, id)
        #expect(seconds < 2)
        try runner.stop()
    }

    @Test func deadWorkersJobEndsWhenItsAttemptsAreUsedUp() throws {
        let id = try fixture.enqueue(fixture.request("effect", attemptsMax: 1))
        try fixture.engine.transaction(.platform, .readWrite) { tx in
            try tx.run(Statement("test.abandon", """
                UPDATE jobs SET state = 'running', attempt = 1, lease_number = 1, worker = 'gone',
                       lease_until = now() - interval '1 s' WHERE job_id = $1
                """), .uuid(id))
        }
        let runner = fixture.start([effect])
        _ = try fixture.waitForState(.failed, id)
        #expect(try fixture.status(id)?.error?["message"]?.string == "The worker stopped in the middle of every attempt.")
        try runner.stop()
    }

    @Test func oldFinishedJobsArePruned() throws {
        try fixture.flood("effect", count: 250, milliseconds: 0, tenant: fixture.tenants.alpha)
        let recent = try fixture.enqueue(fixture.request("effect"))
        try fixture.engine.transaction(.platform, .readWrite) { tx in
            try tx.run(Statement("test.age", """
                UPDATE jobs SET state = 'completed', finished_at = now() - interval '15 days' WHERE job_id <> $1
                """), .uuid(recent))
        }
        var settings = JobRunnerSettings()
        settings.pruneMilliseconds = 10
        settings.pruneBatch = 100
        let runner = fixture.start([effect], settings: settings)
        try waitUntil("old jobs are gone", seconds: 10) { try fixture.number("SELECT count(*) FROM jobs") == 1 }
        _ = try fixture.waitForState(.completed, recent)
        try runner.stop()
    }
}
