internal import Base
public import Trading

/// Proves that helpers do not look ahead on given data: on the data cut at any moment, every signal up to that moment is
/// the same. Run before a skill is published.
public enum TruncationCheck {
    /// The first signal that depends on the future.
    public struct Difference: Sendable, Hashable {
        /// Milliseconds UTC of the tick at which signals differ.
        public let time: Int64
        /// Milliseconds UTC at which the data was cut: the signals with data beyond it are others.
        public let cut: Int64
        /// Whether every instrument was flat or held a position, so `entry` or `exit` was asked.
        public let file: String
    }

    /// Compares the whole data with `cuts` shorter ones, evenly spread, once with every instrument flat and once with
    /// every instrument long, so that both helpers are asked at every bar.
    ///
    /// - Returns: nil when all signals are the same.
    /// - Throws: `DeciderFailure` when the helpers fail.
    public static func run(
        market: MarketData, entry: String?, exit: String?, parameters: [(name: String, value: Double)], cuts: Int,
        limits: SandboxLimits = .standard
    ) throws -> Difference? {
        precondition(cuts > 0, "Invariant: at least one cut.")
        for file in [TypeScriptCompiler.File.entry, .exit] {
            guard let source = file == .entry ? entry : exit else { continue }
            func signals(_ market: MarketData) throws -> [Int64: [UInt8]] {
                var decider = try SandboxDecider(
                    market: market, entry: file == .entry ? source : nil, exit: file == .exit ? source : nil,
                    parameters: parameters, seed: 1, limits: limits)
                return try allSignals(&decider, market, held: file == .exit)
            }
            let whole = try signals(market)
            for cut in 1...cuts {
                let index = market.ticks.count * cut / (cuts + 1)
                guard index > 0, index < market.ticks.count else { continue }
                let end = market.ticks[index - 1]
                let part = shortened(market, end: end)
                let found = try signals(part)
                for time in part.ticks where found[time] != whole[time] {
                    return Difference(time: time, cut: end, file: file.rawValue)
                }
            }
        }
        return nil
    }

    /// The data that had closed at `end`.
    private static func shortened(_ market: MarketData, end: Int64) -> MarketData {
        let to = Instant(milliseconds: end - market.timeframe.milliseconds + 1)
        return MarketData(
            instruments: market.instruments, timeframe: market.timeframe, from: market.from, to: to,
            series: market.series.map { $0.clipped(from: market.from, to: to) }, hash: market.hash)
    }

    private static func allSignals(
        _ decider: inout SandboxDecider, _ market: MarketData, held: Bool
    ) throws -> [Int64: [UInt8]] {
        let money = Money.whole(100_000)
        let position = held
            ? PositionView(quantity: .whole(1), entryPrice: .whole(1), entryTime: market.ticks.first ?? 0, unrealised: .zero)
            : .flat
        let portfolio = PortfolioView(
            equity: money, cash: money, positions: [PositionView](repeating: position, count: market.instruments.count))
        var found: [Int64: [UInt8]] = [:]
        var start = 0
        while start < market.ticks.count {
            let ticks = start..<min(market.ticks.count, start + decider.lookahead(from: start))
            let portfolios = [PortfolioView](repeating: portfolio, count: ticks.count)
            if let decision = try decider.next(in: ticks, portfolios: portfolios) {
                // The record, since signals with NaN in them would not equal themselves.
                found[market.ticks[decision.tick]] = decision.record.canonicalBytes
                start = decision.tick + 1
            } else {
                start = ticks.upperBound
            }
        }
        return found
    }
}
