internal import Base

/// The benchmark beside every run: the universe bought in equal parts at its first open and held, without leverage,
/// fees or funding. It is what a reader could have had by doing nothing.
public struct BuyAndHold: Sendable {
    /// Wealth as a multiple of the start, at the start and at each close of a UTC day: first element is 1.
    public let daily: [(time: Int64, value: Double)]

    /// Total return, or nil when the span has no bar.
    public var totalReturn: Double? { daily.count > 1 ? daily.last.map { $0.value - 1 } : nil }

    public init(_ market: MarketData) {
        let held = market.series.filter { !$0.isEmpty }
        guard !held.isEmpty else {
            daily = []
            return
        }
        var cursors = [Int](repeating: -1, count: held.count)
        var points: [(time: Int64, value: Double)] = [(market.from.milliseconds, 1)]
        var day = Instant(milliseconds: market.from.milliseconds).day
        let last = market.to.milliseconds
        while true {
            let dayEnd = (day + 1) * Instant.millisecondsPerDay
            let end = min(dayEnd, last)
            var sum = 0.0
            for index in held.indices {
                let series = held[index]
                while cursors[index] + 1 < series.count, series.closeTime(cursors[index] + 1) <= end { cursors[index] += 1 }
                sum += cursors[index] < 0 ? 1 : series.close[cursors[index]].double / series.open[0].double
            }
            points.append((end, sum / Double(held.count)))
            if end >= last { break }
            day += 1
        }
        daily = points
    }
}
