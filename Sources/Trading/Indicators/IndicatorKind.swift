/// The indicators helpers can ask for. The raw value is the function's name on `ctx`: `ctx.sma(20)`.
public enum IndicatorKind: String, Sendable, Hashable, CaseIterable {
    /// Mean of the last n closes.
    case sma
    /// Exponential mean of the closes, weight 2/(n + 1), begun with the mean of the first n.
    case ema
    /// Linearly weighted mean of the last n closes, the newest n times the oldest.
    case wma
    /// Relative strength index by Wilder's smoothing, 0 to 100; 50 while nothing has moved.
    case rsi
    /// Fast minus slow exponential mean, its own exponential mean, and their difference.
    case macd
    /// Average true range by Wilder's smoothing.
    case atr
    /// Mean of n closes and k population standard deviations around it.
    case bollinger
    /// Highest high of the last n bars, this one included.
    case highest
    /// Lowest low of the last n bars, this one included.
    case lowest
    /// Highest high, lowest low and their mean.
    case donchian
    /// Exponential mean and k average true ranges around it.
    case keltner
    /// Wilder's average directional index with its two directional indicators, 0 to 100.
    case adx
    /// Place of the close within the range of n bars, smoothed twice by simple means, 0 to 100; 50 in a range of nothing.
    case stochastic
    /// Mean of the typical prices (high + low + close)/3 of the last n bars, weighted by volume; undefined without volume.
    case vwap
    /// Volume added when the close rises and taken off when it falls, begun with the first bar's.
    case obv
    /// Population standard deviations of the close from the mean of the last n; undefined when they do not move.
    case zscore
    /// Pearson's correlation of the last n close-to-close returns with another instrument's over the same bars.
    case correlation
    /// Realised volatility a year: sample standard deviation of the last n returns times √(bars in 365 days).
    case volatility

    /// The names of the series it gives, the main one first.
    public var lines: [String] {
        switch self {
        case .sma, .ema, .wma, .rsi, .atr, .highest, .lowest, .vwap, .obv, .zscore, .correlation, .volatility: ["value"]
        case .macd: ["macd", "signal", "histogram"]
        case .bollinger, .donchian, .keltner: ["middle", "upper", "lower"]
        case .adx: ["adx", "plus", "minus"]
        case .stochastic: ["k", "d"]
        }
    }

    /// What it can be told, in the order of the arguments; what is left out takes its default.
    public var parameters: [IndicatorParameter] {
        switch self {
        case .sma, .ema, .wma, .highest, .lowest, .vwap: [.bars("n", 20)]
        case .zscore: [.bars("n", 20, min: 2)]
        case .rsi, .atr: [.bars("n", 14)]
        case .macd: [.bars("fast", 12), .bars("slow", 26), .bars("signal", 9)]
        case .bollinger: [.bars("n", 20, min: 2), .factor("k", 2)]
        case .donchian: [.bars("n", 20)]
        case .keltner: [.bars("n", 20), .factor("k", 2), .bars("ranges", 10)]
        case .adx: [.bars("n", 14, min: 2)]
        case .stochastic: [.bars("n", 14), .bars("smooth", 3), .bars("signal", 3)]
        case .obv: []
        case .correlation, .volatility: [.bars("n", 50, min: 2)]
        }
    }

    /// It compares with the bars of another instrument.
    public var needsOther: Bool { self == .correlation }
}

/// One number an indicator takes.
public struct IndicatorParameter: Sendable, Hashable {
    /// Its name in the documentation and in errors.
    public let name: String
    /// The value when the author gives none.
    public let standard: Double
    /// Smallest and largest value.
    public let range: ClosedRange<Double>
    /// A number of bars, which is whole.
    public let isWhole: Bool

    /// Bars an indicator may look back.
    public static let barsMax = 10_000.0

    static func bars(_ name: String, _ standard: Double, min: Double = 1) -> IndicatorParameter {
        IndicatorParameter(name: name, standard: standard, range: min...barsMax, isWhole: true)
    }

    static func factor(_ name: String, _ standard: Double) -> IndicatorParameter {
        IndicatorParameter(name: name, standard: standard, range: 0.01...100, isWhole: false)
    }
}

/// Why an indicator cannot be computed. The description is a sentence for the author.
public enum IndicatorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// More numbers than the indicator takes.
    case tooManyParameters(IndicatorKind)
    /// A number that is not whole, not finite or out of range.
    case badParameter(IndicatorKind, IndicatorParameter)
    /// A line the indicator does not have.
    case unknownLine(IndicatorKind, String)
    /// No second series where one is needed.
    case otherMissing(IndicatorKind)

    /// Says what to write instead.
    public var description: String {
        switch self {
        case .tooManyParameters(let kind):
            let names = kind.parameters.map(\.name).joined(separator: ", ")
            return kind.parameters.isEmpty ? "\(kind.rawValue) takes no numbers."
                : "\(kind.rawValue) takes at most \(kind.parameters.count) numbers: \(names)."
        case .badParameter(let kind, let parameter):
            let low = Self.short(parameter.range.lowerBound), high = Self.short(parameter.range.upperBound)
            return "\(kind.rawValue): \(parameter.name) has to be a \(parameter.isWhole ? "whole " : "")number "
                + "from \(low) to \(high)."
        case .unknownLine(let kind, let line):
            return "\(kind.rawValue) has no line \(line.prefix(40)); it has \(kind.lines.joined(separator: ", "))."
        case .otherMissing(let kind): return "\(kind.rawValue) needs another instrument to compare with."
        }
    }

    private static func short(_ value: Double) -> String {
        Int(exactly: value).map { String($0) } ?? String(value)
    }
}
