import Base
import Testing
import Trading

@Suite struct CandleCSVTests {
    static let header = CandleCSV.header + "\n"
    static let first = "1755616200000,113782.3,113831.64,113633.69,113652.0,181.00846\n"
    static let second = "1755616500000,113652.0,113869.73,113640.01,113790.01,110.43836\n"

    func parse(_ text: String, _ timeframe: Timeframe = .fiveMinutes) throws(CandleError) -> BarSeries {
        try CandleCSV.parse(Array(text.utf8), instrument: "BTC", timeframe: timeframe)
    }

    @Test func readsOurFiles() throws {
        let series = try parse(Self.header + Self.first + Self.second)
        #expect(series.count == 2)
        #expect(series[0] == Bar(
            openTime: 1_755_616_200_000, open: Price(raw: 11_378_230_000_000), high: Price(raw: 11_383_164_000_000),
            low: Price(raw: 11_363_369_000_000), close: Price(raw: 11_365_200_000_000), volume: 181.00846))
        #expect(series[1].volume == 110.43836)
    }

    @Test func lineEndsMarksAndEmptyLinesAtTheEndAreTolerated() throws {
        let plain = try parse(Self.header + Self.first + Self.second)
        let crlf = (Self.header + Self.first + Self.second).split(separator: "\n").joined(separator: "\r\n")
        #expect(try parse(crlf) == plain)
        #expect(try parse("\u{feff}" + crlf + "\r\n\r\n\n") == plain)
        #expect(try parse(String((Self.header + Self.first + Self.second).dropLast())) == plain)
    }

    @Test func anyPiecesGiveTheSameSeries() throws {
        let bytes = Array((Self.header + Self.first + Self.second).utf8)
        let whole = try CandleCSV.parse(bytes, instrument: "BTC", timeframe: .fiveMinutes)
        for size in 1...bytes.count {
            var reader = CandleCSV(instrument: "BTC", timeframe: .fiveMinutes)
            for start in stride(from: 0, to: bytes.count, by: size) {
                try reader.consume(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(try reader.finish() == whole, "pieces of \(size)")
        }
    }

    @Test func readsBinanceKlines() throws {
        let milliseconds = """
            1755616200000,113782.30000000,113831.64000000,113633.69000000,113652.00000000,181.00846000,1755616499999,20583123.1,4242,90.1,10240000.5,0
            1755616500000,113652.00000000,113869.73000000,113640.01000000,113790.01000000,110.43836000,1755616799999,12560000.1,3131,60.1,6840000.5,0
            """
        let ours = try parse(Self.header + Self.first + Self.second)
        #expect(try parse(milliseconds) == ours)
        let named = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"
        #expect(try parse(named + milliseconds) == ours)
        let microseconds = milliseconds.replacing("1755616200000,", with: "1755616200000000,")
            .replacing("1755616500000,", with: "1755616500000000,").replacing("499999,", with: "499999999,")
            .replacing("799999,", with: "799999999,")
        #expect(try parse(microseconds) == ours)
    }

    /// Columns: what stands in the file after the header, and the error in full.
    @Test(arguments: [
        ("1755616200000,1,2,1,1.5", "Line 2: The line has 5 columns in place of 6."),
        ("1755616200000,1,2,1,1.5,3,", "Line 2: The line has 7 columns in place of 6."),
        ("1755616200000,1,2,1,1.5,", "Line 2, volume: the field is empty."),
        ("1755616200000,NaN,2,1,1.5,3", "Line 2, open: NaN is not a finite number."),
        ("1755616200000,1,inf,1,1.5,3", "Line 2, high: inf is not a finite number."),
        ("1755616200000,-1,2,1,1.5,3", "Line 2, open: -1 is negative."),
        ("1755616200000,1,2,0.000,1.5,3", "Line 2, low: the price is zero; it has to be above zero."),
        ("1755616200000,1,2,1,1.5,-3", "Line 2, volume: -3 is negative."),
        ("1755616200000,1,2,1,1.5,-0", "Line 2, volume: -0 is negative."),
        ("1755616200000,1,1.4,1,1.5,3", "Line 2, high: 1.4 is below the close 1.5."),
        ("1755616200000,1,2,1.2,1.5,3", "Line 2, low: 1.2 is above the open 1."),
        ("1755616200000,1,2,3,1.5,3", "Line 2, high: 2 is below the low 3."),
        ("1755616200000,1.123456789,2,1,1.5,3", "Line 2, open: 1.123456789 has more than 8 decimals."),
        ("1755616200000,99999999999999999999999,2,1,1.5,3", "Line 2, open: 99999999999999999999999 has too many digits."),
        ("1755616200000,92233720369,2,1,1.5,3", "Line 2, open: 92233720369 is too large."),
        ("1755616200000,1e3,2,1,1.5,3", "Line 2, open: 1e3 is not a plain decimal; write it without an exponent."),
        ("1755616200000,\"1\",2,1,1.5,3", "Line 2, open: \"1\" is quoted; write numbers without quotes."),
        ("1755616200000,1.2.3,2,1,1.5,3", "Line 2, open: 1.2.3 is not a number."),
        ("1755616200000, 1,2,1,1.5,3", "Line 2, open:  1 is not a number."),
        ("1755616200,1,2,1,1.5,3",
         "Line 2, open_time_ms: 1755616200 is not a time in milliseconds between 2000 and 2100; it looks like seconds."),
        ("1755616200001,1,2,1,1.5,3", "Line 2, open_time_ms: 1755616200001 (2025-08-19T15:10:00.001Z) is not the start of a 5m bar; check the timeframe."),
        ("1755616260000,1,2,1,1.5,3",
         "Line 2, open_time_ms: 1755616260000 (2025-08-19T15:11:00Z) is not the start of a 5m bar; check the timeframe."),
        ("1755616500000,1,2,1,1.5,3\n1755616200000,1,2,1,1.5,3",
         "Line 3, open_time_ms: 1755616200000 is earlier than the bar before (1755616500000); sort by time."),
        ("1755616500000,1,2,1,1.5,3\n1755616500000,1,2,1,1.5,3",
         "Line 3, open_time_ms: 1755616500000 repeats the time of the bar before."),
        ("1755616500000,1,2,1,1.5,3\n\n1755616800000,1,2,1,1.5,3", "Line 3: The line is empty."),
        ("", "The file has a header but no candles."),
    ])
    func brokenLinesAreNamed(_ text: String, _ message: String) {
        let error = #expect(throws: CandleError.self) { try parse(Self.header + text) }
        #expect(error?.description == message)
    }

    @Test func wrongFilesAreNamed() {
        func message(_ bytes: [UInt8]) -> String? {
            do throws(CandleError) {
                _ = try CandleCSV.parse(bytes, instrument: "BTC", timeframe: .fiveMinutes)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(message([]) == "The file is empty; it needs the line \(CandleCSV.header) and one line a candle.")
        #expect(message(Array(Self.first.utf8))
            == "Line 1: The header is missing; put \(CandleCSV.header) before the first candle.")
        #expect(message(Array("time,o,h,l,c,v\n".utf8))
            == "Line 1: The header is not \(CandleCSV.header), nor that of Binance klines.")
        #expect(message([0x50, 0x4b, 0x03, 0x04, 0, 0, 0xff]) == "Line 1: The line is not UTF-8 text; is this a packed file?")
        #expect(message(Array(Self.header.utf8) + [0xff, 0xfe, 0x2c]) == "Line 2: The line is not UTF-8 text; is this a packed file?")
        #expect(message([UInt8](repeating: UInt8(ascii: "a"), count: 5_000))
            == "Line 1: The line has more than 1024 bytes; this is not a candle file.")
        let minute = "1755616200000,1,2,1,1.5,3,1755616259999,1,1,1,1,0"
        #expect(message(Array(minute.utf8)) == "Line 1, close_time: 1755616259999 does not end a 5m bar that opened at "
            + "1755616200000; check the timeframe.")
    }

    @Test func randomBytesNeverTrap() {
        let seed: UInt64 = 20_250_819
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let alphabet = Array("0123456789.,\n\r-eE+\"NaNinf \u{feff}".utf8)
        for round in 0..<4_000 {
            var bytes = round % 2 == 0 ? Array((Self.header + Self.first + Self.second).utf8) : []
            if bytes.isEmpty {
                for _ in 0..<Int(random.next() % 200) { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
            }
            for _ in 0..<Int(random.next() % 12) {
                let letter = alphabet[Int(random.next() % UInt64(alphabet.count))]
                let place = Int(random.next() % UInt64(bytes.count + 1))
                if random.next() % 3 == 0 || place == bytes.count { bytes.insert(letter, at: place) } else { bytes[place] = letter }
            }
            if let series = try? CandleCSV.parse(bytes, instrument: "BTC", timeframe: .fiveMinutes) {
                for index in 0..<series.count {
                    let before = index > 0 ? series.openTime[index - 1] : nil
                    #expect(throws: Never.self) { try BarRules.check(series[index], after: before, timeframe: .fiveMinutes) }
                }
            }
        }
    }

    @Test func volumesAreTheNearestDoubles() throws {
        for text in ["0.1", "123456789.12345678", "0.00000000000000000001", "98765432109876543210.5", "1234567.000000"] {
            let series = try parse(Self.header + "1755616200000,1,2,1,1.5,\(text)\n")
            #expect(series.volume[0] == Double(text))
        }
    }
}
