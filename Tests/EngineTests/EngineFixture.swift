import Base
import Engine
import Foundation
import Jobs
import Marketplace
import Postgres
import Storage
import TestSupport
import Testing
import Trading

/// A database with a month of the synthetic market, a tenant, and an engine on a thread of its own.
final class EngineFixture {
    let database: TestDatabase
    let web: Connection
    let tenant: ID<Tenant>

    static let from = SyntheticMarket.start
    static let to = from.advanced(byMilliseconds: 31 * Instant.millisecondsPerDay)

    init(instruments: [String] = ["SIM-ALPHA", "SIM-BRAVO"]) throws {
        database = try TestDatabase.clone()
        web = try database.connect(.web)
        tenant = try Tenants.create(on: web)
        let series = instruments.compactMap { SyntheticMarket.series(named: $0, from: Self.from, to: Self.to) }
        try database.connect(.owner).transaction(.platform, .readWrite) { tx in
            _ = try CandleImport.store(series, source: "synthetic", replace: false, in: tx)
        }
    }

    /// Buys above the average of ten closes, leaves below it.
    static let entry = """
        export function entry(ctx) {
          const average = ctx.sma(10);
          const close = ctx.bars.close[ctx.bars.length - 1];
          return average !== null && close > average ? { side: "long", reason: "above its average" } : null;
        }

        """
    static let exit = """
        export function exit(ctx) {
          const average = ctx.sma(10);
          const close = ctx.bars.close[ctx.bars.length - 1];
          return average !== null && close < average ? { side: "exit", reason: "below its average" } : null;
        }

        """

    static func files(
        slug: String = "crossing", timeframe: String = "1h", entry: String = entry, exit: String = exit
    ) -> VersionTable.Files {
        VersionTable.Files(
            skillMD: """
                ---
                name: Crossing
                slug: \(slug)
                summary: Buys above its average.
                model: none
                universe: [SIM-ALPHA, SIM-BRAVO]
                timeframe: \(timeframe)
                cadence: every_bar
                risk:
                  max_order_usd: 2000
                  max_position_usd: 2000
                licence: open
                ---
                Buy above the average, leave below it.
                """,
            entry: entry, exit: exit)
    }

    struct Missing: Error {}

    func create(_ files: VersionTable.Files) throws -> SkillTable.Row {
        try web.transaction(.tenant(tenant), .readWrite) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let made = try Authoring.create(try Authoring.manifest(of: files), files: files, source: nil, ids: &ids, in: tx)
            guard let row = try SkillTable.find(made.skill, in: tx) else { throw Missing() }
            return row
        }
    }

    func order(_ skill: SkillTable.Row, from: String = "2024-01-01", to: String = "2024-02-01") throws -> ID<Run> {
        guard let first = CalendarDate(from), let last = CalendarDate(to) else { throw Missing() }
        return try web.transaction(.tenant(tenant), .readWrite) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            return try BacktestRequest.order(
                skill: skill, number: skill.latestNumber, from: first, to: last, seed: 1, owner: tenant, handle: "alpha", ids: &ids, in: tx)
        }
    }

    func publish(_ skill: SkillTable.Row, _ files: VersionTable.Files) throws -> ID<Run> {
        try web.transaction(.tenant(tenant), .readWrite) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let subject = RunOrdering.Subject(
                owner: tenant, handle: "alpha", skill: skill.id, lineage: skill.lineage, version: skill.latestVersion, number: 1,
                manifest: try Authoring.manifest(of: files))
            return try Authoring.publish(
                subject, files: files, source: nil, visibility: .public, coverage: try CandleCoverage(in: tx), ids: &ids, in: tx)
        }
    }

    /// The run whole.
    func run(_ id: ID<Run>) throws -> RunTable.Row {
        guard let row = try web.transaction(.tenant(tenant), .readOnly, { tx in try RunTable.find(id, in: tx) }) else { throw Missing() }
        return row
    }

    func decisions(_ id: ID<Run>) throws -> [RunDecisionTable.Row] {
        try web.transaction(.tenant(tenant), .readOnly) { tx in try RunDecisionTable.list(run: id, after: -1, limit: 100_000, in: tx) }
    }

    func waitForEnd(_ id: ID<Run>, seconds: Double = 60) throws -> RunTable.Row {
        try waitUntil("run \(id) ends", seconds: seconds) {
            let state = try run(id).state
            return state != .queued && state != .running
        }
        return try run(id)
    }

    /// Starts an engine in this process; it stops with what is returned.
    func startEngine(leaseMilliseconds: Int = 8_000) -> RunningEngine {
        var settings = JobRunnerSettings()
        settings.leaseMilliseconds = leaseMilliseconds
        settings.renewalMilliseconds = leaseMilliseconds / 4
        settings.retryMilliseconds = 20
        let address = database.address(.engine)
        return RunningEngine(JobRunner(
            connect: { try Connection(address, options: ConnectionOptions(applicationName: "engine")) },
            handlers: [SimulateRunWorker(log: .silent)], threads: 1, guests: 0, settings: settings, log: .silent))
    }
}

/// A runner on a thread of its own.
final class RunningEngine {
    private let stopSignal = StopSignal()
    private let ended = StopSignal()

    init(_ runner: JobRunner) {
        Thread.detachNewThread { [stopSignal, ended] in
            do { try runner.run(until: stopSignal) } catch { print("The engine failed: \(error)") }
            ended.request()
        }
    }

    /// Asks for the end and waits for it.
    func stop() {
        stopSignal.request()
        ended.wait(milliseconds: 20_000)
    }

    deinit { stop() }
}
