internal import Base

/// Reads candles from CSV, a piece at a time: ours (`open_time_ms,open,high,low,close,volume` with that header) and
/// Binance klines (12 columns, with or without header, open time in milliseconds or, in newer dumps, microseconds).
///
/// Strict: the first broken line ends the reading with a `CandleError` that names it. Lines end with LF or CRLF; a
/// UTF-8 byte order mark and empty lines at the end are passed over. Never traps, whatever the bytes.
public struct CandleCSV {
    /// Bytes of one line, without its end. A kline has fewer than 200.
    public static let lineBytesMax = 1_024
    /// Bars of one file: nine years of one-minute bars.
    public static let barsMax = 5_000_000
    /// The header of our own files.
    public static let header = "open_time_ms,open,high,low,close,volume"

    private enum Layout { case ours, klines }

    private var series: BarSeries
    private var layout: Layout?
    /// Bytes of a line whose end has not come yet.
    private var pending: [UInt8] = []
    private var line = 0
    /// The first empty line since the last full one. It is allowed only at the end.
    private var emptyLine: Int?

    /// A reader for one file of one instrument. `instrument` is a valid name.
    public init(instrument: String, timeframe: Timeframe) {
        series = BarSeries(instrument: instrument, timeframe: timeframe)
    }

    /// Reads a whole file that is in memory.
    public static func parse(
        _ bytes: [UInt8], instrument: String, timeframe: Timeframe
    ) throws(CandleError) -> BarSeries {
        var reader = CandleCSV(instrument: instrument, timeframe: timeframe)
        // A row of real data has 45 to 70 bytes; the estimate only saves reallocations.
        reader.series.reserve(min(bytes.count / 44, barsMax))
        try reader.consume(bytes)
        return try reader.finish()
    }

    /// Takes the next piece of the file; pieces may end anywhere. After an error the reader is of no further use.
    public mutating func consume(_ bytes: [UInt8]) throws(CandleError) {
        var start = 0
        if !pending.isEmpty {
            let end = bytes.firstIndex(of: newline) ?? bytes.count
            pending.append(contentsOf: bytes[0..<end])
            guard end < bytes.count else { return try refuseLongLine(pending.count) }
            let whole = pending
            pending.removeAll(keepingCapacity: true)
            try readLine(whole, 0..<whole.count)
            start = end + 1
        }
        var position = start
        while position < bytes.count {
            if bytes[position] == newline {
                try readLine(bytes, start..<position)
                start = position + 1
            }
            position += 1
        }
        if start < bytes.count { pending.append(contentsOf: bytes[start...]) }
        try refuseLongLine(pending.count)
    }

    /// The series, after the last piece.
    public mutating func finish() throws(CandleError) -> BarSeries {
        if !pending.isEmpty {
            let whole = pending
            pending = []
            try readLine(whole, 0..<whole.count)
        }
        guard !series.isEmpty else {
            throw CandleError(line: nil, column: nil, problem: line == 0 || layout == nil
                ? "The file is empty; it needs the line \(Self.header) and one line a candle"
                : "The file has a header but no candles")
        }
        return series
    }

    private func refuseLongLine(_ count: Int) throws(CandleError) {
        guard count <= Self.lineBytesMax + 1 else {
            throw CandleError(
                line: line + 1, column: nil,
                problem: "The line has more than \(Self.lineBytesMax) bytes; this is not a candle file")
        }
    }

    private mutating func readLine(_ bytes: [UInt8], _ range: Range<Int>) throws(CandleError) {
        var range = range
        if range.upperBound > range.lowerBound, bytes[range.upperBound - 1] == carriageReturn {
            range = range.lowerBound..<(range.upperBound - 1)
        }
        try refuseLongLine(range.count)
        line += 1
        if line == 1, range.count >= 3, Array(bytes[range.prefix(3)]) == byteOrderMark {
            range = (range.lowerBound + 3)..<range.upperBound
        }
        if range.isEmpty {
            emptyLine = emptyLine ?? line
            return
        }
        if let emptyLine { throw CandleError(line: emptyLine, column: nil, problem: "The line is empty") }
        if layout == nil {
            layout = try detectLayout(bytes, range)
            if bytes[range.lowerBound] < zero || bytes[range.lowerBound] > nine { return }
        }
        guard series.count < Self.barsMax else {
            throw CandleError(
                line: line, column: nil, problem: "The file has more than \(Self.barsMax) candles; split it")
        }
        try readBar(bytes, range)
    }

