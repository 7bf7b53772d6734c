public import Base

/// Watches equity for the two loss limits. Realised and unrealised, fees and funding: equity knows them all.
public struct LossLimits: Sendable, Hashable {
    /// Whole UTC days since 1970. A bar that closes at midnight belongs to the day it ends.
    private var day: Int64?
    /// Equity at the last tick of the day before.
    public private(set) var dayOpen: Money
    /// The highest equity so far.
    public private(set) var peak: Money
    private var last: Money

    /// Begins with what the account holds.
    public init(start: Money) {
        dayOpen = start
        peak = start
        last = start
    }

    /// Takes the equity of a tick and says which limit it reaches: the one that lasts longer, when both.
    public mutating func observe(_ equity: Money, at time: Int64, caps: RiskCaps) throws(ArithmeticError) -> Halt? {
        let today = Self.day(of: time)
        if today != day {
            if day != nil { dayOpen = last }
            day = today
        }
        last = equity
        peak = max(peak, equity)
        guard equity.isPositive else {
            return Halt(kind: .ruin, at: time, equity: equity, threshold: .zero, until: nil)
        }
        if let limit = caps.maxDrawdownBasisPoints {
            let threshold = try peak.subtracting(peak.scaled(by: limit, over: 10_000, .down))
            if equity <= threshold {
                return Halt(kind: .drawdown, at: time, equity: equity, threshold: threshold, until: nil)
            }
        }
        if let limit = caps.maxDailyLossBasisPoints {
            let threshold = try dayOpen.subtracting(dayOpen.scaled(by: limit, over: 10_000, .down))
            if equity <= threshold {
                let (midnight, overflow) = (today + 1).multipliedReportingOverflow(by: Instant.millisecondsPerDay)
                let until = overflow ? nil : midnight
                return Halt(kind: .dailyLoss, at: time, equity: equity, threshold: threshold, until: until)
            }
        }
        return nil
    }

    /// The UTC day a bar that closes at `time` belongs to.
    static func day(of time: Int64) -> Int64 { Instant(milliseconds: time).advanced(byMilliseconds: -1).day }
}

/// The times of the orders of the last sixty minutes, for the cap on orders per hour.
public struct OrderRate: Sendable, Hashable {
    private var times: [Int64] = []

    /// No orders yet.
    public init() {}

    /// Orders made after `time` less an hour.
    public func count(at time: Int64) -> Int {
        let since = Instant(milliseconds: time).advanced(byMilliseconds: -Instant.millisecondsPerHour).milliseconds
        var count = 0
        for made in times.reversed() {
            if made <= since { break }
            count += 1
        }
        return count
    }

    /// An order was made.
    public mutating func note(at time: Int64) {
        let since = Instant(milliseconds: time).advanced(byMilliseconds: -Instant.millisecondsPerHour).milliseconds
        if let first = times.first, first <= since { times.removeAll { $0 <= since } }
        times.append(time)
    }
}
