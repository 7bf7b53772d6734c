internal import Base

/// Indicators over whole series: one figure a bar, NaN while warming up or undefined.
///
/// Causal: the figure at a bar depends on that bar and earlier ones alone, and is the same bit for bit whatever
/// follows. Bars count as they come; a gap in time is not bridged. Only `+ − × ÷ √` are used, so the figures are the
/// same on every machine. Warm-up and starting values are TA-Lib's where it has the indicator.
public enum Indicator {
    /// All lines of one indicator, named and in the order of `IndicatorKind.lines`, each as long as `bars`.
    ///
    /// `parameters` may be shorter than the indicator's list: defaults fill up. `other` is used by `correlation` alone.
    public static func lines(
        _ kind: IndicatorKind, parameters: [Double] = [], bars: BarSeries, other: BarSeries? = nil
    ) throws(IndicatorError) -> [(name: String, values: [Double])] {
        let numbers = try complete(kind, parameters)
        let columns = BarColumns(bars)
        let values: [[Double]]
        switch kind {
        case .sma: values = [RollingWindow.means(columns.close, Int(numbers[0]))]
        case .ema: values = [Averages.exponential(columns.close, Int(numbers[0]))]
        case .wma: values = [Averages.weighted(columns.close, Int(numbers[0]))]
        case .vwap: values = [Averages.volumeWeighted(columns, Int(numbers[0]))]
        case .highest: values = [RollingWindow.maxima(columns.high, Int(numbers[0]))]
        case .lowest: values = [RollingWindow.minima(columns.low, Int(numbers[0]))]
        case .donchian: values = Bands.donchian(columns, Int(numbers[0]))
        case .bollinger: values = Bands.bollinger(columns.close, Int(numbers[0]), numbers[1])
        case .keltner: values = Bands.keltner(columns, Int(numbers[0]), numbers[1], Int(numbers[2]))
        case .rsi: values = [Oscillators.relativeStrength(columns.close, Int(numbers[0]))]
        case .macd: values = Oscillators.convergence(columns.close, Int(numbers[0]), Int(numbers[1]), Int(numbers[2]))
        case .stochastic: values = Oscillators.stochastic(columns, Int(numbers[0]), Int(numbers[1]), Int(numbers[2]))
        case .atr: values = [Ranges.average(columns, Int(numbers[0]))]
        case .adx: values = Ranges.directional(columns, Int(numbers[0]))
        case .obv: values = [Statistics.balanceVolume(columns)]
        case .zscore: values = [Statistics.score(columns.close, Int(numbers[0]))]
        case .volatility: values = [Statistics.volatility(columns.close, Int(numbers[0]), bars.timeframe)]
        case .correlation:
            guard let other else { throw .otherMissing(kind) }
            values = [Statistics.correlation(bars, other, Int(numbers[0]))]
        }
        return Array(zip(kind.lines, values).map { (name: $0, values: $1) })
    }

    /// One line of an indicator; the main one when `line` is nil.
    public static func series(
        _ kind: IndicatorKind, line: String? = nil, parameters: [Double] = [], bars: BarSeries, other: BarSeries? = nil
    ) throws(IndicatorError) -> [Double] {
        let wanted = line ?? kind.lines[0]
        guard kind.lines.contains(wanted) else { throw .unknownLine(kind, wanted) }
        return try lines(kind, parameters: parameters, bars: bars, other: other).first { $0.name == wanted }?.values ?? []
    }

    /// The parameters with defaults filled in, or why they are refused. Useful as a key for what is computed once.
    public static func complete(_ kind: IndicatorKind, _ parameters: [Double]) throws(IndicatorError) -> [Double] {
        let wanted = kind.parameters
        guard parameters.count <= wanted.count else { throw .tooManyParameters(kind) }
        var numbers: [Double] = []
        for (index, parameter) in wanted.enumerated() {
            let number = index < parameters.count ? parameters[index] : parameter.standard
            // A comparison with NaN is false, so NaN is refused here too.
            guard parameter.range.contains(number), !parameter.isWhole || number == number.rounded() else {
                throw .badParameter(kind, parameter)
            }
            numbers.append(number)
        }
        return numbers
    }
}

/// The columns of a series as Doubles.
struct BarColumns {
    let high: [Double]
    let low: [Double]
    let close: [Double]
    let volume: [Double]

    init(_ bars: BarSeries) {
        // `Price.double` spelled out: called across modules it costs twenty times as much.
        let unit = Double(fixedPointUnit)
        high = bars.high.map { Double($0.raw) / unit }
        low = bars.low.map { Double($0.raw) / unit }
        close = bars.close.map { Double($0.raw) / unit }
        volume = bars.volume
    }

    var count: Int { close.count }

    /// The widest of high − low, high − last close, last close − low; at the first bar NaN.
    func trueRange(_ index: Int) -> Double {
        guard index > 0 else { return .nan }
        return max(high[index], close[index - 1]) - min(low[index], close[index - 1])
    }
}

/// A column of NaN, to be filled from the end of the warm-up on.
func undefinedColumn(_ count: Int) -> [Double] { [Double](repeating: .nan, count: count) }
