internal import Base

extension BarSeries {
    /// Bars of a longer timeframe made of these. A long bar exists only where every short one does: a bar with a hole
    /// would show a range that nobody saw, so it stays missing and is reported as a gap.
    ///
    /// Nil when `longer` is not a whole multiple of this timeframe. The same timeframe returns the series itself.
    public func aggregated(to longer: Timeframe) -> BarSeries? {
        guard longer != timeframe else { return self }
        guard longer.milliseconds % timeframe.milliseconds == 0, longer.milliseconds > timeframe.milliseconds else { return nil }
        let needed = Int(longer.milliseconds / timeframe.milliseconds)
        var result = BarSeries(instrument: instrument, timeframe: longer)
        result.reserve(count / needed + 1)
        var first = 0
        while first < count {
            let start = openTime[first] - (openTime[first] % longer.milliseconds)
            var last = first
            while last + 1 < count, openTime[last + 1] < start + longer.milliseconds { last += 1 }
            if last - first + 1 == needed, openTime[first] >= 0 { result.append(merged(first...last, openTime: start)) }
            first = last + 1
        }
        return result
    }

    private func merged(_ range: ClosedRange<Int>, openTime start: Int64) -> Bar {
        var highest = high[range.lowerBound]
        var lowest = low[range.lowerBound]
        var total = 0.0
        for index in range {
            highest = max(highest, high[index])
            lowest = min(lowest, low[index])
            total += volume[index]
        }
        return Bar(openTime: start, open: open[range.lowerBound], high: highest, low: lowest,
                   close: close[range.upperBound], volume: total)
    }
}
