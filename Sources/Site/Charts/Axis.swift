internal import Base

/// A vertical scale with round ticks. Made from any doubles: what is not finite is skipped, huge values are clamped.
struct ValueAxis: Sendable, Hashable {
    let lower: Double
    let upper: Double
    /// Ascending, inside `lower...upper`, at most 12.
    let ticks: [Double]
    /// Distance of two ticks: 1, 2 or 5 times a power of ten.
    let step: Double

    /// Values beyond are drawn at this edge; a picture has no use for more.
    static let magnitudeMax = 1e12

    /// Covers all finite `values` and `include`, with about `count` ticks.
    init(covering values: some Sequence<Double>, including include: [Double] = [], ticks count: Int = 4) {
        var low = Double.infinity
        var high = -Double.infinity
        for value in values where value.isFinite {
            low = min(low, Self.clamped(value))
            high = max(high, Self.clamped(value))
        }
        for value in include where value.isFinite {
            low = min(low, Self.clamped(value))
            high = max(high, Self.clamped(value))
        }
        if !(low <= high) { (low, high) = (0, 1) }
        if high - low < max(low.magnitude, high.magnitude) * 1e-9 || high - low < 1e-12 {
            let pad = max(high.magnitude * 0.01, 1e-6)
            (low, high) = (low - pad, high + pad)
        }
        let step = Self.roundStep((high - low) / Double(max(count, 1)))
        let first = (low / step).rounded(.down)
        let last = (high / step).rounded(.up)
        var ticks: [Double] = []
        var index = first
        while index <= last, ticks.count < 12 {
            ticks.append(index * step)
            index += 1
        }
        (lower, upper, self.step, self.ticks) = (first * step, last * step, step, ticks)
    }

    /// 0 at the bottom, 1 at the top; clamped.
    func position(_ value: Double) -> Double {
        guard value.isFinite, upper > lower else { return 0 }
        return min(max((Self.clamped(value) - lower) / (upper - lower), 0), 1)
    }

    /// Decimals that tell two ticks apart, for values shown times `factor` (100 for percent).
    func digits(factor: Double = 1) -> Int {
        var digits = 0
        var step = step * factor
        while step < 0.999, digits < 8 {
            step *= 10
            digits += 1
        }
        return digits
    }

    private static func clamped(_ value: Double) -> Double { min(max(value, -magnitudeMax), magnitudeMax) }

    /// The smallest of 1, 2, 5 × 10ⁿ that is at least `rough`.
    private static func roundStep(_ rough: Double) -> Double {
        guard rough.isFinite, rough > 0 else { return 1 }
        var power = 1.0
        while power > rough, power > 1e-12 { power /= 10 }
        while power * 10 <= rough { power *= 10 }
        for factor in [1.0, 2, 5] where power * factor >= rough { return power * factor }
        return power * 10
    }
}

/// A horizontal UTC time scale with ticks at round times.
struct TimeAxis: Sendable, Hashable {
    struct Tick: Sendable, Hashable {
        /// 0 left, 1 right.
        let position: Double
        let label: String
        /// Left out on narrow screens.
        let isMinor: Bool
    }

    let start: Int64
    let end: Int64

    /// Milliseconds since 1970; an empty or reversed span becomes one hour.
    init(start: Int64, end: Int64) {
        self.start = start
        let floor = start.addingReportingOverflow(Instant.millisecondsPerHour)
        self.end = end > start ? end : floor.overflow ? start : floor.partialValue
    }

    /// 0 at the start, 1 at the end; clamped.
    func position(_ time: Int64) -> Double {
        let span = Double(end) - Double(start)
        guard span > 0 else { return 0 }
        return min(max((Double(time) - Double(start)) / span, 0), 1)
    }

    /// At most eight, at hours, days, months or years, whichever fits the span.
    var ticks: [Tick] {
        let span = Double(end) - Double(start)
        guard span > 0 else { return [] }
        let hour = Instant.millisecondsPerHour
        let steps: [Int64] = [hour / 12, hour / 4, hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour, 48 * hour, 120 * hour, 240 * hour]
        let times = steps.first { span / Double($0) <= 8 }.map(multiples) ?? months()
        return times.enumerated().map { index, time in
            Tick(position: position(time), label: label(time, span: span), isMinor: times.count > 4 && index % 2 == 1)
        }
    }

    private func multiples(of step: Int64) -> [Int64] {
        var times: [Int64] = []
        let remainder = start % step
        var time = remainder == 0 ? start : start.addingReportingOverflow(step - (remainder < 0 ? remainder + step : remainder)).partialValue
        while time >= start, time <= end, times.count < 9 {
            times.append(time)
            let next = time.addingReportingOverflow(step)
            if next.overflow { break }
            time = next.partialValue
        }
        return times
    }

    private func months() -> [Int64] {
        let first = Instant(milliseconds: start).date
        let last = Instant(milliseconds: end).date
        let count = (last.year - first.year) * 12 + last.month - first.month
        let stride = [1, 2, 3, 6, 12, 24, 60, 120, 600].first { count / $0 <= 8 } ?? 2_400
        var times: [Int64] = []
        var month = first.year * 12 + first.month - 1
        month += (stride - month % stride) % stride
        while times.count < 9, let date = CalendarDate(year: month / 12, month: month % 12 + 1, day: 1) {
            let time = date.start.milliseconds
            if time > end { break }
            if time >= start { times.append(time) }
            month += stride
        }
        return times
    }

    private func label(_ time: Int64, span: Double) -> String {
        let instant = Instant(milliseconds: time)
        let day = Double(Instant.millisecondsPerDay)
        if time % Instant.millisecondsPerDay != 0 { return Format.clock(instant) }
        let date = instant.date
        if span > 85 * day {
            return date.month == 1 ? String(date.year) : Format.monthName(date.month) + (span > 700 * day ? " \(date.year)" : "")
        }
        return "\(date.day) \(Format.monthName(date.month))"
    }
}
