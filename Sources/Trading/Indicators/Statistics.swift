internal import Base

/// Volume balance and rolling statistics.
enum Statistics {
    /// On-balance volume (Granville 1963), begun with the first bar's volume.
    static func balanceVolume(_ bars: BarColumns) -> [Double] {
        var result = bars.volume
        for index in 1..<max(bars.count, 1) {
            let volume = bars.volume[index]
            if bars.close[index] > bars.close[index - 1] {
                result[index] = result[index - 1] + volume
            } else if bars.close[index] < bars.close[index - 1] {
                result[index] = result[index - 1] - volume
            } else {
                result[index] = result[index - 1]
            }
        }
        return result
    }

    /// (close − mean) / population standard deviation.
    static func score(_ values: [Double], _ n: Int) -> [Double] {
        var result = undefinedColumn(values.count)
        RollingWindow.moments(values, n) { index, moments in
            let deviation = moments.deviation
            result[index] = deviation > 0 ? (values[index] - moments.mean) / deviation : .nan
        }
        return result
    }

    /// Begins at index n: n returns need n + 1 closes. Simple returns, because a logarithm's last bit is not the same on
    /// every machine.
    static func volatility(_ values: [Double], _ n: Int, _ timeframe: Timeframe) -> [Double] {
        var result = undefinedColumn(values.count)
        guard values.count > n else { return result }
        var returns: [Double] = []
        returns.reserveCapacity(values.count)
        for index in 1..<values.count { returns.append(values[index] / values[index - 1] - 1) }
        let year = (365 * 86_400_000 / Double(timeframe.milliseconds)).squareRoot()
        RollingWindow.moments(returns, n) { index, moments in result[index + 1] = moments.sampleDeviation * year }
        return result
    }

    /// Returns of bars that open at the same times on both sides. A bar without its counterpart has no pair of returns,
    /// and neither has the bar after it; a window with such a bar in it is undefined.
    static func correlation(_ bars: BarSeries, _ other: BarSeries, _ n: Int) -> [Double] {
        var result = undefinedColumn(bars.count)
        var pairs: [PairMoments?] = []
        pairs.reserveCapacity(bars.count)
        var cursor = 0
        var lastMatch: Int?
        for index in 0..<bars.count {
            while cursor < other.count, other.openTime[cursor] < bars.openTime[index] { cursor += 1 }
            let match = cursor < other.count && other.openTime[cursor] == bars.openTime[index] ? cursor : nil
            if index > 0 {
                if let match, let lastMatch {
                    // The unit cancels out, so raw prices will do.
                    pairs.append(PairMoments(
                        Double(bars.close[index].raw) / Double(bars.close[index - 1].raw) - 1,
                        Double(other.close[match].raw) / Double(other.close[lastMatch].raw) - 1))
                } else {
                    pairs.append(nil)
                }
            }
            lastMatch = match
        }
        RollingWindow.fold(
            count: pairs.count, window: n, leaf: { pairs[$0] },
            combine: { a, b in a.flatMap { a in b.map { PairMoments.merged(a, $0) } } },
            emit: { result[$0 + 1] = $1?.correlation ?? .nan })
        return result
    }
}
