internal import Glibc

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored (POSIX).
public struct Instant: Sendable, Hashable, Comparable {
    public let milliseconds: Int64
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

    public static let millisecondsPerSecond: Int64 = 1_000
    public static let millisecondsPerHour: Int64 = 3_600_000
    public static let millisecondsPerDay: Int64 = 86_400_000

    /// Later (or earlier) by a span in milliseconds; saturates instead of trapping.
    public func advanced(byMilliseconds span: Int64) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(span)
        return Instant(milliseconds: overflow ? (span > 0 ? .max : .min) : sum)
    }

    /// Whole UTC days since 1970-01-01, rounded down.
    public var day: Int64 { floorDivide(milliseconds, Self.millisecondsPerDay) }

    /// The UTC calendar date this instant falls on.
    public var date: CalendarDate { CalendarDate(daysSinceEpoch: day) }
}

/// The only way to learn the time. Trading code never holds one: time arrives in its inputs.
public protocol Clock: Sendable {
    func now() -> Instant
}

/// The machine's clock.
public struct SystemClock: Clock {
    public init() {}
    public func now() -> Instant {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Nanoseconds of a clock that never goes back, for measuring spans.
    public static func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A date of the proleptic Gregorian calendar, UTC. Years 1 to 9999.
public struct CalendarDate: Sendable, Hashable, Comparable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// Nil unless the date exists.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
              day <= Self.days(inMonth: month, year: year) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// `YYYY-MM-DD`, nothing else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
              let year = decimalDigits(bytes[0..<4]), let month = decimalDigits(bytes[5..<7]),
              let day = decimalDigits(bytes[8..<10]) else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Inverse of `daysSinceEpoch`, by Howard Hinnant's `civil_from_days`; clamped to years 1 to 9999.
    public init(daysSinceEpoch days: Int64) {
        let z = Int(min(max(days, -719_162), 2_932_896)) + 719_468
        let era = floorDivide(z, 146_097)
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01, by Howard Hinnant's `days_from_civil`.
    public var daysSinceEpoch: Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = floorDivide(y, 400)
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// 00:00 UTC of this date.
    public var start: Instant { Instant(milliseconds: daysSinceEpoch * Instant.millisecondsPerDay) }

    public static func < (a: Self, b: Self) -> Bool { (a.year, a.month, a.day) < (b.year, b.month, b.day) }

    public static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension CalendarDate: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String { padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC; milliseconds only when there are some: `2025-08-20T00:05:00Z`.
    public var description: String {
        // Years 1 to 9999, as CalendarDate; what lies beyond prints as the nearest moment within.
        let bounded = Instant(milliseconds: min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999))
        let withinDay = bounded.milliseconds - bounded.day * Self.millisecondsPerDay
        let seconds = Int(withinDay / 1_000)
        let fraction = Int(withinDay % 1_000)
        return "\(bounded.date)T" + padded(seconds / 3_600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
            + (fraction == 0 ? "Z" : "." + padded(fraction, 3) + "Z")
    }

    /// Parses `YYYY-MM-DDTHH:MM:SS[.fff…](Z|±HH:MM)` (RFC 3339). Finer than a millisecond is cut off.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40,
              let date = CalendarDate(String(decoding: bytes[0..<10], as: UTF8.self)),
              bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
              let hour = decimalDigits(bytes[11..<13]), bytes[13] == UInt8(ascii: ":"),
              let minute = decimalDigits(bytes[14..<16]), bytes[16] == UInt8(ascii: ":"),
              let second = decimalDigits(bytes[17..<19]), hour < 24, minute < 60, second < 60 else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            var digits = 0
            while index < bytes.count, let digit = decimalDigits(bytes[index..<index + 1]) {
                if digits < 3 { fraction = fraction * 10 + Int64(digit) }
                digits += 1
                index += 1
            }
            guard digits > 0 else { return nil }
            for _ in 0..<max(0, 3 - digits) { fraction *= 10 }
        }
        let rest = bytes[index...]
        var offsetMinutes = 0
        if rest.count == 1, rest.first == UInt8(ascii: "Z") || rest.first == UInt8(ascii: "z") {
        } else if rest.count == 6, rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-"),
                  let hours = decimalDigits(bytes[(index + 1)..<(index + 3)]), bytes[index + 3] == UInt8(ascii: ":"),
                  let minutes = decimalDigits(bytes[(index + 4)..<(index + 6)]), hours < 24, minutes < 60 {
            offsetMinutes = (hours * 60 + minutes) * (rest.first == UInt8(ascii: "-") ? -1 : 1)
        } else {
            return nil
        }
        let seconds = Int64(hour * 3_600 + minute * 60 + second - offsetMinutes * 60)
        self.init(milliseconds: date.start.milliseconds + seconds * 1_000 + fraction)
    }
}

/// Division rounded towards minus infinity; `divisor` is positive.
func floorDivide<T: BinaryInteger>(_ value: T, _ divisor: T) -> T {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

private func padded(_ value: Int, _ digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// The number spelled by ASCII digits alone (1 to 9 of them), or nil.
private func decimalDigits(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard !bytes.isEmpty, bytes.count <= 9 else { return nil }
    var value = 0
    for byte in bytes {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
}
