internal import Base
internal import Trading

extension RunMetrics {
    /// Reads the report of a completed run (`Trading.RunReport.json` with the engine's additions).
    init(report: JSON) {
        let metrics = report["metrics"] ?? .null
        func figure(_ name: String, _ reason: String = "undefined for this run") -> Figure {
            metrics[name]?.double.map { .value($0) } ?? .unavailable(because: reason)
        }
        let trades = report["trades"]?.int.flatMap { Int(exactly: $0) } ?? 0
        let noTrades = trades == 0 ? "no trade was closed" : "no losing trade"
        self.init(
            totalReturn: figure("total_return"),
            benchmarkReturn: report["buy_and_hold"]?.double.map { .value($0) } ?? .unavailable(because: "no candles to hold"),
            cagr: figure("cagr", "needs 90 days"), volatility: figure("volatility", "needs two days"),
            sharpe: figure("sharpe", "needs days that differ"), sortino: figure("sortino", "no losing day"),
            calmar: figure("calmar", "no drawdown"), maxDrawdown: figure("max_drawdown"),
            maxDrawdownDays: figure("max_drawdown_days"), profitFactor: figure("profit_factor", noTrades),
            winRate: figure("win_rate", "no trade was closed"), expectancy: figure("expectancy", "no trade was closed"),
            exposure: figure("exposure"), turnover: figure("turnover"), trades: trades,
            fees: Self.money(metrics["fees"]), funding: Self.money(metrics["funding"]))
    }

    /// A decimal string or a number of USD.
    private static func money(_ value: JSON?) -> Money {
        value?.string.flatMap { Money(decimal: $0) } ?? value?.double.flatMap { Money(approximating: $0) } ?? .zero
    }
}

extension EquitySeries {
    /// Reads the stored curve: `{"equity": [[ms, "10000"], …], "benchmark": [[ms, 1.0], …]}`. The benchmark's ratio is
    /// carried forward to the next equity point and scaled to the same start.
    init(curve: JSON) {
        let equity: [(time: Int64, value: Double)] = (curve["equity"]?.array ?? []).compactMap { point in
            guard let pair = point.array, pair.count == 2, let time = pair[0].int,
                  let value = pair[1].string.flatMap({ Money(decimal: $0) })?.double ?? pair[1].double else { return nil }
            return (time, value)
        }
        let benchmark: [(time: Int64, value: Double)] = (curve["benchmark"]?.array ?? []).compactMap { point in
            guard let pair = point.array, pair.count == 2, let time = pair[0].int, let value = pair[1].double else { return nil }
            return (time, value)
        }
        let start = equity.first?.value ?? 0
        var next = 0
        var ratio: Double?
        self.init(points: equity.map { point in
            while next < benchmark.count, benchmark[next].time <= point.time {
                ratio = benchmark[next].value
                next += 1
            }
            return Point(time: Instant(milliseconds: point.time), equity: point.value, benchmark: ratio.map { $0 * start })
        })
    }
}
