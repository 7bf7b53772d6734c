public import Base

/// The stored form of a chunk, version 1. All numbers are LEB128 varints, signed ones in zigzag form:
///
///     "TCB1"  length of name, name  timeframe in minutes  year  month  bars
///     price exponent e (0…8: every price is a multiple of 10^e · 10⁻⁸)
///     volume decimals d (0…8: every volume is n / 10^d exactly; or 255: bits as they are)
///     runs of consecutive bars, each: bars left out before it, its length
///     open   − the close before (0 at first), in 10^e, signed
///     close  − open, signed
///     high   − max(open, close)
///     low    below min(open, close)
///     volume n, or eight bytes of bits, little-endian
///
/// each of the last five a column over all bars. The same bars always give the same bytes.
extension BarChunk {
    /// Bytes a chunk may have: a month of one-minute bars with every number at its longest stays below.
    public static let encodedBytesMax = 4_194_304

    /// The compressed form, 8 to 14 bytes a bar for real data.
    public func encode() -> [UInt8] {
        let exponent = priceExponent()
        let scale = powerOfTen(exponent)
        let decimals = volumeDecimals()
        var out = ByteWriter()
        out.bytes.reserveCapacity(64 + series.count * 14)
        out.bytes.append(contentsOf: codecMagic)
        out.unsigned(UInt64(instrument.utf8.count))
        out.bytes.append(contentsOf: instrument.utf8)
        out.unsigned(UInt64(timeframe.milliseconds / 60_000))
        out.unsigned(UInt64(month.year))
        out.unsigned(UInt64(month.month))
        out.unsigned(UInt64(series.count))
        out.unsigned(UInt64(exponent))
        out.unsigned(UInt64(decimals ?? volumeBitsMarker))
        writeRuns(&out)
        var previous: Int64 = 0
        for index in 0..<series.count {
            out.signed((series.open[index].raw - previous) / scale)
            previous = series.close[index].raw
        }
        for index in 0..<series.count { out.signed((series.close[index].raw - series.open[index].raw) / scale) }
        for index in 0..<series.count {
            out.unsigned(UInt64((series.high[index].raw - max(series.open[index], series.close[index]).raw) / scale))
        }
        for index in 0..<series.count {
            out.unsigned(UInt64((min(series.open[index], series.close[index]).raw - series.low[index].raw) / scale))
        }
        for volume in series.volume {
            if let decimals {
                out.unsigned(UInt64((volume * Double(powerOfTen(decimals))).rounded()))
            } else {
                out.word(volume.bitPattern)
            }
        }
        return out.bytes
    }

    /// Reads `encode`'s bytes back. Refuses whatever breaks the format or `BarRules`; never traps, and sets no more
    /// memory aside than the bytes can fill.
    public static func decode(_ bytes: [UInt8]) throws(BarChunkError) -> BarChunk {
        guard bytes.count <= encodedBytesMax else {
            throw BarChunkError("The chunk has more than \(encodedBytesMax) bytes.")
        }
        var reader = ByteReader(bytes: bytes)
        let header = try ChunkHeader(&reader)
        let count = header.count
        let times = try readTimes(&reader, header)
        var opens = [Int64](repeating: 0, count: count)
        var closes = opens
        for index in 0..<count { opens[index] = try reader.signed() }
        for index in 0..<count { closes[index] = try reader.signed() }
        var previous: Int64 = 0
        for index in 0..<count {
            opens[index] = try header.price(previous, plus: opens[index])
            previous = opens[index]
            closes[index] = try header.price(previous, plus: closes[index])
            previous = closes[index]
        }
        var highs = opens
        var lows = opens
        for index in 0..<count {
            highs[index] = try header.price(max(opens[index], closes[index]), plus: try reader.positive())
        }
        for index in 0..<count {
            lows[index] = try header.price(min(opens[index], closes[index]), plus: -(try reader.positive()))
        }
        var series = BarSeries(instrument: header.instrument, timeframe: header.timeframe)
        series.reserve(count)
        var last: Int64?
        for index in 0..<count {
            let bar = Bar(
                openTime: times[index], open: Price(raw: opens[index]), high: Price(raw: highs[index]),
                low: Price(raw: lows[index]), close: Price(raw: closes[index]), volume: try header.volume(&reader))
            do throws(BarRules.Violation) {
                try BarRules.check(bar, after: last, timeframe: header.timeframe)
            } catch {
                throw BarChunkError("Bar \(index), \(error.column): \(error.problem).")
            }
            last = bar.openTime
            series.append(bar)
        }
        guard reader.isAtEnd else { throw BarChunkError("The chunk has bytes after its last bar.") }
        return BarChunk(month: header.month, series: series)
    }

    /// Decodes a chunk that is stored under `hash` and refuses it when the content is not what the name says.
    public static func decode(_ bytes: [UInt8], expecting hash: Digest) throws(BarChunkError) -> BarChunk {
        let chunk = try decode(bytes)
        guard chunk.hash == hash else {
            throw BarChunkError("The chunk's content does not match its hash \(hash.short).")
        }
        return chunk
    }

    private static func readTimes(_ reader: inout ByteReader, _ header: ChunkHeader) throws(BarChunkError) -> [Int64] {
        let step = header.timeframe.milliseconds
        var slot: Int64 = 0
        var times: [Int64] = []
        times.reserveCapacity(header.count)
        while times.count < header.count {
            let skipped = try reader.positive()
            let length = try reader.positive()
            // Both are below the month's number of bars, so nothing overflows.
            guard length > 0, length <= Int64(header.count - times.count), skipped <= header.slots,
                  slot + skipped + length <= header.slots else {
                throw BarChunkError("The chunk's bars do not fit its month.")
            }
            slot += skipped
            for _ in 0..<length {
                times.append(header.month.start.milliseconds + slot * step)
                slot += 1
            }
        }
        return times
    }

