/// What a Sharpe ratio proves, given its length, its moments and how often one tried (Bailey and López de Prado 2012,
/// 2014). All ratios here are per period, not annualised.
public struct SharpeEvidence: Sendable, Hashable {
    /// Sharpe ratio of one period.
    public let sharpe: Double
    /// Number of returns it was measured on.
    public let observations: Int
    /// Skewness of the returns.
    public let skewness: Double
    /// Raw kurtosis of the returns, 3 for a normal distribution.
    public let kurtosis: Double

    /// A measured Sharpe ratio. Nothing is checked here: figures without sense give nil results.
    public init(sharpe: Double, observations: Int, skewness: Double = 0, kurtosis: Double = 3) {
        self.sharpe = sharpe
        self.observations = observations
        self.skewness = skewness
        self.kurtosis = kurtosis
    }

    /// Standard error of the ratio; nil below two observations or with impossible moments.
    public var standardError: Double? {
        guard observations >= 2, spread > 0, spread.isFinite else { return nil }
        return (spread / Double(observations - 1)).squareRoot()
    }

    /// Probability that the true ratio is above `benchmark` (PSR).
    public func probability(above benchmark: Double = 0) -> Double? {
        guard let standardError else { return nil }
        let result = NormalDistribution.cumulative((sharpe - benchmark) / standardError)
        return result.isNaN ? nil : result
    }

    /// Probability that the true ratio is above the best that `trials` attempts without skill would show (DSR).
    /// `variance` is that of the attempts' per-period ratios.
    public func deflated(trials: Double, variance: Double) -> Double? {
        guard let best = Self.expectedMaximum(trials: trials, variance: variance) else { return nil }
        return probability(above: best)
    }

    /// Observations needed to be `confidence` sure of a ratio above `benchmark` (MinTRL); nil when it is not above.
    public func observationsNeeded(above benchmark: Double = 0, confidence: Double = 0.95) -> Double? {
        guard sharpe > benchmark, spread > 0, confidence > 0, confidence < 1,
              let quantile = NormalDistribution.quantile(confidence) else { return nil }
        let ratio = quantile / (sharpe - benchmark)
        let result = 1 + spread * ratio * ratio
        return result.isFinite ? result : nil
    }

    /// The best ratio to expect of `trials` independent attempts whose true ratio is 0. One attempt has 0. Nil below
    /// one attempt or for a negative variance.
    public static func expectedMaximum(trials: Double, variance: Double) -> Double? {
        guard trials >= 1, trials.isFinite, variance >= 0, variance.isFinite else { return nil }
        if trials == 1 { return 0 }
        let eulerGamma = 0.577_215_664_901_532_9
        let e = 2.718_281_828_459_045
        guard let first = NormalDistribution.quantile(1 - 1 / trials),
              let second = NormalDistribution.quantile(1 - 1 / (trials * e)),
              first.isFinite, second.isFinite else { return nil }
        return variance.squareRoot() * ((1 - eulerGamma) * first + eulerGamma * second)
    }

    /// How many independent attempts `trials` correlated ones are worth: ρ + (1 − ρ)·N with their mean pairwise
    /// correlation, taken as 0 to 1.
    public static func independentTrials(_ trials: Double, meanCorrelation: Double) -> Double {
        let share = min(max(meanCorrelation, 0), 1)
        return share + (1 - share) * trials
    }

    /// Range that holds the true ratio with 95 %: ratio ± 1.96 standard errors.
    public var interval: ClosedRange<Double>? {
        guard let standardError, sharpe.isFinite else { return nil }
        let reach = 1.959_963_984_540_054 * standardError
        return (sharpe - reach)...(sharpe + reach)
    }

    /// 1 − g₃·SR + (g₄ − 1)/4·SR²: the variance of the ratio times n − 1.
    private var spread: Double { 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe }
}
