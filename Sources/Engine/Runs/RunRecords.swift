internal import Base
internal import Storage
internal import Trading

/// A finished run in the shapes it is stored in.
struct RunRecords {
    private let outcome: SkillSimulation.Outcome
    private let market: MarketData
    private var result: RunResult { outcome.report.result }

    /// Decisions written by one statement.
    private static let decisionsPerBatch = 500
    private static let sparklinePointsMax = 48

    init(_ outcome: SkillSimulation.Outcome, _ market: MarketData) {
        self.outcome = outcome
        self.market = market
    }

    /// The report without the list of decision hashes, which the decisions' own rows replace.
    var report: JSON {
        .object((outcome.json.object ?? []).filter { $0.0 != "decision_hashes" })
    }

    /// `{equity: [[ms, "…"]…], daily: […], benchmark: [[ms, ratio]…]}`.
    var curve: JSON {
        func points(_ list: [EquityPoint]) -> JSON { .array(list.map { [.int($0.time), .decimal($0.equity)] }) }
        return [
            "equity": points(result.curve), "daily": points(result.daily),
            "benchmark": .array(outcome.benchmark.daily.map { [.int($0.time), .double($0.value)] }),
        ]
    }

    var trades: JSON {
        .array(result.trades.map { trade in
            [
                "instrument": .string(result.instruments[trade.instrument]), "side": .string(trade.isLong ? "long" : "short"),
                "entry_time": .int(trade.entryTime), "entry_price": .decimal(trade.entryPrice),
                "exit_time": .int(trade.exitTime), "exit_price": .decimal(trade.exitPrice),
                "quantity": .decimal(trade.quantity), "fees": .decimal(trade.fees), "funding": .decimal(trade.funding),
                "pnl": .decimal(trade.profit), "exit_reason": .string(trade.exitReason.rawValue),
            ]
        })
    }

    var decisionBatches: [[JSON]] {
        var batches: [[JSON]] = []
        var batch: [JSON] = []
        for record in result.decisions {
            batch.append(row(record))
            if batch.count == Self.decisionsPerBatch {
                batches.append(batch)
                batch.removeAll(keepingCapacity: true)
            }
        }
        if !batch.isEmpty { batches.append(batch) }
        return batches
    }

    private func row(_ record: DecisionRecord) -> JSON {
        // What we encoded ourselves a moment ago; if it did not parse, the record would be kept as text.
        let decision = (try? JSON(parsing: record.canonical)) ?? .string(String(decoding: record.canonical, as: UTF8.self))
        let proposals = record.outcomes.map { outcome -> JSON in
            [
                "instrument": .string(result.instruments.indices.contains(outcome.signal.instrument) ? result.instruments[outcome.signal.instrument] : "?"),
                "side": .string(outcome.signal.side.rawValue), "reason": .string(outcome.signal.reason),
                "allowed": .bool(outcome.judgements.allSatisfy(\.isAllowed)),
            ]
        }
        return [
            "n": .int(record.number), "at": .string(Instant(milliseconds: record.time).description),
            "summary": ["proposals": .array(proposals), "hash": .string(record.hash.hex)],
            "decision": .object((decision.object ?? [("text", decision)]) + [("hash", .string(record.hash.hex))]),
        ]
    }

    /// What the listing shows.
    var figures: ListingTable.Figures {
        ListingTable.Figures(
            totalReturn: outcome.metrics.totalReturn, benchmarkReturn: outcome.benchmark.totalReturn, sharpe: outcome.metrics.sharpe,
            sharpeConfidence: outcome.sharpeConfidence, maxDrawdown: outcome.metrics.maxDrawdown, trades: result.trades.count,
            spanDays: Double(result.to.milliseconds - result.from.milliseconds) / Double(Instant.millisecondsPerDay), sparkline: sparkline)
    }

    private var sparkline: [Double] {
        let daily = result.dailyEquity
        guard daily.count > Self.sparklinePointsMax else { return daily }
        return (0..<Self.sparklinePointsMax).map { daily[$0 * (daily.count - 1) / (Self.sparklinePointsMax - 1)] }
    }
}
