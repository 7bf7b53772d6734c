public import Base

/// What a listing says about a version's standard evaluation. Absent figures stay absent: never 0, never guessed.
public struct ListingFigures: Sendable, Hashable {
    /// Fractions: 0.12 is 12 %.
    public let totalReturn: Double?
    public let sharpe: Double?
    /// A positive fraction below the peak.
    public let maxDrawdown: Double?
    public let profitFactor: Double?
    public let trades: Int
    /// Bars replayed, all instruments.
    public let bars: Int
    /// Length of the evaluation in days, fractions included.
    public let spanDays: Double
    /// Runs of this version and of all its ancestors and forks, counted for ever.
    public let trials: Int
    /// The return of holding the universe in equal parts over the same span.
    public let buyAndHold: Double?
    public let from: Instant
    public let to: Instant

    /// Below this many days nothing is annualised without a warning.
    public static let annualisationDaysMin = 30.0

    public init(
        totalReturn: Double?, sharpe: Double?, maxDrawdown: Double?, profitFactor: Double?, trades: Int, bars: Int,
        from: Instant, to: Instant, trials: Int, buyAndHold: Double?
    ) {
        self.totalReturn = totalReturn
        self.sharpe = sharpe
        self.maxDrawdown = maxDrawdown
        self.profitFactor = profitFactor
        self.trades = trades
        self.bars = bars
        self.from = from
        self.to = to
        self.trials = trials
        self.buyAndHold = buyAndHold
        let (span, overflow) = to.milliseconds.subtractingReportingOverflow(from.milliseconds)
        spanDays = overflow ? 0 : max(0, Double(span) / Double(Instant.millisecondsPerDay))
    }

    /// Reads a run's report. `trials` comes from the trial count of the lineage, not from the report. Nil when the
    /// report lacks its span or counts. A member `buy_and_hold` (in `metrics` or beside it) is taken when present.
    public init?(report: JSON, trials: Int) {
        guard let from = Self.instant(report["from"]), let to = Self.instant(report["to"]), from < to,
              let trades = report["trades"]?.int, let bars = report["bars"]?.int, let metrics = report["metrics"],
              let tradeCount = Int(exactly: trades), let barCount = Int(exactly: bars) else { return nil }
        self.init(
            totalReturn: metrics["total_return"]?.double, sharpe: metrics["sharpe"]?.double,
            maxDrawdown: metrics["max_drawdown"]?.double, profitFactor: metrics["profit_factor"]?.double,
            trades: tradeCount, bars: barCount, from: from, to: to, trials: trials,
            buyAndHold: (metrics["buy_and_hold"] ?? report["buy_and_hold"])?.double)
    }

    /// A date (its 00:00 UTC) or an RFC 3339 time.
    private static func instant(_ value: JSON?) -> Instant? {
        guard let text = value?.string else { return nil }
        return CalendarDate(text)?.start ?? Instant(text)
    }

    /// Annualised figures from so short a span mislead; pages say so beside them.
    public var isTooShortToAnnualise: Bool { spanDays < Self.annualisationDaysMin }

    /// Figures that are more often a mistake or a leak of the future than skill. Sentences for the listing.
    public var suspicions: [String] {
        var found: [String] = []
        if let sharpe, abs(sharpe) > 10 { found.append("A Sharpe ratio beyond ±10 is more often an error than skill.") }
        if let profitFactor, profitFactor > 10 { found.append("A profit factor above 10 is more often an error than skill.") }
        if let maxDrawdown, maxDrawdown == 0, trades > 0, spanDays > Self.annualisationDaysMin {
            found.append("No drawdown in more than 30 days of trading is more often an error than skill.")
        }
        return found
    }

    /// Everything a reader must know beside the figures, as sentences.
    public var warnings: [String] {
        let short = isTooShortToAnnualise
            ? ["The span is \(spanText): annualised figures (Sharpe, volatility, CAGR) say little below 30 days."] : []
        return short + suspicions
    }

    /// The answer to "is it any good?" in one line.
    ///
    /// `Over 365 days of synthetic candles: −3.2 %, buy and hold +4.0 %. 3 trials in this lineage.`
    public func answer(universe: [String]) -> String {
        let synthetic = universe.count { $0.hasPrefix("SIM-") }
        let candles = synthetic == 0 ? "candles" : synthetic == universe.count ? "synthetic candles" : "partly synthetic candles"
        let result = totalReturn.map { Percent.signed($0) } ?? "no result"
        let held = buyAndHold.map { ", buy and hold \(Percent.signed($0))" } ?? ""
        let trialWord = trials == 1 ? "trial" : "trials"
        return "Over \(spanText) of \(candles): \(result)\(held). \(trials) \(trialWord) in this lineage."
    }

    private var spanText: String {
        let days = Int(min(spanDays, 1_000_000).rounded(.down))
        if days == 0 { return "less than a day" }
        return days == 1 ? "1 day" : "\(days) days"
    }
}

/// Percentages as sentences and tables show them.
public enum Percent {
    /// `+4.0 %`, `−3.2 %` (with the minus sign U+2212), `0.0 %`; one decimal, halves to even. A dash when not finite.
    public static func signed(_ fraction: Double) -> String {
        let tenths = (fraction * 1_000).rounded(.toNearestOrEven)
        guard tenths.isFinite, abs(tenths) < 1e15 else { return "–" }
        let value = Int64(tenths)
        let sign = value < 0 ? "−" : value > 0 ? "+" : ""
        return "\(sign)\(value.magnitude / 10).\(value.magnitude % 10) %"
    }
}
