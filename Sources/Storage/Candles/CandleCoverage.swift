public import Base
public import Postgres
public import Trading

/// From when to when the platform has candles for a universe.
public struct CandleCoverage: Sendable {
    private let months: [CandleTable.Month]

    public init(in tx: borrowing Transaction) throws { months = try CandleTable.months(in: tx) }

    /// What is stored of one instrument in one timeframe.
    public struct Series: Sendable, Hashable {
        public let instrument: String
        public let timeframe: Timeframe
        /// Open time of the first bar.
        public let from: Instant
        /// Close time of the last bar.
        public let to: Instant
        public let bars: Int
        /// `csv`, `binance` or `synthetic`; the newest month's.
        public let source: String
        /// Made by a random walk, not by a market.
        public var isSynthetic: Bool { instrument.hasPrefix("SIM-") }
    }

    /// Everything that is stored, in order of instrument and timeframe.
    public var series: [Series] {
        var found: [Series] = []
        for month in months {
            let end = month.lastOpen.advanced(byMilliseconds: month.timeframe.milliseconds)
            if let last = found.last, last.instrument == month.instrument, last.timeframe == month.timeframe {
                found[found.count - 1] = Series(
                    instrument: last.instrument, timeframe: last.timeframe, from: last.from, to: end, bars: last.bars + month.bars,
                    source: month.source)
            } else {
                found.append(Series(instrument: month.instrument, timeframe: month.timeframe, from: month.firstOpen, to: end,
                                    bars: month.bars, source: month.source))
            }
        }
        return found
    }

    /// Whether one bar at least opens in `span`. Months say so by their first and last bar; only a span inside one month
    /// has its bars looked at.
    public func hasBars(
        of instrument: String, timeframe: Timeframe, in span: Range<Instant>, _ tx: borrowing Transaction
    ) throws -> Bool {
        let touching = months.filter {
            $0.instrument == instrument && $0.timeframe == timeframe && $0.firstOpen < span.upperBound && $0.lastOpen >= span.lowerBound
        }
        if touching.contains(where: { span.contains($0.firstOpen) || span.contains($0.lastOpen) }) { return true }
        guard !touching.isEmpty else { return false }
        return try CandleTable.chunks(instrument: instrument, timeframe: timeframe, from: span.lowerBound, to: span.upperBound, in: tx)
            .contains { chunk in
                try BarChunk.decode(chunk.content, expecting: chunk.hash).series.openTime
                    .contains { span.contains(Instant(milliseconds: $0)) }
            }
    }

    /// Names of the instruments that have candles of `timeframe`, stored or made from shorter ones; sorted.
    public func instruments(for timeframe: Timeframe) -> [String] {
        var names: [String] = []
        for month in months where month.timeframe.divides(timeframe) && names.last != month.instrument { names.append(month.instrument) }
        return names
    }

    /// The stored timeframe that bars of `timeframe` are made from: the longest that divides it.
    public func source(of instrument: String, for timeframe: Timeframe) -> Timeframe? {
        months.filter { $0.instrument == instrument && $0.timeframe.divides(timeframe) }
            .map(\.timeframe).max { $0.milliseconds < $1.milliseconds }
    }

    /// The longest span of whole UTC days in which every instrument has candles at its start and end. Nil when one of
    /// them has none, or they never overlap. Gaps inside are reported by the run, not here.
    public func span(universe: [String], timeframe: Timeframe) -> Range<Instant>? {
        var from = Int64.min
        var to = Int64.max
        for name in universe {
            guard let stored = source(of: name, for: timeframe) else { return nil }
            let own = months.filter { $0.instrument == name && $0.timeframe == stored }
            guard let first = own.map({ $0.firstOpen.milliseconds }).min(), let last = own.map({ $0.lastOpen.milliseconds }).max() else { return nil }
            from = max(from, first)
            to = min(to, last + stored.milliseconds)
        }
        let day = Instant.millisecondsPerDay
        guard from < to, from > 0 else { return nil }
        let start = (from + day - 1) / day * day
        let end = to / day * day
        return start < end ? Instant(milliseconds: start)..<Instant(milliseconds: end) : nil
    }
}

extension Timeframe {
    /// Whether bars of `longer` can be made of bars of this length.
    func divides(_ longer: Timeframe) -> Bool {
        longer.milliseconds >= milliseconds && longer.milliseconds % milliseconds == 0
    }
}
