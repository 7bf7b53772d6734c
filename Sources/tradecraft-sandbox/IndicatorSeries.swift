internal import Trading

/// The indicators a helper can call, each computed once over a whole series. Every value depends on its own bar and
/// earlier ones alone; NaN while warming up.
struct IndicatorSeries {
    /// Name in `ctx` and how many whole-number parameters it takes. The order numbers the kinds for the prelude.
    static let kinds: [(name: String, parameterCount: Int)] = [
        ("sma", 1), ("ema", 1), ("rsi", 1), ("atr", 1), ("highest", 1), ("lowest", 1),
    ]
    static let periodMax = 10_000

    let close: [Double]
    let high: [Double]
    let low: [Double]

    init(market: MarketBlock, instrument: Int) {
        close = market.values(instrument, .close)
        high = market.values(instrument, .high)
        low = market.values(instrument, .low)
    }

    /// Nil for a kind or parameters that do not exist.
    func series(kind: Int, parameters: [Int]) -> [Double]? {
        guard Self.kinds.indices.contains(kind), parameters.count == Self.kinds[kind].parameterCount,
              let period = parameters.first, (1...Self.periodMax).contains(period) else { return nil }
        switch Self.kinds[kind].name {
        case "sma": return mean(close, period)
        case "ema": return exponential(close, period)
        case "rsi": return relativeStrength(period)
        case "atr": return smoothed(trueRange, period)
        case "highest": return extreme(high, period, >=)
        case "lowest": return extreme(low, period, <=)
        default: return nil
        }
    }

    /// Each window is summed afresh, so that a value does not depend on where the series began.
    private func mean(_ values: [Double], _ period: Int) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        guard period <= values.count else { return result }
        for index in (period - 1)..<values.count {
            var sum = 0.0
            for offset in (index - period + 1)...index { sum += values[offset] }
            result[index] = sum / Double(period)
        }
        return result
    }

    /// Seeded with the simple mean of the first `period` values; weight 2 / (period + 1).
    private func exponential(_ values: [Double], _ period: Int) -> [Double] {
        recursive(values, period, weight: 2 / (Double(period) + 1))
    }

    /// Wilder's smoothing (New Concepts in Technical Trading Systems, 1978): weight 1 / period.
    private func smoothed(_ values: [Double], _ period: Int) -> [Double] {
        recursive(values, period, weight: 1 / Double(period))
    }

    private func recursive(_ values: [Double], _ period: Int, weight: Double) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        guard period <= values.count else { return result }
        var value = values[..<period].reduce(0, +) / Double(period)
        result[period - 1] = value
        for index in period..<values.count {
            value += (values[index] - value) * weight
            result[index] = value
        }
        return result
    }

    private var trueRange: [Double] {
        high.indices.map { index in
            let range = high[index] - low[index]
            guard index > 0 else { return range }
            return max(range, abs(high[index] - close[index - 1]), abs(low[index] - close[index - 1]))
        }
    }

    /// Wilder's RSI: 100 when nothing fell, 50 when nothing moved.
    private func relativeStrength(_ period: Int) -> [Double] {
        var result = [Double](repeating: .nan, count: close.count)
        guard close.count > period else { return result }
        let changes = (1..<close.count).map { close[$0] - close[$0 - 1] }
        let gains = smoothed(changes.map { max($0, 0) }, period)
        let losses = smoothed(changes.map { max(-$0, 0) }, period)
        for index in period..<close.count {
            let gain = gains[index - 1]
            let loss = losses[index - 1]
            result[index] = gain + loss == 0 ? 50 : 100 * gain / (gain + loss)
        }
        return result
    }

    /// The extreme of the last `period` values, by a queue of candidates.
    private func extreme(_ values: [Double], _ period: Int, _ beats: (Double, Double) -> Bool) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        var candidates: [Int] = []
        var first = 0
        for index in values.indices {
            while candidates.count > first, beats(values[index], values[candidates[candidates.count - 1]]) {
                candidates.removeLast()
            }
            candidates.append(index)
            if candidates[first] <= index - period { first += 1 }
            if index >= period - 1 { result[index] = values[candidates[first]] }
        }
        return result
    }
}
