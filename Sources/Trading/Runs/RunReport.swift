public import Base

/// Where the time of a run went, wall clock seconds.
public struct RunSeconds: Sendable, Hashable {
    /// Reading and checking candles and skill.
    public var load: Double
    /// Replaying.
    public var replay: Double
    /// Metrics and report.
    public var report: Double

    /// Measured by whoever has a clock.
    public init(load: Double, replay: Double, report: Double) {
        self.load = load
        self.replay = replay
        self.report = report
    }
}

/// A run in its outward form: the JSON of `tradecraft sim`, of the API and of the run page.
public struct RunReport: Sendable {
    /// What happened.
    public let result: RunResult
    /// The `metrics` object.
    public let metrics: JSON
    /// What the data lacks and what the run was short of, one sentence each.
    public let warnings: [String]
    /// Where the time went. Never hashed.
    public let seconds: RunSeconds

    /// The report with the result's own metrics; what looks like a mistake in them is among the warnings.
    public init(result: RunResult, dataWarnings: [String], seconds: RunSeconds) {
        let metrics = result.metrics
        self.init(
            result: result, metrics: metrics.json, dataWarnings: dataWarnings + metrics.suspicions, seconds: seconds)
    }

    /// `metrics` is `PerformanceMetrics.json`; `dataWarnings` name the gaps in the candles and come first.
    public init(result: RunResult, metrics: JSON, dataWarnings: [String], seconds: RunSeconds) {
        self.result = result
        self.metrics = metrics
        warnings = dataWarnings + result.warnings
        self.seconds = seconds
    }

    /// Money is decimal text, ratios are numbers, `from` and `to` are dates when they are midnights.
    public var json: JSON {
        .object(identityFields + countFields + [
            ("start_equity", .decimal(result.recipe.startEquity)),
            ("final_equity", .decimal(result.finalEquity)),
            ("metrics", metrics),
            ("open_positions", .array(result.openTrades.map(openTrade))),
            ("halts", .array(result.halts.map(halt))),
            ("gross_exposure", .double(result.grossExposure)),
            ("decision_log_hash", .string(result.decisionLogHash.hex)),
            ("decision_hashes", .array(result.decisions.map { [.int($0.time), .string(StoredDecision.short($0))] })),
            ("warnings", .array(warnings.map { .string($0) })),
            ("tokens", .int(result.tokens)),
            ("cost_usd", .decimal(result.cost)),
            ("seconds", [
                "load": .optional(seconds.load), "replay": .optional(seconds.replay),
                "report": .optional(seconds.report),
            ]),
        ])
    }

    private var identityFields: [(String, JSON)] {
        [
            ("skill_hash", .string(result.identity.skillHash.hex)), ("dataset_hash", .string(result.datasetHash.hex)),
            ("engine", .string(Backtest.engine)), ("seed", result.identity.seedJSON),
            ("model", .optional(result.identity.model)), ("recipe", result.recipe.json),
            ("from", .string(Self.moment(result.from))), ("to", .string(Self.moment(result.to))),
            ("timeframe", .string(result.timeframe.rawValue)),
            ("instruments", .array(result.instruments.map { .string($0) })),
        ]
    }

    /// `rejected` counts both kinds: `denied` by us and by the venue.
    private var countFields: [(String, JSON)] {
        [
            ("bars", .int(result.bars)), ("ticks", .int(result.ticks)), ("decisions", .int(result.decisions.count)),
            ("orders", .int(result.orders)), ("rejected", .int(result.denied + result.rejections.count)),
            ("denied", .int(result.denied)), ("fills", .int(result.fills.count)), ("trades", .int(result.trades.count)),
        ]
    }

    private func openTrade(_ trade: OpenTrade) -> JSON {
        [
            "instrument": .string(result.instruments[trade.instrument]),
            "side": trade.quantity.isNegative ? "short" : "long",
            "quantity": .string(String(trade.quantity.description.drop { $0 == "-" })),
            "entry_price": .decimal(trade.entryPrice),
            "entry_time": .string(Instant(milliseconds: trade.entryTime).description), "mark": .decimal(trade.mark),
            "unrealised": .decimal(trade.unrealised),
        ]
    }

    private func halt(_ halt: Halt) -> JSON {
        [
            "kind": .string(halt.kind.rawValue), "time": .string(Instant(milliseconds: halt.at).description),
            "equity": .decimal(halt.equity), "threshold": .decimal(halt.threshold),
            "until": .optional(halt.until.map { Instant(milliseconds: $0).description }),
            "sentence": .string(halt.sentence),
        ]
    }

    /// `2025-08-20` for a midnight, RFC 3339 for any other moment.
    static func moment(_ instant: Instant) -> String {
        instant == instant.date.start ? instant.date.description : instant.description
    }
}

extension RunReport {
    /// `equity.csv`: `time_ms,equity`, the chart's points.
    public var equityCSV: String {
        result.curve.reduce(into: "time_ms,equity\n") { $0 += "\($1.time),\($1.equity)\n" }
    }

    /// `trades.csv`: one closed trade a row; times in milliseconds UTC, `pnl` after fees and funding.
    public var tradesCSV: String {
        let header = "instrument,side,entry_time_ms,entry_price,exit_time_ms,exit_price,quantity,fees,funding,pnl,"
            + "exit_reason\n"
        return result.trades.reduce(into: header) { text, trade in
            text += "\(result.instruments[trade.instrument]),\(trade.isLong ? "long" : "short"),\(trade.entryTime),"
            text += "\(trade.entryPrice),\(trade.exitTime),\(trade.exitPrice),\(trade.quantity),\(trade.fees),"
            text += "\(trade.funding),\(trade.profit),\(trade.exitReason.rawValue)\n"
        }
    }

    /// `decisions.jsonl`: one decision a line, each with the head of the log after it.
    public var decisionLines: String {
        result.decisions.reduce(into: "") { $0 += $1.line + "\n" }
    }
}
