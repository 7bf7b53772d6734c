public import Base

/// What one run sees: the bars of its universe over its span, aligned to ticks.
///
/// A tick is a moment at which at least one bar of the universe closes. Ticks rise strictly. An instrument whose bar
/// is missing at a tick is *stale* there: no helper is asked about it and every order for it is denied.
public struct MarketData: Sendable {
    /// In the order of the manifest's universe.
    public let instruments: [Instrument]
    public let timeframe: Timeframe
    public let from: Instant
    public let to: Instant
    /// One series an instrument, same order, clipped to `from..<to` by open time.
    public let series: [BarSeries]
    /// Close time of each tick, milliseconds UTC.
    public let ticks: [Int64]
    /// `bar[tick * instruments.count + instrument]`: index of the bar that closes at that tick, or -1.
    public let barAtTick: [Int32]
    /// Names the data: the SHA-256 over the hashes of the clipped monthly chunks.
    public let hash: Digest

    /// Bars of all instruments together.
    public var barCount: Int { series.reduce(0) { $0 + $1.count } }

    /// `series` are clipped to the span here; `hash` is what `DatasetHash.of` says of the clipped series.
    public init(instruments: [Instrument], timeframe: Timeframe, from: Instant, to: Instant, series: [BarSeries], hash: Digest) {
        precondition(instruments.count == series.count, "Invariant: one series an instrument.")
        self.instruments = instruments
        self.timeframe = timeframe
        self.from = from
        self.to = to
        self.series = series
        self.hash = hash
        let width = instruments.count
        var cursors = [Int](repeating: 0, count: width)
        var ticks: [Int64] = []
        var bars: [Int32] = []
        ticks.reserveCapacity(series.map(\.count).max() ?? 0)
        bars.reserveCapacity(ticks.capacity * width)
        while true {
            var next = Int64.max
            for index in 0..<width where cursors[index] < series[index].count {
                next = min(next, series[index].openTime[cursors[index]])
            }
            if next == .max { break }
            ticks.append(next + timeframe.milliseconds)
            for index in 0..<width {
                if cursors[index] < series[index].count, series[index].openTime[cursors[index]] == next {
                    bars.append(Int32(cursors[index]))
                    cursors[index] += 1
                } else {
                    bars.append(-1)
                }
            }
        }
        self.ticks = ticks
        self.barAtTick = bars
    }

    /// The index into `series[instrument]` of the bar that closes at `tick`, nil when it is missing.
    public func bar(_ instrument: Int, atTick tick: Int) -> Int? {
        let index = barAtTick[tick * instruments.count + instrument]
        return index < 0 ? nil : Int(index)
    }
}
