import Base
import Jobs
import Postgres
import Storage
import TestSupport
import Testing
import Trading

/// A run from the order to the report, through the queue and the sandbox.
@Suite(.enabled(if: TestDatabase.isAvailable), .serialized) struct SimulateRunWorkerTests {
    @Test func aRunCompletesWithItsDecisions() throws {
        let fixture = try EngineFixture()
        let id = try fixture.order(try fixture.create(EngineFixture.files()))
        let engine = fixture.startEngine()
        defer { engine.stop() }
        let run = try fixture.waitForEnd(id)
        #expect(run.state == .completed && run.progress == 1 && run.failure == nil)
        #expect(run.report?["decision_log_hash"]?.string == run.decisionLogHash?.hex)
        #expect(run.report?["dataset_hash"]?.string == run.datasetHash?.hex)
        // 31 days of 24 hours, two instruments.
        #expect(run.report?["bars"]?.int == Int64(1_488))
        let trades = try #require(run.trades?.array)
        #expect(!trades.isEmpty && run.report?["trades"]?.int == Int64(trades.count))
        let decisions = try fixture.decisions(id)
        #expect(run.report?["decisions"]?.int == Int64(decisions.count))
        #expect(Set(decisions.map(\.number)).count == decisions.count)
        #expect(run.curve?["equity"]?.array?.isEmpty == false && run.curve?["benchmark"]?.array?.isEmpty == false)
    }

    @Test func anEvaluationFillsTheListing() throws {
        let fixture = try EngineFixture()
        let files = EngineFixture.files()
        let id = try fixture.publish(try fixture.create(files), files)
        let engine = fixture.startEngine()
        defer { engine.stop() }
        let run = try fixture.waitForEnd(id)
        #expect(run.state == .completed && run.tenant == RunTable.house)
        let listing = try #require(try fixture.web.transaction(.platform, .readOnly) { tx in
            try ListingTable.find(handle: "alpha", slug: "crossing", in: tx)
        })
        #expect(listing.evaluation == .completed)
        #expect(listing.figures.totalReturn == run.report?["metrics"]?["total_return"]?.double)
        #expect(listing.figures.spanDays == 31)
    }

    @Test func aFailingHelperNamesFileAndLine() throws {
        let fixture = try EngineFixture()
        let entry = "export function entry(ctx) {\n  const nothing: any = null;\n  return nothing.size;\n}\n"
        let files = EngineFixture.files(entry: entry)
        let skill = try fixture.create(files)
        let id = try fixture.order(skill)
        let evaluation = try fixture.publish(skill, files)
        let engine = fixture.startEngine()
        defer { engine.stop() }
        let run = try fixture.waitForEnd(id)
        #expect(run.state == .failed && run.report == nil)
        #expect(run.failure?["file"]?.string == "entry.ts" && run.failure?["line"]?.int == 3, "\(run.failure?.text ?? "")")
        #expect(try fixture.waitForEnd(evaluation).state == .failed)
        #expect(try fixture.web.transaction(.platform, .readOnly) { tx in
            try ListingTable.find(handle: "alpha", slug: "crossing", in: tx)?.evaluation
        } == .failed)
    }

    @Test func aCancelledRunStaysCancelled() throws {
        let fixture = try EngineFixture()
        // Slow enough to be caught at work: the helper counts at every bar.
        let entry = "export function entry(ctx) {\n  let n = 0;\n  for (let i = 0; i < 300000; i++) n += i;\n  return n < 0 ? { side: \"long\", reason: \"never\" } : null;\n}\n"
        let id = try fixture.order(try fixture.create(EngineFixture.files(timeframe: "5m", entry: entry)))
        let engine = fixture.startEngine()
        defer { engine.stop() }
        try waitUntil("the run runs", seconds: 30) { try fixture.run(id).state == .running }
        let tenant = fixture.tenant
        let job = try #require(try fixture.run(id).job)
        let wasCancelled = try fixture.web.transaction(.tenant(tenant), .readWrite) { tx in
            _ = try JobQueue.cancel(job, in: tx)
            return try RunTable.cancel(id, in: tx)
        }
        #expect(wasCancelled)
        try waitUntil("the job ends", seconds: 20) {
            try fixture.web.transaction(.tenant(tenant), .readOnly) { tx in try JobQueue.status(job, in: tx)?.state.isFinal } == true
        }
        let run = try fixture.run(id)
        #expect(run.state == .cancelled && run.report == nil)
        #expect(try fixture.decisions(id).isEmpty)
    }

    @Test func aRunTakenOverTellsTheSameOnce() throws {
        let fixture = try EngineFixture()
        let skill = try fixture.create(EngineFixture.files(timeframe: "5m"))
        let undisturbed = try fixture.order(skill)
        let first = fixture.startEngine()
        let expected = try fixture.waitForEnd(undisturbed)
        first.stop()
        #expect(expected.state == .completed, "\(expected.failure?.text ?? "")")

        let id = try fixture.order(skill)
        for _ in 0..<2 {
            let engine = fixture.startEngine()
            try waitUntil("the run runs", seconds: 30) { try fixture.run(id).state != .queued }
            // Interrupted wherever it is; the job goes back to the queue unless it was done.
            engine.stop()
        }
        let last = fixture.startEngine()
        defer { last.stop() }
        let run = try fixture.waitForEnd(id)
        #expect(run.state == .completed)
        #expect(run.decisionLogHash == expected.decisionLogHash && run.datasetHash == expected.datasetHash)
        #expect(run.trades == expected.trades)
        let numbers = try fixture.decisions(id).map(\.number)
        #expect(numbers == (try fixture.decisions(undisturbed)).map(\.number))
        #expect(Set(numbers).count == numbers.count)
    }
}
