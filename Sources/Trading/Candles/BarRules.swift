internal import Base

/// What every bar has to satisfy before it may be stored or replayed, wherever it came from.
public enum BarRules {
    /// 2000-01-01T00:00:00Z. An earlier time is a wrong unit, not a candle.
    public static let openTimeMin: Int64 = 946_684_800_000
    /// 2100-01-01T00:00:00Z, exclusive.
    public static let openTimeEnd: Int64 = 4_102_444_800_000

    /// One broken rule: the column it shows in and a sentence part that says what is wrong.
    public struct Violation: Error, Sendable, Hashable {
        /// `open_time_ms`, `open`, `high`, `low`, `close` or `volume`.
        public let column: String
        /// Says what is wrong with the value, without the column's name.
        public let problem: String

        init(_ column: String, _ problem: String) {
            self.column = column
            self.problem = problem
        }
    }

    /// Refuses a bar that breaks a rule. `previous` is the open time of the bar before it, or nil at the first.
    public static func check(_ bar: Bar, after previous: Int64?, timeframe: Timeframe) throws(Violation) {
        try checkTime(bar.openTime, after: previous, timeframe: timeframe)
        guard bar.open.isPositive else { throw Violation("open", notPositive(bar.open)) }
        guard bar.high.isPositive else { throw Violation("high", notPositive(bar.high)) }
        guard bar.low.isPositive else { throw Violation("low", notPositive(bar.low)) }
        guard bar.close.isPositive else { throw Violation("close", notPositive(bar.close)) }
        guard bar.high >= bar.low else { throw Violation("high", "\(bar.high) is below the low \(bar.low)") }
        guard bar.high >= bar.open else { throw Violation("high", "\(bar.high) is below the open \(bar.open)") }
        guard bar.high >= bar.close else { throw Violation("high", "\(bar.high) is below the close \(bar.close)") }
        guard bar.low <= bar.open else { throw Violation("low", "\(bar.low) is above the open \(bar.open)") }
        guard bar.low <= bar.close else { throw Violation("low", "\(bar.low) is above the close \(bar.close)") }
        guard bar.volume.isFinite else { throw Violation("volume", "the value is not a finite number") }
        // Minus zero is refused too: it equals zero but hashes differently.
        guard bar.volume.sign == .plus else { throw Violation("volume", "the value is negative") }
    }

    private static func checkTime(_ time: Int64, after previous: Int64?, timeframe: Timeframe) throws(Violation) {
        guard time >= openTimeMin, time < openTimeEnd else {
            // Between 2000 and 2100 a count of seconds has nine or ten digits.
            let unit = time >= openTimeMin / 1_000 && time < openTimeEnd / 1_000 ? "; it looks like seconds" : ""
            throw Violation("open_time_ms", "\(time) is not a time in milliseconds between 2000 and 2100" + unit)
        }
        guard time % timeframe.milliseconds == 0 else {
            throw Violation("open_time_ms", "\(time) (\(Instant(milliseconds: time))) is not the start of a "
                + "\(timeframe.rawValue) bar; check the timeframe")
        }
        guard let previous else { return }
        if time == previous { throw Violation("open_time_ms", "\(time) repeats the time of the bar before") }
        if time < previous {
            throw Violation("open_time_ms", "\(time) is earlier than the bar before (\(previous)); sort by time")
        }
    }

    private static func notPositive(_ price: Price) -> String {
        price.isZero ? "the price is zero; it has to be above zero" : "\(price) is negative; a price has to be above zero"
    }
}
