public import Base

/// The bars of one instrument, one timeframe and one calendar month (UTC): the piece in which bars are stored.
///
/// A chunk is named by its content, not by its encoding: `hash` is a SHA-256 over a plain, fixed-width form of the
/// bars, so a later codec keeps every dataset hash. A month may be incomplete; another set of bars is another chunk.
public struct BarChunk: Sendable, Hashable {
    /// Name of the instrument.
    public var instrument: String { series.instrument }
    /// Length of each bar.
    public var timeframe: Timeframe { series.timeframe }
    /// First day of the month.
    public let month: CalendarDate
    /// The bars; never empty, all of them open within the month and satisfy `BarRules`.
    public let series: BarSeries

    /// `series` lies within `month` and is not empty; `split` and `decode` see to both.
    init(month: CalendarDate, series: BarSeries) {
        self.month = month
        self.series = series
    }

    /// Cuts a series of valid bars at the month borders. An empty series has no chunks.
    public static func split(_ series: BarSeries) -> [BarChunk] {
        monthRanges(series, 0..<series.count).map { month, range in
            var piece = BarSeries(instrument: series.instrument, timeframe: series.timeframe)
            piece.reserve(range.count)
            for index in range { piece.append(series[index]) }
            return BarChunk(month: month, series: piece)
        }
    }

    /// The inverse of `split`: the bars of several months as one series. The chunks are of one instrument and
    /// timeframe and rise in time; otherwise refused. Nil for no chunks.
    public static func join(_ chunks: [BarChunk]) throws(BarChunkError) -> BarSeries? {
        guard let first = chunks.first else { return nil }
        var whole = BarSeries(instrument: first.instrument, timeframe: first.timeframe)
        whole.reserve(chunks.reduce(0) { $0 + $1.series.count })
        for chunk in chunks {
            guard chunk.instrument == first.instrument, chunk.timeframe == first.timeframe else {
                throw BarChunkError("The chunks are not of one instrument and timeframe.")
            }
            if let last = whole.openTime.last, let next = chunk.series.openTime.first, next <= last {
                throw BarChunkError("The chunks are not in order of time.")
            }
            for index in 0..<chunk.series.count { whole.append(chunk.series[index]) }
        }
        return whole
    }

    /// The chunk's name: SHA-256 of `tradecraft bars 1`, instrument, timeframe, `YYYY-MM` and the number of bars,
    /// each followed by a line feed, then six little-endian 64-bit words a bar: open time in ms, open, high, low,
    /// close in 10⁻⁸, and the bits of the volume. Computed at each call, about a millisecond a month of 5m bars.
    public var hash: Digest { Self.hash(of: series, 0..<series.count, month: month) }

    /// The hash of the chunk that `range` of `series` would make, without making it.
    static func hash(of series: BarSeries, _ range: Range<Int>, month: CalendarDate) -> Digest {
        let name = "tradecraft bars 1\n\(series.instrument)\n\(series.timeframe.rawValue)\n"
            + "\(month.description.prefix(7))\n\(range.count)\n"
        var builder = DigestBuilder()
        builder.update(Array(name.utf8))
        // In blocks, to keep the fixed-width form of long chunks out of memory.
        let blockBars = 4_096
        var block = [UInt8](repeating: 0, count: min(range.count, blockBars) * 48)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: blockBars) {
            let end = min(start + blockBars, range.upperBound)
            if (end - start) * 48 < block.count { block.removeLast(block.count - (end - start) * 48) }
            var position = 0
            for index in start..<end {
                store(UInt64(bitPattern: series.openTime[index]), &block, position)
                store(UInt64(bitPattern: series.open[index].raw), &block, position + 8)
                store(UInt64(bitPattern: series.high[index].raw), &block, position + 16)
                store(UInt64(bitPattern: series.low[index].raw), &block, position + 24)
                store(UInt64(bitPattern: series.close[index].raw), &block, position + 32)
                store(series.volume[index].bitPattern, &block, position + 40)
                position += 48
            }
            builder.update(block)
        }
        return builder.finish()
    }

    /// The parts of `range` that lie in one month each, in order of time.
    static func monthRanges(_ series: BarSeries, _ range: Range<Int>) -> [(CalendarDate, Range<Int>)] {
        var parts: [(CalendarDate, Range<Int>)] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let month = firstOfMonth(Instant(milliseconds: series.openTime[start]))
            let end = min(series.firstIndex(atOrAfter: nextMonth(month).start.milliseconds), range.upperBound)
            // Beyond the calendar's last year every date is clamped; one part then takes the rest.
            let stop = end > start ? end : range.upperBound
            parts.append((month, start..<stop))
            start = stop
        }
        return parts
    }

    /// The first day of the month an instant falls in.
    static func firstOfMonth(_ time: Instant) -> CalendarDate {
        let date = time.date
        return CalendarDate(year: date.year, month: date.month, day: 1) ?? date
    }

    /// The first day of the following month.
    static func nextMonth(_ month: CalendarDate) -> CalendarDate {
        let days = CalendarDate.days(inMonth: month.month, year: month.year)
        return CalendarDate(daysSinceEpoch: month.daysSinceEpoch + Int64(days))
    }
}

/// Why bytes are no chunk, or chunks no series.
public struct BarChunkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence for the log: chunks are ours, people do not write them.
    public let description: String

    init(_ description: String) { self.description = description }
}

@inline(__always)
private func store(_ word: UInt64, _ bytes: inout [UInt8], _ position: Int) {
    for byte in 0..<8 { bytes[position + byte] = UInt8(truncatingIfNeeded: word >> UInt64(8 * byte)) }
}
