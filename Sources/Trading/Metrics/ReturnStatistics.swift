internal import Glibc

/// Statistics of simple returns per period, in order of time. Undefined figures are nil, never 0 or infinite.
///
/// Formulas as in docs/execution.md: standard deviations divide by n − 1, downside deviation by n, moments are those
/// of the population; flat periods count.
public struct ReturnStatistics: Sendable {
    /// Returns as fractions. After a loss of everything (≤ −1) there are none.
    public let returns: [Double]
    /// Periods in a year: 365 for daily returns of a market that never closes.
    public let periodsPerYear: Double
    /// Return of money at no risk over one period.
    public let riskFree: Double
    /// Arithmetic mean; nil without returns.
    public let mean: Double?
    /// Sample standard deviation (n − 1); nil below two returns.
    public let deviation: Double?
    /// Equity, begun at 1 before the first return.
    public let equity: [Double]

    /// `riskFreeAnnual` is a fraction a year. Values that are no finite numbers end the series where they stand.
    public init(returns all: [Double], periodsPerYear: Double = 365, riskFreeAnnual: Double = 0) {
        var returns: [Double] = []
        var equity = [1.0]
        var level = 1.0
        returns.reserveCapacity(all.count)
        for value in all {
            guard value.isFinite else { break }
            // Nobody loses more than everything.
            returns.append(max(value, -1))
            level *= 1 + max(value, -1)
            equity.append(level)
            if value <= -1 { break }
        }
        self.returns = returns
        self.equity = equity
        self.periodsPerYear = periodsPerYear
        riskFree = riskFreeAnnual == 0 ? 0 : pow(1 + riskFreeAnnual, 1 / periodsPerYear) - 1
        let count = Double(returns.count)
        let mean = returns.isEmpty ? nil : returns.reduce(0, +) / count
        self.mean = mean
        if let mean, returns.count >= 2 {
            deviation = (returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
        } else {
            deviation = nil
        }
    }

    /// The returns of an equity curve, its start included. A point of zero or less is a loss of everything.
    public init(equity: [Double], periodsPerYear: Double = 365, riskFreeAnnual: Double = 0) {
        var returns: [Double] = []
        for index in 1..<max(equity.count, 1) {
            guard equity[index - 1] > 0 else { break }
            returns.append(equity[index] / equity[index - 1] - 1)
        }
        self.init(returns: returns, periodsPerYear: periodsPerYear, riskFreeAnnual: riskFreeAnnual)
    }

    /// Number of returns.
    public var count: Int { returns.count }

    /// Compounded over all periods, −1 after ruin.
    public var totalReturn: Double { (equity.last ?? 1) - 1 }

    /// Compound growth a year, however short the series; nil without returns.
    public var growth: Double? {
        count == 0 ? nil : finite(pow(equity.last ?? 1, periodsPerYear / Double(count)) - 1)
    }

    /// Standard deviation a year.
    public var volatility: Double? { deviation.map { $0 * periodsPerYear.squareRoot() } }

    /// Sharpe ratio of one period: (mean − risk-free) / deviation. Nil when nothing varies.
    public var sharpePerPeriod: Double? {
        guard let mean, let deviation, deviation >= 1e-12 else { return nil }
        return (mean - riskFree) / deviation
    }

    /// Sharpe ratio a year (Sharpe 1994).
    public var sharpe: Double? { sharpePerPeriod.map { $0 * periodsPerYear.squareRoot() } }

    /// √(Σ min(r − T, 0)² / n) with all n periods below the line (Sortino and Price 1994); T is the risk-free return.
    public var downsideDeviation: Double? {
        guard count > 0 else { return nil }
        let squares = returns.reduce(0) { $0 + min($1 - riskFree, 0) * min($1 - riskFree, 0) }
        return (squares / Double(count)).squareRoot()
    }

    /// Sortino ratio of one period; nil without a losing period.
    public var sortinoPerPeriod: Double? {
        guard let mean, let downsideDeviation, downsideDeviation > 0 else { return nil }
        return (mean - riskFree) / downsideDeviation
    }

    /// Sortino ratio a year.
    public var sortino: Double? { sortinoPerPeriod.map { $0 * periodsPerYear.squareRoot() } }

    /// Drawdown of the compounded equity, its start of 1 included.
    public var drawdown: Drawdown { Drawdown(equity: equity) }

    /// Growth a year over the deepest drawdown of the whole series; nil without a drawdown.
    public var calmar: Double? {
        let deepest = drawdown.deepest
        guard deepest < 0, let growth else { return nil }
        return finite(growth / -deepest)
    }

    /// √(mean DD²) over the n periods, the start left out (Martin 1987); nil without returns.
    public var ulcerIndex: Double? {
        guard count > 0 else { return nil }
        let squares = Drawdown.series(equity: equity).dropFirst().reduce(0) { $0 + $1 * $1 }
        return (squares / Double(count)).squareRoot()
    }

    /// Σ max(r − T, 0) / Σ max(T − r, 0) (Keating and Shadwick 2002); nil without a loss.
    public func omega(threshold: Double = 0) -> Double? {
        let gains = returns.reduce(0) { $0 + max($1 - threshold, 0) }
        let losses = returns.reduce(0) { $0 + max(threshold - $1, 0) }
        return losses > 0 ? finite(gains / losses) : nil
    }

    /// The quantile of the returns with linear interpolation at h = p(n − 1); nil without returns or outside 0…1.
    public func quantile(_ p: Double) -> Double? {
        guard count > 0, p >= 0, p <= 1 else { return nil }
        let sorted = returns.sorted()
        let place = p * Double(count - 1)
        let below = Int(place.rounded(.down))
        let above = min(below + 1, count - 1)
        return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }

    /// Value at risk from history: the quantile of the worst share `tail`, as a return (negative is a loss).
    public func valueAtRisk(tail: Double = 0.05) -> Double? { quantile(tail) }

    /// Mean of the returns up to `valueAtRisk`.
    public func conditionalValueAtRisk(tail: Double = 0.05) -> Double? {
        guard let limit = quantile(tail) else { return nil }
        let worst = returns.filter { $0 <= limit }
        return worst.isEmpty ? nil : worst.reduce(0, +) / Double(worst.count)
    }

    /// Value at risk of a normal distribution with the same mean and deviation.
    public func valueAtRiskNormal(tail: Double = 0.05) -> Double? {
        guard let mean, let deviation, let quantile = NormalDistribution.quantile(tail) else { return nil }
        return finite(mean + deviation * quantile)
    }

    /// Mean beyond `valueAtRiskNormal` in that distribution.
    public func conditionalValueAtRiskNormal(tail: Double = 0.05) -> Double? {
        guard let mean, let deviation, let quantile = NormalDistribution.quantile(tail) else { return nil }
        return finite(mean - deviation * NormalDistribution.density(quantile) / tail)
    }

    /// |95 % quantile| / |5 % quantile|; nil when the latter is 0.
    public var tailRatio: Double? {
        guard let high = quantile(0.95), let low = quantile(0.05), low != 0 else { return nil }
        return high.magnitude / low.magnitude
    }

    /// Third standardised moment of the population; nil when nothing varies.
    public var skewness: Double? { centralMoment(3).flatMap { m3 in variance.map { m3 / ($0 * $0.squareRoot()) } } }

    /// Fourth standardised moment of the population, 3 for a normal distribution; nil when nothing varies.
    public var kurtosis: Double? { centralMoment(4).flatMap { m4 in variance.map { m4 / ($0 * $0) } } }

    /// Skewness corrected for bias (G₁, as spreadsheets give it); nil below three returns.
    public var skewnessSample: Double? {
        let n = Double(count)
        guard count >= 3, let skewness else { return nil }
        return skewness * (n * (n - 1)).squareRoot() / (n - 2)
    }

    /// Kurtosis corrected for bias (G₂ + 3); nil below four returns.
    public var kurtosisSample: Double? {
        let n = Double(count)
        guard count >= 4, let kurtosis else { return nil }
        return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (kurtosis - 3) + 6) + 3
    }

