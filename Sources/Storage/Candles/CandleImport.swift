public import Base
public import Postgres
public import Trading

/// Stores series of bars month by month, joined with what is stored already.
public enum CandleImport {
    /// A stored bar that says something else.
    public struct Conflict: Error, Sendable, Hashable, CustomStringConvertible {
        public let instrument: String
        public let openTime: Instant
        public var description: String {
            "\(instrument) has another candle at \(openTime) already. Nothing was imported. Give --replace to let the new one win."
        }
    }

    /// Returns how many months changed. Runs in one transaction: all or nothing.
    public static func store(
        _ series: [BarSeries], source: String, replace: Bool, in tx: borrowing Transaction
    ) throws -> Int {
        var changed = 0
        for one in series {
            for chunk in BarChunk.split(one) {
                let whole = try joined(chunk, replace: replace, in: tx)
                for month in BarChunk.split(whole) where try CandleTable.store(month, source: source, in: tx) { changed += 1 }
            }
        }
        return changed
    }

    private static func joined(_ chunk: BarChunk, replace: Bool, in tx: borrowing Transaction) throws -> BarSeries {
        let stored = try CandleTable.chunks(
            instrument: chunk.instrument, timeframe: chunk.timeframe, from: chunk.month.start, to: chunk.month.start, in: tx)
        guard let known = try BarChunk.join(stored.map { try BarChunk.decode($0.content, expecting: $0.hash) }) else { return chunk.series }
        return try merged(known, chunk.series, replace: replace)
    }

    /// Both series' bars in order of time. Where both have a bar they must agree, or the second wins with `replace`.
    public static func merged(_ first: BarSeries, _ second: BarSeries, replace: Bool) throws -> BarSeries {
        var result = BarSeries(instrument: first.instrument, timeframe: first.timeframe)
        result.reserve(first.count + second.count)
        var i = 0
        var j = 0
        while i < first.count || j < second.count {
            if j == second.count || (i < first.count && first.openTime[i] < second.openTime[j]) {
                result.append(first[i])
                i += 1
            } else if i == first.count || second.openTime[j] < first.openTime[i] {
                result.append(second[j])
                j += 1
            } else {
                guard first[i] == second[j] || replace else {
                    throw Conflict(instrument: first.instrument, openTime: Instant(milliseconds: first.openTime[i]))
                }
                result.append(second[j])
                i += 1
                j += 1
            }
        }
        return result
    }
}
