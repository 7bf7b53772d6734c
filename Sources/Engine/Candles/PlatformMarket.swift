public import Base
public import Postgres
internal import Storage
public import Trading

/// The platform's stored candles as a run's market.
public enum PlatformMarket {
    /// Loads and verifies the chunks of the universe. A chunk whose bytes are not what its hash says is an error.
    public static func load(
        universe: [String], timeframe: Timeframe, from: Instant, to: Instant, in tx: borrowing Transaction
    ) throws -> MarketData {
        let coverage = try CandleCoverage(in: tx)
        var series: [BarSeries] = []
        for name in universe {
            guard let stored = coverage.source(of: name, for: timeframe) else {
                throw SkillSimulation.Refusal.noBars([name])
            }
            let chunks = try CandleTable.chunks(instrument: name, timeframe: stored, from: from, to: to, in: tx)
                .map { try BarChunk.decode($0.content, expecting: $0.hash) }
            guard let whole = try BarChunk.join(chunks)?.aggregated(to: timeframe) else {
                throw SkillSimulation.Refusal.noBars([name])
            }
            series.append(whole.clipped(from: from, to: to))
        }
        return try MarketData(universe: universe, timeframe: timeframe, from: from, to: to, series: series)
    }
}