    private func detectLayout(_ bytes: [UInt8], _ range: Range<Int>) throws(CandleError) -> Layout {
        let first = bytes[range.lowerBound]
        let columns = bytes[range].reduce(1) { $0 + ($1 == comma ? 1 : 0) }
        if first >= zero, first <= nine {
            if columns == 12 { return .klines }
            throw CandleError(line: line, column: nil, problem: columns == 6
                ? "The header is missing; put \(Self.header) before the first candle"
                : "The line has \(columns) columns; Binance klines have 12, our files 6 and a header")
        }
        try refuseOtherText(bytes, range)
        let text = String(decoding: bytes[range], as: UTF8.self)
        if text == Self.header { return .ours }
        if columns == 12, text.hasPrefix("open_time,open,high,low,close,volume,close_time,") { return .klines }
        throw CandleError(
            line: line, column: nil, problem: "The header is not \(Self.header), nor that of Binance klines")
    }

    /// Names bytes that no text in UTF-8 has, for people who picked the wrong file.
    private func refuseOtherText(_ bytes: [UInt8], _ range: Range<Int>) throws(CandleError) {
        guard String(validating: bytes[range], as: UTF8.self) != nil, !bytes[range].contains(0) else {
            throw CandleError(line: line, column: nil, problem: "The line is not UTF-8 text; is this a packed file?")
        }
    }

    private mutating func readBar(_ bytes: [UInt8], _ range: Range<Int>) throws(CandleError) {
        let columnCount = layout == .ours ? 6 : 12
        var fields = FieldCursor(bytes: bytes, position: range.lowerBound, end: range.upperBound)
        do throws(BarRules.Violation) {
            let stamp = try fields.wholeNumber("open_time_ms")
            // A count of milliseconds reaches 10¹⁴ in the year 5138: beyond, it counts microseconds.
            let microseconds = layout == .klines && stamp >= 100_000_000_000_000
            if microseconds, stamp % 1_000 != 0 {
                throw BarRules.Violation("open_time_ms", "\(stamp) is not a whole number of milliseconds")
            }
            let bar = Bar(
                openTime: microseconds ? stamp / 1_000 : stamp, open: try fields.price("open"),
                high: try fields.price("high"), low: try fields.price("low"), close: try fields.price("close"),
                volume: try fields.volume("volume"))
            try BarRules.check(bar, after: series.openTime.last, timeframe: series.timeframe)
            if layout == .klines {
                try checkKlineRest(&fields, bar, microseconds: microseconds)
            }
            guard fields.isAtEnd else { throw BarRules.Violation("", "") }
            series.append(bar)
        } catch {
            throw explain(error, bytes, range, columnCount)
        }
    }

    /// The close time says which timeframe the dump has; the other five columns only have to be numbers.
    private func checkKlineRest(
        _ fields: inout FieldCursor, _ bar: Bar, microseconds: Bool
    ) throws(BarRules.Violation) {
        let close = try fields.wholeNumber("close_time")
        let last = bar.openTime + series.timeframe.milliseconds
        guard close == (microseconds ? last * 1_000 - 1 : last - 1) else {
            throw BarRules.Violation(
                "close_time", "\(close) does not end a \(series.timeframe.rawValue) bar that opened at \(bar.openTime); "
                    + "check the timeframe")
        }
        for column in ["quote_volume", "count", "taker_buy_volume", "taker_buy_quote_volume", "ignore"] {
            _ = try fields.volume(column)
        }
    }

    /// A wrong number of columns or foreign text explains more than the field that tripped over it.
    private func explain(
        _ violation: BarRules.Violation, _ bytes: [UInt8], _ range: Range<Int>, _ columnCount: Int
    ) -> CandleError {
        do throws(CandleError) {
            try refuseOtherText(bytes, range)
        } catch {
            return error
        }
        let columns = bytes[range].reduce(1) { $0 + ($1 == comma ? 1 : 0) }
        if columns != columnCount {
            return CandleError(
                line: line, column: nil, problem: "The line has \(columns) columns in place of \(columnCount)")
        }
        return CandleError(line: line, column: violation.column, problem: violation.problem)
    }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
private let comma = UInt8(ascii: ",")
private let zero = UInt8(ascii: "0")
private let nine = UInt8(ascii: "9")
