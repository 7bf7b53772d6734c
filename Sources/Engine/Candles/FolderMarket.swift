public import Base
internal import Gateways
public import Trading

/// Candles of a folder as a run's market.
public enum FolderMarket {
    /// Reads the universe from `folder` and clips it to the span. Errors name the file and the line.
    public static func load(
        folder: String, universe: [String], timeframe: Timeframe, from: Instant, to: Instant
    ) throws -> MarketData {
        let series = try universe.map { name in
            try CandleFiles.read(folder: folder, instrument: name, timeframe: timeframe).clipped(from: from, to: to)
        }
        return try MarketData(universe: universe, timeframe: timeframe, from: from, to: to, series: series)
    }
}

/// An instrument that nobody knows.
public struct UnknownInstrument: Error, Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public var description: String { "\(name) is not an instrument name: use capital letters, digits and hyphens, such as BTC." }
}

extension MarketData {
    /// Looks the instruments up and names the data by its hash.
    init(universe: [String], timeframe: Timeframe, from: Instant, to: Instant, series: [BarSeries]) throws {
        let instruments = try universe.map { name in
            guard let instrument = InstrumentCatalogue.instrument(named: name) else { throw UnknownInstrument(name: name) }
            return instrument
        }
        self.init(instruments: instruments, timeframe: timeframe, from: from, to: to, series: series,
                  hash: DatasetHash.of(series: series, from: from, to: to))
    }
}
