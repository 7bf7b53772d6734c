internal import Base
public import Trading

/// The market as it can be known at one tick. Tools and context are built on this alone, so that nothing that closes
/// later can leave them, whatever is asked.
public struct MarketWindow: Sendable {
    private let market: MarketData
    /// Milliseconds UTC: the close of the tick's bars.
    public let now: Int64

    /// `tick` is an index into `market.ticks`.
    public init(_ market: MarketData, tick: Int) {
        self.market = market
        now = market.ticks[tick]
    }

    public var timeframe: Timeframe { market.timeframe }
    public var instrumentNames: [String] { market.instruments.map(\.name) }

    /// Position in the universe, nil for a name that is not in it.
    public func index(of name: String) -> Int? { market.instruments.firstIndex { $0.name == name } }

    /// How many bars of the instrument have closed by `until`, at most by now.
    private func closed(_ instrument: Int, until: Int64) -> Int {
        let (lastOpen, overflow) = min(until, now).subtractingReportingOverflow(market.timeframe.milliseconds)
        guard !overflow, lastOpen < .max else { return 0 }
        return market.series[instrument].firstIndex(atOrAfter: lastOpen + 1)
    }

    /// The last `count` bars that had closed by `until`, oldest first. Fewer when there are fewer; missing bars are missing.
    public func bars(_ instrument: Int, count: Int, until: Int64) -> [Bar] {
        let end = closed(instrument, until: until)
        return (max(0, end - max(0, count))..<end).map { market.series[instrument][$0] }
    }

    /// True when the instrument has no bar that closed just now: orders for it would be denied.
    public func isStale(_ instrument: Int) -> Bool {
        guard let last = bars(instrument, count: 1, until: now).last else { return true }
        return last.openTime + market.timeframe.milliseconds != now
    }
}
