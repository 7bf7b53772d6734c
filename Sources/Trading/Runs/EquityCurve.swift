internal import Base

/// Equity after every tick, and the two shorter curves made of it.
struct EquityCurve {
    private let start: EquityPoint
    private let ticks: [Int64]
    private let equity: [Money]

    /// `ticks` and `equity` belong together.
    init(start: Money, from: Instant, ticks: [Int64], equity: [Money]) {
        self.start = EquityPoint(time: from.milliseconds, equity: start)
        self.ticks = ticks
        self.equity = equity
    }

    /// The start, then each UTC day's close at midnight (the last tick's time for a day cut short). Days without a tick
    /// repeat the day before: the account existed on them.
    var daily: [EquityPoint] {
        guard let first = ticks.first, let last = ticks.last else { return [start] }
        var points = [start]
        var index = 0
        var latest = start.equity
        let firstDay = min(Instant(milliseconds: start.time).day, LossLimits.day(of: first))
        for day in firstDay...LossLimits.day(of: last) {
            while index < ticks.count, LossLimits.day(of: ticks[index]) <= day {
                latest = equity[index]
                index += 1
            }
            let midnight = (day + 1) * Instant.millisecondsPerDay
            points.append(EquityPoint(time: min(midnight, last), equity: latest))
        }
        return points
    }

    /// The start, and of each stretch of ticks the first, the lowest, the highest and the last, in order of time.
    func downsampled(pointsMax: Int) -> [EquityPoint] {
        var points = [start]
        guard ticks.count >= pointsMax else {
            for index in ticks.indices { points.append(EquityPoint(time: ticks[index], equity: equity[index])) }
            return points
        }
        let stretches = max(1, (pointsMax - 1) / 4)
        for stretch in 0..<stretches {
            let begin = ticks.count * stretch / stretches
            let end = ticks.count * (stretch + 1) / stretches
            guard begin < end else { continue }
            var low = begin
            var high = begin
            for index in begin..<end {
                if equity[index] < equity[low] { low = index }
                if equity[index] > equity[high] { high = index }
            }
            var written = -1
            for index in [begin, min(low, high), max(low, high), end - 1] where index > written {
                points.append(EquityPoint(time: ticks[index], equity: equity[index]))
                written = index
            }
        }
        return points
    }
}
