/// Means of the price.
enum Averages {
    /// Exponential mean with weight 2/(n + 1), begun with the simple mean of the n values up to `first` (default: the
    /// first n). Values before are passed over.
    static func exponential(_ values: [Double], _ n: Int, first: Int? = nil) -> [Double] {
        var result = undefinedColumn(values.count)
        let start = first ?? n - 1
        guard start >= n - 1, values.count > start else { return result }
        var sum = 0.0
        for index in (start - n + 1)...start { sum += values[index] }
        var mean = sum / Double(n)
        result[start] = mean
        let weight = 2 / (Double(n) + 1)
        for index in (start + 1)..<max(values.count, start + 1) {
            mean += weight * (values[index] - mean)
            result[index] = mean
        }
        return result
    }

    /// Linearly weighted mean: weights 1 to n, divided by n(n + 1)/2.
    static func weighted(_ values: [Double], _ n: Int) -> [Double] {
        struct Part {
            var count: Double
            var sum: Double
            /// Elements times their place within the part, from 1.
            var weighted: Double
        }
        var result = undefinedColumn(values.count)
        let divisor = Double(n) * (Double(n) + 1) / 2
        RollingWindow.fold(
            count: values.count, window: n, leaf: { Part(count: 1, sum: values[$0], weighted: values[$0]) },
            combine: { a, b in
                Part(count: a.count + b.count, sum: a.sum + b.sum, weighted: a.weighted + b.weighted + a.count * b.sum)
            },
            emit: { result[$0] = $1.weighted / divisor })
        return result
    }

    /// Mean typical price weighted by volume; NaN where the window has no volume.
    static func volumeWeighted(_ bars: BarColumns, _ n: Int) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(bars.count)
        for index in 0..<bars.count {
            values.append((bars.high[index] + bars.low[index] + bars.close[index]) / 3 * bars.volume[index])
        }
        var result = RollingWindow.sums(values, n)
        let volumes = RollingWindow.sums(bars.volume, n)
        for index in result.indices { result[index] = volumes[index] > 0 ? result[index] / volumes[index] : .nan }
        return result
    }
}

/// Channels around the price: middle, upper, lower.
enum Bands {
    static func bollinger(_ values: [Double], _ n: Int, _ k: Double) -> [[Double]] {
        var middle = undefinedColumn(values.count), upper = middle, lower = middle
        RollingWindow.moments(values, n) { index, moments in
            middle[index] = moments.mean
            upper[index] = moments.mean + k * moments.deviation
            lower[index] = moments.mean - k * moments.deviation
        }
        return [middle, upper, lower]
    }

    static func donchian(_ bars: BarColumns, _ n: Int) -> [[Double]] {
        let upper = RollingWindow.maxima(bars.high, n)
        let lower = RollingWindow.minima(bars.low, n)
        return [zip(upper, lower).map { ($0 + $1) / 2 }, upper, lower]
    }

    /// All three lines begin when both the mean and the range are there.
    static func keltner(_ bars: BarColumns, _ n: Int, _ k: Double, _ ranges: Int) -> [[Double]] {
        var middle = Averages.exponential(bars.close, n)
        let range = Ranges.average(bars, ranges)
        var upper = undefinedColumn(bars.count), lower = upper
        for index in 0..<bars.count {
            upper[index] = middle[index] + k * range[index]
            lower[index] = middle[index] - k * range[index]
            if upper[index].isNaN { middle[index] = .nan }
        }
        return [middle, upper, lower]
    }
}
