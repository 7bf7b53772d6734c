internal import Agent
public import Base
internal import Gateways
public import Marketplace
public import Trading

/// One skill run over one dataset, from manifest to report. The command line and the job do exactly this, so that they
/// find the same hash.
public enum SkillSimulation {
    /// Why a run could not start.
    public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        case unknownModel(String)
        case noBars([String])

        public var description: String {
            switch self {
            case .unknownModel(let name):
                "The model \(name) is not available. Reference models: \(ReferenceModels.names.joined(separator: ", "))."
            case .noBars(let names): "There are no candles of \(names.joined(separator: ", ")) in the span."
            }
        }
    }

    /// A finished run with what pages show beside it.
    public struct Outcome: Sendable {
        public let report: RunReport
        public let metrics: PerformanceMetrics
        public let benchmark: BuyAndHold
        /// Probability that the true Sharpe ratio is above zero; nil under 30 daily returns or without variance.
        public let sharpeConfidence: Double?
        /// `RunReport.json` with the benchmark in it.
        public let json: JSON
    }

    /// Replays `manifest` over `market`. `model` overrides the manifest's; nil leaves it. `progress` returns false to
    /// cancel. Throws `DeciderFailure` when a helper or model ends the run, `BacktestRefusal`, or `Refusal`.
    public static func run(
        _ manifest: Manifest, over market: MarketData, model override: String? = nil, seed: UInt64, loadSeconds: Double,
        progress: (BacktestProgress) -> Bool
    ) throws -> Outcome {
        let empty = market.instruments.indices.filter { market.series[$0].isEmpty }
        guard empty.isEmpty else { throw Refusal.noBars(empty.map { market.instruments[$0].name }) }
        let start = SystemClock.monotonicNanoseconds()
        let model = override ?? manifest.model
        let identity = RunIdentity(skillHash: manifest.hash, seed: seed, model: model)
        var warnings = gapWarnings(market)
        let result: RunResult
        if let model {
            let brief = AgentBrief(manifest, model: model)
            warnings += brief.warnings
            guard let provider = ReferenceModels.provider(named: model, market: market) else { throw Refusal.unknownModel(model) }
            let helper = try manifest.hasHelper ? sandbox(manifest, market, seed) : nil
            var decider = AgentDecider(market: market, brief: brief, provider: provider, seed: seed, inner: helper)
            result = try replay(market, manifest, &decider, identity, progress)
        } else {
            var decider = try sandbox(manifest, market, seed)
            result = try replay(market, manifest, &decider, identity, progress)
        }
        let replayed = SystemClock.monotonicNanoseconds()
        return assemble(result, market, warnings, RunSeconds(load: loadSeconds, replay: Double(replayed - start) / 1e9, report: 0), since: replayed)
    }

    private static func replay(
        _ market: MarketData, _ manifest: Manifest, _ decider: inout some Decider, _ identity: RunIdentity,
        _ progress: (BacktestProgress) -> Bool
    ) throws -> RunResult {
        try Backtest.run(market: market, caps: manifest.risk, recipe: .standard, decider: &decider, identity: identity, progress: progress)
    }

    private static func sandbox(_ manifest: Manifest, _ market: MarketData, _ seed: UInt64) throws -> SandboxDecider {
        try SandboxDecider(market: market, entry: manifest.entrySource, exit: manifest.exitSource,
                           parameters: manifest.parameters.map { ($0.name, $0.value) }, seed: seed)
    }

    private static func assemble(
        _ result: RunResult, _ market: MarketData, _ warnings: [String], _ seconds: RunSeconds, since: Int64
    ) -> Outcome {
        let metrics = result.metrics
        let benchmark = BuyAndHold(market)
        var timing = seconds
        timing.report = Double(SystemClock.monotonicNanoseconds() - since) / 1e9
        let report = RunReport(result: result, dataWarnings: warnings, seconds: timing)
        let confidence = metrics.sampleTooShort ? nil : ReturnStatistics(equity: result.dailyEquity).evidence?.probability()
        return Outcome(
            report: report, metrics: metrics, benchmark: benchmark, sharpeConfidence: confidence,
            json: .object((report.json.object ?? []) + [
                ("buy_and_hold", .optional(benchmark.totalReturn)), ("sharpe_confidence", .optional(confidence)),
                ("log", .array(result.log.map { ["tick": .int($0.tick), "text": .string($0.text)] })),
            ]))
    }

    /// What is missing in the data.
    private static func gapWarnings(_ market: MarketData) -> [String] {
        market.series.flatMap { Gap.find(in: $0, from: market.from, to: market.to) }.map(\.sentence)
    }
}

extension AgentBrief {
    init(_ manifest: Manifest, model: String) {
        let cadence: AgentBrief.Cadence = switch manifest.cadence {
        case .everyBar: .everyBar
        case .every(let milliseconds): .every(milliseconds: milliseconds)
        case .onSignal: .onSignal
        }
        self.init(model: model, instructions: manifest.instructions, tools: manifest.tools.compactMap { AgentTool(rawValue: $0.rawValue) },
                  mcp: manifest.mcp, cadence: cadence, parameters: manifest.parameters.map { .init(name: $0.name, value: $0.value) },
                  caps: manifest.risk)
    }
}

extension Manifest {
    var hasHelper: Bool { entrySource != nil || exitSource != nil }
}
