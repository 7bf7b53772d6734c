internal import Base
internal import Postgres
internal import Storage
internal import Trading

/// Candles of a run's instrument with its entries and exits.
enum RunCandles {
    /// Longer spans show the days up to the last trade: two months of candles is as much as an eye can use.
    static let daysMax: Int64 = 60

    /// The instrument with most trades; the first of the universe when nothing was traded.
    static func mostTraded(_ trades: [RunReport.Trade], universe: [String]) -> String? {
        let counts = universe.map { name in trades.count { $0.instrument == name } }
        guard let most = counts.max(), let index = counts.firstIndex(of: most) else { return nil }
        return universe[index]
    }

    /// Nil when the platform has no candles of it any more.
    static func series(
        _ order: RunTable.Order, instrument: String, trades: [RunReport.Trade], in tx: borrowing Transaction
    ) throws -> CandleSeries? {
        let day = Instant.millisecondsPerDay
        let last = trades.lazy.filter { $0.instrument == instrument }.map(\.exitedAt.milliseconds).max() ?? order.to.milliseconds
        let to = min(order.to, Instant(milliseconds: max(last + 2 * day, order.from.milliseconds + daysMax * day)))
        let from = max(order.from, Instant(milliseconds: to.milliseconds - daysMax * day))
        guard let stored = try CandleCoverage(in: tx).source(of: instrument, for: order.timeframe) else { return nil }
        let chunks = try CandleTable.chunks(instrument: instrument, timeframe: stored, from: from, to: to, in: tx)
            .map { try BarChunk.decode($0.content, expecting: $0.hash) }
        guard let bars = try BarChunk.join(chunks)?.aggregated(to: order.timeframe)?.clipped(from: from, to: to), !bars.isEmpty else {
            return nil
        }
        let candles = (0..<bars.count).map { index in
            CandleSeries.Candle(
                time: Instant(milliseconds: bars.openTime[index]), open: bars.open[index].double, high: bars.high[index].double,
                low: bars.low[index].double, close: bars.close[index].double)
        }
        return CandleSeries(
            instrument: instrument, timeframe: order.timeframe.rawValue, candles: candles,
            marks: marks(trades.filter { $0.instrument == instrument }, from: from, to: to))
    }

    private static func marks(_ trades: [RunReport.Trade], from: Instant, to: Instant) -> [CandleSeries.Mark] {
        trades.flatMap { trade -> [CandleSeries.Mark] in
            [
                .init(time: trade.enteredAt, price: trade.entry.double, kind: trade.isLong ? .long : .short),
                .init(time: trade.exitedAt, price: trade.exit.double, kind: .exit),
            ]
        }.filter { $0.time >= from && $0.time <= to }.sorted { $0.time < $1.time }
    }
}
