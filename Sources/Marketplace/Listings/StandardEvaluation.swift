public import Base

/// The one recipe behind every number on a listing: run by the platform, once a published version, never by choice.
///
/// The name is part of every figure's evidence. Another span, equity or cost is another recipe with another name.
public struct StandardEvaluation: Sendable, Hashable {
    public let name: String
    /// Whole UTC days before the end of the data; fewer when the data has fewer.
    public let spanDaysMax: Int64
    /// Shorter data gives no figures at all.
    public let spanDaysMin: Int64
    public let startEquity: Money
    /// Added to every market order's price against the trader, parts per million. Venue fees come on top, from the
    /// instrument.
    public let slippagePPM: Int64
    /// Of everything random in the run.
    public let seed: UInt64

    /// One year, 10,000 USD, 2 basis points of slippage.
    public static let standard1 = StandardEvaluation(
        name: "standard/1", spanDaysMax: 365, spanDaysMin: 7, startEquity: .whole(10_000), slippagePPM: 200, seed: 1)

    /// The recipe new publications are evaluated by.
    public static let current = standard1

    /// Nil for a recipe we do not know (any more).
    public static func named(_ name: String) -> StandardEvaluation? { [standard1].first { $0.name == name } }

    /// The span to evaluate when every instrument of the universe has candles in `from..<to`: whole UTC days at its
    /// end. Nil when there are too few.
    public func span(of coverage: Range<Instant>) -> Range<Instant>? {
        let day = Instant.millisecondsPerDay
        let first = coverage.lowerBound
        let firstDay = first.milliseconds == first.day * day ? first.day : first.day + 1
        let endDay = coverage.upperBound.day
        guard endDay - firstDay >= spanDaysMin else { return nil }
        let startDay = max(firstDay, endDay - spanDaysMax)
        return Instant(milliseconds: startDay * day)..<Instant(milliseconds: endDay * day)
    }
}
