public import Base
public import Postgres
public import Trading

/// From when to when the platform has candles for a universe.
public struct CandleCoverage: Sendable {
    private let months: [CandleTable.Month]

    public init(in tx: borrowing Transaction) throws { months = try CandleTable.months(in: tx) }

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