    private func writeRuns(_ out: inout ByteWriter) {
        let step = timeframe.milliseconds
        var expected = month.start.milliseconds
        var index = 0
        while index < series.count {
            let start = index
            let skipped = (series.openTime[start] - expected) / step
            repeat {
                index += 1
            } while index < series.count && series.openTime[index] == series.openTime[index - 1] + step
            out.unsigned(UInt64(skipped))
            out.unsigned(UInt64(index - start))
            expected = series.openTime[index - 1] + step
        }
    }

    /// The largest power of ten up to 10⁸ that divides every price.
    private func priceExponent() -> Int {
        var exponent = 8
        var scale = powerOfTen(8)
        for index in 0..<series.count {
            while exponent > 0,
                  series.open[index].raw % scale != 0 || series.high[index].raw % scale != 0
                    || series.low[index].raw % scale != 0 || series.close[index].raw % scale != 0 {
                exponent -= 1
                scale /= 10
            }
            if exponent == 0 { break }
        }
        return exponent
    }

    /// The least number of decimals with which every volume comes back bit for bit; nil when eight are not enough.
    private func volumeDecimals() -> Int? {
        var decimals = 0
        for volume in series.volume {
            while decimals <= 8, !isExact(volume, Double(powerOfTen(decimals))) { decimals += 1 }
            if decimals > 8 { return nil }
        }
        // More decimals scale a volume up, which may cost an earlier one its exactness.
        let unit = Double(powerOfTen(decimals))
        return series.volume.allSatisfy { isExact($0, unit) } ? decimals : nil
    }

    private func isExact(_ volume: Double, _ unit: Double) -> Bool {
        let scaled = (volume * unit).rounded()
        return scaled < 0x1p53 && scaled / unit == volume
    }
}

private let codecMagic = Array("TCB1".utf8)
private let volumeBitsMarker = 255

/// What stands before the columns, checked.
private struct ChunkHeader {
    let instrument: String
    let timeframe: Timeframe
    let month: CalendarDate
    /// Bars that fit the month.
    let slots: Int64
    let count: Int
    let scale: Int64
    /// 10^d, or nil when volumes are stored as bits.
    let volumeUnit: Double?

    init(_ reader: inout ByteReader) throws(BarChunkError) {
        for byte in codecMagic {
            guard try reader.byte() == byte else { throw BarChunkError("The bytes are not a chunk of version 1.") }
        }
        let length = try reader.positive()
        guard (1...20).contains(length) else { throw BarChunkError("The chunk's instrument has no valid name.") }
        var name: [UInt8] = []
        for _ in 0..<length { name.append(try reader.byte()) }
        instrument = String(decoding: name, as: UTF8.self)
        guard Instrument.isValidName(instrument) else {
            throw BarChunkError("The chunk's instrument has no valid name.")
        }
        let minutes = try reader.positive()
        guard let timeframe = Timeframe.allCases.first(where: { $0.milliseconds / 60_000 == minutes }) else {
            throw BarChunkError("The chunk's timeframe is unknown.")
        }
        self.timeframe = timeframe
        let year = try reader.positive()
        let monthNumber = try reader.positive()
        guard (2_000...2_099).contains(year), (1...12).contains(monthNumber),
              let month = CalendarDate(year: Int(year), month: Int(monthNumber), day: 1) else {
            throw BarChunkError("The chunk's month does not exist.")
        }
        self.month = month
        slots = Int64(CalendarDate.days(inMonth: month.month, year: month.year)) * Instant.millisecondsPerDay
            / timeframe.milliseconds
        let count = try reader.positive()
        // A bar takes at least five bytes, so a lie about the count cannot reserve more than the bytes are worth.
        guard count > 0, count <= slots, count <= Int64(reader.remaining / 5) else {
            throw BarChunkError("The chunk's number of bars is impossible.")
        }
        self.count = Int(count)
        let exponent = try reader.positive()
        guard exponent <= 8 else { throw BarChunkError("The chunk's price exponent is impossible.") }
        scale = powerOfTen(Int(exponent))
        let decimals = try reader.positive()
        guard decimals <= 8 || decimals == volumeBitsMarker else {
            throw BarChunkError("The chunk's volume decimals are impossible.")
        }
        volumeUnit = decimals <= 8 ? Double(powerOfTen(Int(decimals))) : nil
    }

    /// `base + steps · 10^e`, refused unless it is a positive price.
    func price(_ base: Int64, plus steps: Int64) throws(BarChunkError) -> Int64 {
        let (difference, overflow) = steps.multipliedReportingOverflow(by: scale)
        let (sum, overflowAgain) = base.addingReportingOverflow(difference)
        guard !overflow, !overflowAgain, sum > 0 else { throw BarChunkError("A price of the chunk is out of range.") }
        return sum
    }

    func volume(_ reader: inout ByteReader) throws(BarChunkError) -> Double {
        guard let volumeUnit else { return Double(bitPattern: try reader.word()) }
        let mantissa = try reader.positive()
        guard mantissa < 1 << 53 else { throw BarChunkError("A volume of the chunk is out of range.") }
        return Double(mantissa) / volumeUnit
    }
}

/// 10^exponent for 0 to 8.
private func powerOfTen(_ exponent: Int) -> Int64 {
    var value: Int64 = 1
    for _ in 0..<exponent { value *= 10 }
    return value
}
