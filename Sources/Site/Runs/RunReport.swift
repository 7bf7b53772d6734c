internal import Base

/// What a run is, in every state.
struct RunHeader: Sendable, Hashable {
    let id: ID<Run>
    /// Nil for a draft that was never published.
    let skill: SkillName?
    let title: String
    /// `v3`, `draft`.
    let version: String
    let glyph: Glyph
    let from: CalendarDate
    /// Exclusive.
    let to: CalendarDate
    let timeframe: String
    let universe: [String]
    let isSynthetic: Bool
    let startedBy: String
    let createdAt: Instant
    /// The viewer may cancel, publish and see the studio.
    let isOwner: Bool
}

/// Where a run is in its life.
enum RunState: Sendable, Hashable {
    /// `position` 1 is next, nil is not known.
    case queued(position: Int?)
    case running(RunProgress)
    case completed(RunReport)
    case failed(RunFailure)
    case cancelled(at: Instant)
}

/// Why a run ended without a report.
struct RunFailure: Sendable, Hashable {
    /// `entry.ts threw: Cannot read properties of null`.
    let message: String
    /// `entry.ts`, with the line when it is known.
    var file: String?
    var line: Int?
    /// The lines around it.
    var excerpt: String?
    /// What the author can do.
    let advice: String
}

/// A finished run.
struct RunReport: Sendable, Hashable {
    let metrics: RunMetrics
    let warnings: [String]
    /// Runs counted in this lineage, this one included.
    let trials: Int
    /// Probability that the Sharpe ratio is luck given those trials: 1 − DSR.
    let luck: Figure
    let equity: EquitySeries
    /// One instrument, the most traded unless asked for another.
    let candles: CandleSeries?
    let months: [MonthlyReturn]
    let trades: [Trade]
    let tradesTotal: Int
    let tradeSorts: TradeSort
    let tradePages: Pagination
    let decisions: [DecisionRow]
    let decisionsTotal: Int
    let decisionPages: Pagination
    let inputs: Inputs
    let costs: Costs

    struct Trade: Sendable, Hashable {
        let number: Int
        let instrument: String
        let isLong: Bool
        let enteredAt: Instant
        let exitedAt: Instant
        let entry: Price
        let exit: Price
        let quantity: Quantity
        let fees: Money
        let funding: Money
        let profit: Money
        /// The exit's reason: `stop`, `target`, `helper: momentum gone`.
        let reason: String
    }

    /// Which column the trades are sorted by, and the address that sorts by another.
    struct TradeSort: Sendable, Hashable {
        /// `time`, `profit` or `instrument`.
        let column: String
        let isDescending: Bool
        /// Address without the sort parameters: `/runs/ID?`; the page adds `sort=` and the fragment.
        let base: String
    }

    struct DecisionRow: Sendable, Hashable {
        let number: Int
        let time: Instant
        let instrument: String
        /// `entry.ts: long, breakout above 64,250`.
        let proposal: String
        /// `filled`, `denied: position cap`, `no action`.
        let outcome: String
        let wasDenied: Bool
    }

    /// Everything the result depends on.
    struct Inputs: Sendable, Hashable {
        let skillHash: Digest
        let datasetHash: Digest
        let datasetName: String
        /// `tradecraft 0.2.0`.
        let engine: String
        let seed: String
        let startingEquity: Money
        let decisionLogHash: Digest
        /// The command line that repeats the run.
        let command: String
    }

    struct Costs: Sendable, Hashable {
        let bars: Int
        let tokens: Int
        /// Of model calls.
        let model: Money
        let milliseconds: Int64
    }
}
