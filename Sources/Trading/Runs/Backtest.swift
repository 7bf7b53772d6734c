public import Base

/// Why a run did not finish, other than by the decider's own failure.
public enum BacktestRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The caller's `progress` said so.
    case cancelled
    /// Money, price or quantity left the range we calculate in.
    case outOfRange(time: Int64)
    /// The decider answered for a tick it was not asked about.
    case decisionOutOfTurn(tick: Int)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .cancelled: "The run was cancelled."
        case .outOfRange(let time):
            "The run stopped at \(Instant(milliseconds: time)): prices or amounts became too large to calculate with."
        case .decisionOutOfTurn(let tick):
            "The run stopped: a decision was made for tick \(tick), which was not asked about."
        }
    }
}

/// How far a run is.
public struct BacktestProgress: Sendable, Hashable {
    /// Ticks that are settled.
    public let ticks: Int
    /// Ticks of the run.
    public let total: Int
    /// Equity at the last settled tick.
    public let equity: Money
    /// Decisions so far.
    public let decisions: Int
}

/// Drives a session over history.
///
/// While nothing is decided the portfolio does not depend on the decider, so the session runs ahead and the decider
/// sees many ticks at once. At the first decision in them the session goes back to its tick and goes on from there.
/// How far it ran ahead makes no difference to the result.
public enum Backtest {
    /// Names the rules of execution and of the log. Raised whenever the same inputs would give another log.
    public static let engine = "tradecraft-engine/1"

    /// Short runs report less often than every two percent rather than look ahead in crumbs.
    private static let blockTicksMin = 64

    /// Replays `market` for `decider`. `progress` is called about every two percent of the ticks; when it returns
    /// false the run ends with `BacktestRefusal.cancelled`. What the decider throws passes through.
    public static func run(
        market: MarketData, caps: RiskCaps, recipe: Recipe, decider: inout some Decider, identity: RunIdentity,
        progress: (BacktestProgress) -> Bool
    ) throws -> RunResult {
        var lengths = BlockLengths()
        return try run(
            market: market, caps: caps, recipe: recipe, decider: &decider, identity: identity, lengths: &lengths,
            progress: progress)
    }

    static func run(
        market: MarketData, caps: RiskCaps, recipe: Recipe, decider: inout some Decider, identity: RunIdentity,
        lengths: inout some BlockLengthChoice, progress: (BacktestProgress) -> Bool
    ) throws -> RunResult {
        var replay = Replay(market: market, caps: caps, recipe: recipe, identity: identity)
        var portfolios: [PortfolioView] = []
        let total = market.ticks.count
        let stride = max(1, total / 50)
        var reportAt = stride
        var tick = 0
        while tick < total {
            // Never further than to the next report, or a quiet run would be silent and could not be cancelled.
            let wanted = min(lengths.length, decider.lookahead(from: tick), max(stride, blockTicksMin))
            let ahead = max(1, min(wanted, total - tick))
            let block = tick..<tick + ahead
            let before = replay.checkpoint
            try replay.play(block, portfolios: &portfolios)
            if let decision = try decider.next(in: block, portfolios: portfolios) {
                guard block.contains(decision.tick) else {
                    throw BacktestRefusal.decisionOutOfTurn(tick: decision.tick)
                }
                if decision.tick + 1 < block.upperBound {
                    replay.goBack(to: before)
                    try replay.play(tick..<decision.tick + 1)
                }
                try replay.apply(decision)
                lengths.decided(after: decision.tick + 1 - tick)
                tick = decision.tick + 1
            } else {
                lengths.undisturbed(for: ahead)
                tick += ahead
            }
            if tick >= reportAt {
                reportAt = tick + stride
                let state = BacktestProgress(
                    ticks: tick, total: total, equity: replay.simulation.session.equity,
                    decisions: replay.decisions.count)
                guard progress(state) else { throw BacktestRefusal.cancelled }
            }
        }
        return try replay.finish(log: decider.log)
    }
}

/// How many ticks to run ahead. Any choice gives the same result; a good one wastes little.
protocol BlockLengthChoice {
    var length: Int { get }
    mutating func decided(after ticks: Int)
    mutating func undisturbed(for ticks: Int)
}

/// Doubles while nothing is decided, and follows the distance between decisions when something is.
struct BlockLengths: BlockLengthChoice {
    private static let lengthMin = 8
    private static let lengthMax = 4_096
    private(set) var length = 64

    mutating func decided(after ticks: Int) {
        length = min(max(Self.lengthMin, (length + 2 * ticks) / 2), Self.lengthMax)
    }
    mutating func undisturbed(for ticks: Int) {
        if ticks >= length { length = min(length * 2, Self.lengthMax) }
    }
}
