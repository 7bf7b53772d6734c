/// Indicators that swing within a range.
enum Oscillators {
    /// Wilder 1978. The first value, at index n, comes from the plain means of the first n changes.
    static func relativeStrength(_ values: [Double], _ n: Int) -> [Double] {
        var result = undefinedColumn(values.count)
        guard values.count > n else { return result }
        let length = Double(n)
        var gain = 0.0
        var loss = 0.0
        for index in 1..<values.count {
            let change = values[index] - values[index - 1]
            let up = change > 0 ? change : 0
            let down = change < 0 ? -change : 0
            if index <= n {
                gain += up / length
                loss += down / length
            } else {
                gain = (gain * (length - 1) + up) / length
                loss = (loss * (length - 1) + down) / length
            }
            guard index >= n else { continue }
            result[index] = gain + loss > 0 ? 100 * gain / (gain + loss) : 50
        }
        return result
    }

    /// Both means begin at the bar where the slow one can; all three lines begin with the signal, as in TA-Lib.
    static func convergence(_ values: [Double], _ oneLength: Int, _ otherLength: Int, _ signalLength: Int) -> [[Double]] {
        let fast = min(oneLength, otherLength), slow = max(oneLength, otherLength)
        let count = values.count
        let fastMean = Averages.exponential(values, fast, first: slow - 1)
        let slowMean = Averages.exponential(values, slow)
        var macd = zip(fastMean, slowMean).map { $0 - $1 }
        let signal = Averages.exponential(macd, signalLength, first: slow + signalLength - 2)
        var histogram = undefinedColumn(count)
        for index in 0..<count {
            histogram[index] = macd[index] - signal[index]
            if signal[index].isNaN { macd[index] = .nan }
        }
        return [macd, signal, histogram]
    }

    /// Slow stochastic (Lane): raw %K over n, its mean, and the mean of that. Both lines begin together.
    static func stochastic(_ bars: BarColumns, _ n: Int, _ smooth: Int, _ signal: Int) -> [[Double]] {
        let high = RollingWindow.maxima(bars.high, n)
        let low = RollingWindow.minima(bars.low, n)
        var raw: [Double] = []
        for index in min(n - 1, bars.count)..<bars.count {
            let range = high[index] - low[index]
            raw.append(range > 0 ? 100 * ((bars.close[index] - low[index]) / range) : 50)
        }
        let smoothed = RollingWindow.means(raw, smooth)
        // The mean of NaN is NaN, so the warm-up of the smoothed line is cut off before it is smoothed again.
        let slow = RollingWindow.means(Array(smoothed.dropFirst(smooth - 1)), signal)
        var k = undefinedColumn(bars.count), d = k
        let start = n - 1 + smooth - 1
        for index in slow.indices where index >= signal - 1 {
            d[start + index] = slow[index]
            k[start + index] = smoothed[smooth - 1 + index]
        }
        return [k, d]
    }
}
