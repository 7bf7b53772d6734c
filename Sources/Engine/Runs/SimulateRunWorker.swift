public import Base
public import Jobs
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// Does the job `simulate-run`: loads the version and the candles, replays, writes report, decisions and figures.
///
/// The run's row is the only thing it writes, fenced by the job's lease, and the completion is one transaction: a
/// worker that was taken over changes nothing.
public struct SimulateRunWorker: JobHandler {
    public let kind = SimulateRun.kind
    public let version = SimulateRun.version
    private let log: Log

    public init(log: Log) { self.log = log }

    /// Everything a run reads before it starts.
    private struct Prepared {
        let order: RunTable.Order
        let manifest: Manifest
        let market: MarketData
        let loadSeconds: Double
    }

    public func perform(_ job: JobContext) throws {
        guard let task = SimulateRun(job.arguments), let owner = job.tenant else {
            throw JobFailure.permanent(reason: ["reason": "the job's arguments are not those of a run"])
        }
        do {
            guard let prepared = try prepare(task, owner, job) else { return try job.complete { _ in } }
            let outcome = try simulate(prepared, task, owner, job)
            try job.complete { tx in try write(outcome, prepared, task, owner, in: tx) }
        } catch let error where job.isCancelled || error is JobError {
            // Cancelled, taken over or shutting down: the page already says so, or another worker goes on.
            throw error
        } catch let failure as DeciderFailure where failure.kind == .crashed && job.attempt < job.attemptsMax {
            // The sandbox's process died; the skill may not be to blame. Tried again before it counts against the run.
            throw failure
        } catch let failure as DeciderFailure {
            try fail(failure.json, task, owner, job)
        } catch let refusal as SkillSimulation.Refusal {
            try fail(["kind": "cannot_start", "message": .string(refusal.description)], task, owner, job)
        } catch let refusal as BacktestRefusal {
            try fail(["kind": "stopped", "message": .string(refusal.description)], task, owner, job)
        } catch let problems as SkillProblems {
            try fail(["kind": "invalid_skill", "message": .string(problems.description)], task, owner, job)
        }
    }

    /// Nil when the run is already over.
    private func prepare(_ task: SimulateRun, _ owner: ID<Tenant>, _ job: JobContext) throws -> Prepared? {
        let start = SystemClock.monotonicNanoseconds()
        let started = try job.write { tx in
            try ActingTenant.run(as: task.tenant, backTo: owner, in: tx) { tx in try RunTable.start(task.run, in: tx) }
        }
        guard started else { return nil }
        return try job.read { tx in
            let found = try ActingTenant.run(as: task.tenant, backTo: owner, in: tx) { tx in try RunTable.state(task.run, in: tx) }
            guard let order = found?.order,
                  let version = try ActingTenant.run(as: order.owner, backTo: owner, in: tx, { tx in try VersionTable.find(order.version, in: tx) })
            else { throw JobFailure.permanent(reason: ["reason": "the run or its version is not there"]) }
            let manifest = try Authoring.manifest(of: version.files)
            guard manifest.hash == order.skillHash else {
                throw SkillProblems([SkillProblem(line: 1, field: "", message: "The stored version no longer has the hash it was run under.")])
            }
            let market = try PlatformMarket.load(
                universe: order.universe, timeframe: order.timeframe, from: order.from, to: order.to, in: tx)
            return Prepared(order: order, manifest: manifest, market: market,
                            loadSeconds: Double(SystemClock.monotonicNanoseconds() - start) / 1e9)
        }
    }

    private func simulate(
        _ prepared: Prepared, _ task: SimulateRun, _ owner: ID<Tenant>, _ job: JobContext
    ) throws -> SkillSimulation.Outcome {
        var lastWritten = SystemClock.monotonicNanoseconds()
        var failure: (any Error)?
        let outcome = try SkillSimulation.run(
            prepared.manifest, over: prepared.market, model: prepared.order.model, seed: UInt64(bitPattern: prepared.order.seed),
            loadSeconds: prepared.loadSeconds
        ) { state in
            guard !job.isCancelled else { return false }
            let now = SystemClock.monotonicNanoseconds()
            guard now - lastWritten > 200_000_000 else { return true }
            lastWritten = now
            do {
                try job.write { tx in
                    try ActingTenant.run(as: task.tenant, backTo: owner, in: tx) { tx in
                        try RunTable.setProgress(task.run, Double(state.ticks) / Double(max(1, state.total)), note: state.json, in: tx)
                    }
                }
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return outcome
    }

    private func write(
        _ outcome: SkillSimulation.Outcome, _ prepared: Prepared, _ task: SimulateRun, _ owner: ID<Tenant>, in tx: borrowing Transaction
    ) throws {
        let records = RunRecords(outcome, prepared.market)
        let kept = try ActingTenant.run(as: task.tenant, backTo: owner, in: tx) { tx in
            let kept = try RunTable.complete(
                task.run, datasetHash: outcome.report.result.datasetHash, decisionLogHash: outcome.report.result.decisionLogHash,
                report: records.report, curve: records.curve, trades: records.trades, in: tx)
            guard kept else { return false }
            for batch in records.decisionBatches { try RunDecisionTable.insert(batch, run: task.run, in: tx) }
            return true
        }
        guard kept, prepared.order.purpose == .evaluation else { return }
        try ListingTable.setFigures(records.figures, skill: prepared.order.skill, run: task.run, in: tx)
    }

    private func fail(_ reason: JSON, _ task: SimulateRun, _ owner: ID<Tenant>, _ job: JobContext) throws {
        log.info("Run \(task.run) failed: \(reason["message"]?.string ?? "")", ["run": .string(task.run.description), "tenant": .string(owner.description)])
        try job.complete { tx in
            let run = try ActingTenant.run(as: task.tenant, backTo: owner, in: tx) { tx in
                try RunTable.fail(task.run, reason, in: tx)
                return try RunTable.state(task.run, in: tx)
            }
            guard let run, run.order.purpose == .evaluation else { return }
            try ListingTable.setEvaluationFailed(skill: run.order.skill, run: task.run, in: tx)
        }
    }
}

extension DeciderFailure {
    /// As pages and the API tell it.
    var json: JSON {
        ["kind": .string(kind.rawValue), "file": .optional(file), "line": .optional(line),
         "at": .optional(time.map { Instant(milliseconds: $0).description }), "message": .string(message)]
    }
}

extension BacktestProgress {
    /// The note of a running run.
    var json: JSON {
        ["ticks": .int(ticks), "total": .int(total), "equity": .decimal(equity), "decisions": .int(decisions)]
    }
}
