/// Indicators made of true ranges, after Wilder 1978.
enum Ranges {
    /// Average true range; the first, at index n, is the plain mean of the first n ranges.
    static func average(_ bars: BarColumns, _ n: Int) -> [Double] {
        var result = undefinedColumn(bars.count)
        guard bars.count > n else { return result }
        let length = Double(n)
        var sum = 0.0
        for index in 1...n { sum += bars.trueRange(index) }
        var mean = sum / length
        result[n] = mean
        for index in (n + 1)..<max(bars.count, n + 1) {
            mean = (mean * (length - 1) + bars.trueRange(index)) / length
            result[index] = mean
        }
        return result
    }

    /// ADX, +DI, −DI. The two directional indicators begin at index n and ADX, the mean of n of their indices, at
    /// 2n − 1. Like TA-Lib, the running sums begin with n − 1 bars, and a bar without direction leaves ADX as it is.
    static func directional(_ bars: BarColumns, _ n: Int) -> [[Double]] {
        let count = bars.count
        var adx = undefinedColumn(count), plus = adx, minus = adx
        let length = Double(n)
        var up = 0.0, down = 0.0, range = 0.0
        var indexSum = 0.0, mean = 0.0
        for index in 1..<max(count, 1) {
            let rise = bars.high[index] - bars.high[index - 1]
            let fall = bars.low[index - 1] - bars.low[index]
            if index >= n {
                up -= up / length
                down -= down / length
                range -= range / length
            }
            if rise > 0, rise > fall { up += rise }
            if fall > 0, fall > rise { down += fall }
            range += bars.trueRange(index)
            guard index >= n else { continue }
            plus[index] = range > 0 ? 100 * (up / range) : 0
            minus[index] = range > 0 ? 100 * (down / range) : 0
            let total = plus[index] + minus[index]
            let direction = total > 0 ? 100 * ((plus[index] - minus[index]).magnitude / total) : nil
            if index < 2 * n {
                indexSum += direction ?? 0
                mean = indexSum / length
            } else if let direction {
                mean = (mean * (length - 1) + direction) / length
            }
            if index >= 2 * n - 1 { adx[index] = mean }
        }
        return [adx, plus, minus]
    }
}
