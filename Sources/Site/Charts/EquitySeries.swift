internal import Base

/// What an equity chart draws. Points are in time order; a point whose equity is not finite is skipped.
struct EquitySeries: Sendable, Hashable {
    struct Point: Sendable, Hashable {
        let time: Instant
        /// Dollars.
        let equity: Double
        /// Dollars the benchmark would be worth, from the same start.
        var benchmark: Double?
    }

    var points: [Point]
    /// What the thin grey line is.
    var benchmarkName = "Buy and hold"
    /// From here on the version was public: a vertical line.
    var publishedAt: Instant?
    /// Until here the author could see the data: shaded.
    var inSampleUntil: Instant?

    /// One point of the picture: change since the start and distance from the peak, both ratios.
    struct Change: Sendable, Hashable {
        let time: Int64
        let change: Double
        let drawdown: Double
        let benchmark: Double?
    }

    /// Every drawable point relative to the first positive equity; empty when there is none.
    var changes: [Change] {
        let usable = points.filter(\.equity.isFinite)
        guard let start = usable.first(where: { $0.equity > 0 })?.equity else { return [] }
        let benchmarkStart = usable.lazy.compactMap(\.benchmark).first { $0.isFinite && $0 > 0 }
        var peak = -Double.infinity
        var previous = Int64.min
        var out: [Change] = []
        out.reserveCapacity(usable.count)
        for point in usable where point.time.milliseconds >= previous {
            previous = point.time.milliseconds
            peak = max(peak, point.equity)
            let benchmark: Double? = benchmarkStart.flatMap { base in
                point.benchmark.flatMap { $0.isFinite ? $0 / base - 1 : nil }
            }
            out.append(Change(time: previous, change: point.equity / start - 1,
                              drawdown: peak > 0 ? min(point.equity / peak - 1, 0) : 0, benchmark: benchmark))
        }
        return out
    }

    /// What `web/js/chart.js` reads: ratios relative to the start, times in ms UTC, thinned to about `pointsMax`.
    func json(pointsMax: Int = 4_000) -> JSON {
        let all = changes
        let kept = Picture.thinned(all.map(\.change), buckets: max(pointsMax / 2, 2)).map { all[$0] }
        return [
            "times": .array(kept.map { .int($0.time) }),
            "change": .array(kept.map { .double($0.change) }),
            "drawdown": .array(kept.map { .double($0.drawdown) }),
            "benchmark": kept.contains { $0.benchmark != nil } ? .array(kept.map { .optional($0.benchmark) }) : .null,
            "benchmark_name": .string(benchmarkName),
            "published_at": publishedAt.map { .int($0.milliseconds) } ?? .null,
            "in_sample_until": inSampleUntil.map { .int($0.milliseconds) } ?? .null,
        ]
    }
}
