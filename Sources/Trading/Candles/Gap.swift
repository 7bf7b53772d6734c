public import Base

/// Candles that are missing. Gaps are reported and never filled.
public struct Gap: Sendable, Hashable {
    /// Name of the instrument.
    public let instrument: String
    /// When the last bar before the gap closed, or the start of the span that was asked for.
    public let afterClose: Instant
    /// When the first bar after the gap opens, or the end of the span that was asked for.
    public let beforeOpen: Instant
    /// Bars that would fit; at least 1.
    public let missingBars: Int

    /// `missingBars` is at least 1.
    public init(instrument: String, afterClose: Instant, beforeOpen: Instant, missingBars: Int) {
        self.instrument = instrument
        self.afterClose = afterClose
        self.beforeOpen = beforeOpen
        self.missingBars = missingBars
    }

    /// The gaps between the bars of one series, in order of time.
    public static func find(in series: BarSeries) -> [Gap] {
        guard let first = series.openTime.first, series.count > 1 else { return [] }
        let step = series.timeframe.milliseconds
        var gaps: [Gap] = []
        var expected = first
        for time in series.openTime {
            if time > expected { gaps.append(Gap(series.instrument, from: expected, to: time, step: step)) }
            expected = time + step
        }
        return gaps
    }

    /// The gaps of one series against a span: also the bars missing at its start and its end, or all of them.
    /// Counts the bars whose open time lies in `from..<to`.
    public static func find(in series: BarSeries, from: Instant, to: Instant) -> [Gap] {
        let step = series.timeframe.milliseconds
        guard let start = roundedUp(from, step), let end = roundedUp(to, step), start < end else { return [] }
        let bars = series.firstIndex(atOrAfter: start)..<series.firstIndex(atOrAfter: end)
        var gaps: [Gap] = []
        var expected = start
        for index in bars {
            let time = series.openTime[index]
            if time > expected { gaps.append(Gap(series.instrument, from: expected, to: time, step: step)) }
            expected = time + step
        }
        if expected < end { gaps.append(Gap(series.instrument, from: expected, to: end, step: step)) }
        return gaps
    }

    /// `BTC has no candles from 2025-09-20T02:35Z to 2025-09-20T21:15Z (18 h 40 min, 224 bars).`
    public var sentence: String {
        let minutes = (beforeOpen.milliseconds - afterClose.milliseconds) / 60_000
        var spans: [String] = []
        if minutes >= 1_440 { spans.append("\(minutes / 1_440) d") }
        if minutes / 60 % 24 > 0 { spans.append("\(minutes / 60 % 24) h") }
        if minutes % 60 > 0 { spans.append("\(minutes % 60) min") }
        return "\(instrument) has no candles from \(Self.minute(afterClose)) to \(Self.minute(beforeOpen)) "
            + "(\(spans.joined(separator: " ")), \(missingBars) \(missingBars == 1 ? "bar" : "bars"))."
    }

    private init(_ instrument: String, from: Int64, to: Int64, step: Int64) {
        self.init(
            instrument: instrument, afterClose: Instant(milliseconds: from), beforeOpen: Instant(milliseconds: to),
            missingBars: Int((to - from) / step))
    }

    /// The next multiple of `step` at or after `time`; nil for times no candle can have.
    private static func roundedUp(_ time: Instant, _ step: Int64) -> Int64? {
        guard abs(time.milliseconds / 2) < BarRules.openTimeEnd else { return nil }
        let remainder = time.milliseconds % step
        if remainder == 0 { return time.milliseconds }
        return time.milliseconds - remainder + (remainder > 0 ? step : 0)
    }

    /// RFC 3339 to the minute: bars begin on whole minutes.
    private static func minute(_ time: Instant) -> String {
        String(time.description.prefix(16)) + "Z"
    }
}
