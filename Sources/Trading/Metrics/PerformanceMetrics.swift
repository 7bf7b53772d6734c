public import Base

/// The figures of one run, as reports and listings show them. Nil is undefined, never 0.
///
/// Ratios come from daily returns of total equity in UTC days, 365 of them a year, risk-free rate 0.
public struct PerformanceMetrics: Sendable, Hashable {
    /// Daily returns below which the ratios say next to nothing; pages show `n/a` then.
    public static let daysMin = 30
    /// Days below which growth is not told as a yearly figure.
    public static let growthDaysMin = 90

    /// Daily returns the figures were made of.
    public let days: Int
    /// Fewer than `daysMin` daily returns: the ratios are there, and mean little.
    public var sampleTooShort: Bool { days < Self.daysMin }
    /// Last equity over first, minus 1.
    public let totalReturn: Double?
    /// Compound growth a year, however short the run.
    public let cagrUnchecked: Double?
    /// Compound growth a year; nil for runs under `growthDaysMin` days.
    public var cagr: Double? { days < Self.growthDaysMin ? nil : cagrUnchecked }
    /// Standard deviation of daily returns, a year.
    public let volatility: Double?
    /// Mean daily return over its standard deviation, a year.
    public let sharpe: Double?
    /// Mean daily return over its downside deviation, a year.
    public let sortino: Double?
    /// `cagrUnchecked` over the deepest drawdown.
    public let calmar: Double?
    /// 0 or negative: −0.2 is 20 % below the highest daily equity.
    public let maxDrawdown: Double?
    /// Most days in a row below the highest daily equity, the last such stretch included though it has not ended.
    public let maxDrawdownDays: Int
    /// Of closed trades, after fees and funding.
    public let profitFactor: Double?
    /// Of decided trades.
    public let winRate: Double?
    /// Mean of a closed trade, USD.
    public let expectancy: Double?
    /// Share of time with a position.
    public let exposure: Double?
    /// Traded value, both sides, over mean equity.
    public let turnover: Double?
    /// USD paid.
    public let fees: Double
    /// USD paid, negative when received.
    public let funding: Double
    /// Signs of a mistake rather than of skill, in sentences.
    public let suspicions: [String]

    /// `daily` holds the equity at the start and at the close of each UTC day; `tradePnls` what each closed trade earned
    /// after fees and funding; `exposure` the share of bars with a position. All in USD; never traps on odd figures.
    public static func compute(
        daily: [Double], tradePnls: [Double], fees: Double, funding: Double, turnoverNotional: Double, meanEquity: Double,
        exposure: Double
    ) -> PerformanceMetrics {
        PerformanceMetrics(
            ReturnStatistics(equity: daily), TradeStatistics(pnls: tradePnls), fees: fees, funding: funding,
            turnover: meanEquity > 0 ? turnoverNotional / meanEquity : nil, exposure: exposure)
    }

    private init(
        _ returns: ReturnStatistics, _ trades: TradeStatistics, fees: Double, funding: Double, turnover: Double?,
        exposure: Double
    ) {
        let drawdown = returns.drawdown
        days = returns.count
        totalReturn = returns.count > 0 ? returns.totalReturn : nil
        cagrUnchecked = returns.growth
        volatility = returns.volatility
        sharpe = returns.sharpe
        sortino = returns.sortino
        calmar = returns.calmar
        maxDrawdown = returns.count > 0 ? drawdown.deepest : nil
        maxDrawdownDays = drawdown.longestUnderWater
        profitFactor = trades.profitFactor
        winRate = trades.winRate
        expectancy = trades.expectancy
        self.exposure = exposure.isFinite ? exposure : nil
        self.turnover = turnover.flatMap { $0.isFinite ? $0 : nil }
        self.fees = fees
        self.funding = funding
        suspicions = Self.suspicions(returns, trades, drawdown)
    }

    /// Figures that honest strategies do not have.
    private static func suspicions(
        _ returns: ReturnStatistics, _ trades: TradeStatistics, _ drawdown: Drawdown
    ) -> [String] {
        guard returns.count > daysMin else { return [] }
        var found: [String] = []
        if let sharpe = returns.sharpe, sharpe.magnitude > 10 {
            found.append("A Sharpe ratio beyond 10 points to a look into the future or missing costs.")
        }
        if let factor = trades.profitFactor, factor > 10 {
            found.append("A profit factor above 10 points to a look into the future or missing costs.")
        }
        if drawdown.deepest == 0, returns.totalReturn != 0 {
            found.append("Not one losing day in \(returns.count) points to a look into the future.")
        }
        return found
    }

    /// The `metrics` object of a report; undefined figures are null.
    public var json: JSON {
        [
            "total_return": .optional(totalReturn), "cagr": .optional(cagr), "volatility": .optional(volatility),
            "sharpe": .optional(sharpe), "sortino": .optional(sortino), "calmar": .optional(calmar),
            "max_drawdown": .optional(maxDrawdown), "max_drawdown_days": .int(maxDrawdownDays),
            "profit_factor": .optional(profitFactor), "win_rate": .optional(winRate), "expectancy": .optional(expectancy),
            "exposure": .optional(exposure), "turnover": .optional(turnover), "fees": .optional(fees),
            "funding": .optional(funding),
        ]
    }

    /// Mean over bars of Σ|position value| / equity. Bars without equity are left out; nil when none is left.
    public static func grossExposure(positionValues: [Double], equity: [Double]) -> Double? {
        let shares = zip(positionValues, equity).filter { $1 > 0 }.map { $0.magnitude / $1 }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    /// Share of bars with a position; nil without bars.
    public static func timeInMarket(positionValues: [Double]) -> Double? {
        positionValues.isEmpty ? nil : Double(positionValues.count { $0 != 0 }) / Double(positionValues.count)
    }
}
