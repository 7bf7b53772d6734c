public import Base

/// The name of the data one run sees, whatever else is stored: files and platform agree on it.
public enum DatasetHash {
    /// SHA-256 of the canonical JSON `{timeframe, from, to, instruments: [{name, chunks: [hex …]}]}`, where the chunks
    /// are the hashes of the series clipped to `from..<to` and cut by month (`BarChunk.hash`); `from` and `to` are
    /// RFC 3339.
    ///
    /// `series` is in the order of the universe, all of one timeframe.
    public static func of(series: [BarSeries], from: Instant, to: Instant) -> Digest {
        let timeframe = series.first?.timeframe
        precondition(series.allSatisfy { $0.timeframe == timeframe }, "Invariant: a dataset has one timeframe.")
        let instruments = series.map { series -> JSON in
            let start = series.firstIndex(atOrAfter: from.milliseconds)
            let end = max(start, series.firstIndex(atOrAfter: to.milliseconds))
            let chunks = BarChunk.monthRanges(series, start..<end).map { month, range in
                JSON.string(BarChunk.hash(of: series, range, month: month).hex)
            }
            return ["name": .string(series.instrument), "chunks": .array(chunks)]
        }
        return Digest.of([
            "timeframe": .optional(timeframe?.rawValue), "from": .string(from.description),
            "to": .string(to.description), "instruments": .array(instruments),
        ] as JSON)
    }
}