    /// Sums of gains and of losses, and how many periods gained, lost and stood still: trades' figures for periods.
    public var periods: TradeStatistics { TradeStatistics(pnls: returns) }

    /// What the Sharpe ratio proves; nil when it is undefined. Moments of the population.
    public var evidence: SharpeEvidence? {
        guard let sharpePerPeriod, let skewness, let kurtosis else { return nil }
        return SharpeEvidence(sharpe: sharpePerPeriod, observations: count, skewness: skewness, kurtosis: kurtosis)
    }

    /// Returns of longer periods: each the compound of `size` returns; a rest at the end is left out. `size` ≥ 1.
    public static func compounded(_ returns: [Double], by size: Int) -> [Double] {
        guard size >= 1 else { return [] }
        return stride(from: 0, to: returns.count - returns.count % size, by: size).map { start in
            returns[start..<(start + size)].reduce(1) { $0 * (1 + $1) } - 1
        }
    }

    /// Population variance, nil when it is nothing but rounding.
    private var variance: Double? {
        guard let deviation, deviation >= 1e-12 else { return nil }
        return centralMoment(2)
    }

    private func centralMoment(_ order: Int) -> Double? {
        guard let mean else { return nil }
        return returns.reduce(0) { sum, value in
            var power = 1.0
            for _ in 0..<order { power *= value - mean }
            return sum + power
        } / Double(count)
    }

    private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
