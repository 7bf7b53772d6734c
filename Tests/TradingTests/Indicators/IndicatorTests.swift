import Base
import Testing
import Trading

@Suite struct IndicatorTests {
    /// Bars whose open is the close before; high and low one above and below the body unless given.
    static func bars(_ closes: [Double], high: [Double]? = nil, low: [Double]? = nil, volume: [Double]? = nil, name: String = "BTC") -> BarSeries {
        var series = BarSeries(instrument: name, timeframe: .fiveMinutes)
        func price(_ value: Double) -> Price { Price(approximating: value) ?? .zero }
        for (index, close) in closes.enumerated() {
            let open = index > 0 ? closes[index - 1] : close
            series.append(Bar(
                openTime: 1_756_000_200_000 + Int64(index) * 300_000, open: price(open),
                high: price(high?[index] ?? max(open, close) + 1), low: price(low?[index] ?? min(open, close) - 1),
                close: price(close), volume: volume?[index] ?? 1))
        }
        return series
    }

    static func market(_ name: String = "SIM-ALPHA", days: Int64 = 12) -> BarSeries {
        let start = SyntheticMarket.start
        return SyntheticMarket.series(
            named: name, from: start, to: start.advanced(byMilliseconds: days * Instant.millisecondsPerDay), seed: 7)
            ?? BarSeries(instrument: name, timeframe: .fiveMinutes)
    }

    /// Equal to 10⁻⁹, with nil for NaN.
    func expect(_ values: [Double], _ wanted: [Double?], _ name: String) {
        #expect(values.count == wanted.count, "\(name)")
        for (index, pair) in zip(values, wanted).enumerated() {
            if let number = pair.1 {
                #expect((pair.0 - number).magnitude <= 1e-9, "\(name)[\(index)]: \(pair.0) in place of \(number)")
            } else {
                #expect(pair.0.isNaN, "\(name)[\(index)]: \(pair.0) during warm-up")
            }
        }
    }

    @Test func meansOfAFewNumbers() throws {
        let bars = Self.bars([10, 20, 30, 20, 40])
        expect(try Indicator.series(.sma, parameters: [3], bars: bars), [nil, nil, 20, 70.0 / 3, 30], "sma")
        expect(try Indicator.series(.wma, parameters: [3], bars: bars), [nil, nil, 140.0 / 6, 140.0 / 6, 190.0 / 6], "wma")
        // Weight 2/(3 + 1): half of each new close.
        expect(try Indicator.series(.ema, parameters: [3], bars: bars), [nil, nil, 20, 20, 30], "ema")
        expect(try Indicator.series(.sma, parameters: [1], bars: bars), [10, 20, 30, 20, 40], "sma(1)")
        expect(try Indicator.series(.sma, parameters: [6], bars: bars), [nil, nil, nil, nil, nil], "sma(6)")
    }

    @Test func extremesIncludeTheBarItself() throws {
        let bars = Self.bars([5, 5, 5, 5], high: [7, 9, 6, 8], low: [4, 3, 2, 5])
        expect(try Indicator.series(.highest, parameters: [2], bars: bars), [nil, 9, 9, 8], "highest")
        expect(try Indicator.series(.lowest, parameters: [2], bars: bars), [nil, 3, 2, 2], "lowest")
        let channel = try Indicator.lines(.donchian, parameters: [2], bars: bars)
        #expect(channel.map(\.name) == ["middle", "upper", "lower"])
        expect(channel[0].values, [nil, 6, 5.5, 5], "middle")
    }

    @Test func wildersFigures() throws {
        // Changes +2, −1, +3: means of the first two 1 and 0.5; then (1 + 3)/2 and (0.5 + 0)/2.
        let bars = Self.bars([10, 12, 11, 14])
        expect(try Indicator.series(.rsi, parameters: [2], bars: bars), [nil, nil, 100.0 / 1.5, 200.0 / 2.25], "rsi")
        expect(try Indicator.series(.rsi, parameters: [2], bars: Self.bars([3, 3, 3, 3])), [nil, nil, 50, 50], "rsi at rest")
        // True ranges 4, 3, 5: the bodies and one above and below.
        expect(try Indicator.series(.atr, parameters: [2], bars: bars), [nil, nil, 3.5, 4.25], "atr")
    }

    @Test func aTrendHasDirection() throws {
        let lines = try Indicator.lines(.adx, parameters: [3], bars: Self.bars((0..<12).map { 100 + Double($0) }))
        expect(lines[0].values, [nil, nil, nil, nil, nil] + [Double?](repeating: 100, count: 7), "adx")
        #expect(lines[1].values[3] > 0 && lines[1].values[2].isNaN && lines[2].values[11] == 0)
    }

    @Test func bandsAroundTheMean() throws {
        let lines = try Indicator.lines(.bollinger, parameters: [2, 3], bars: Self.bars([1, 3, 7]))
        expect(lines[0].values, [nil, 2, 5], "middle")
        expect(lines[1].values, [nil, 5, 11], "upper")
        expect(lines[2].values, [nil, -1, -1], "lower")
        expect(try Indicator.series(.zscore, parameters: [2], bars: Self.bars([1, 3, 7, 7])), [nil, 1, 1, nil], "zscore")
        // EMA(2) of 10, 12, 11, 14 is -, 11, 11, 13; ATR(2) is -, -, 3.5, 4.25.
        let keltner = try Indicator.lines(.keltner, parameters: [2, 2, 2], bars: Self.bars([10, 12, 11, 14]))
        expect(keltner[0].values, [nil, nil, 11, 13], "keltner")
        expect(keltner[1].values, [nil, nil, 18, 21.5], "keltner upper")
    }

    @Test func convergenceOfASteadyRise() throws {
        // Each mean of a line with slope 1 lags by (n − 1)/2, so they are (slow − fast)/2 apart.
        let lines = try Indicator.lines(.macd, parameters: [3, 5, 2], bars: Self.bars((0..<9).map { 50 + Double($0) }))
        expect(lines[0].values, [nil, nil, nil, nil, nil, 1, 1, 1, 1], "macd")
        expect(lines[2].values, [nil, nil, nil, nil, nil, 0, 0, 0, 0], "histogram")
    }

    @Test func stochasticOfTheRange() throws {
        let bars = Self.bars([5, 6, 8, 5], high: [8, 8, 9, 9], low: [4, 4, 5, 5])
        // Raw: 6 of 4…8 is 50, 8 of 4…9 is 80, 5 of 5…9 is 0.
        let lines = try Indicator.lines(.stochastic, parameters: [2, 2, 1], bars: bars)
        expect(lines[0].values, [nil, nil, 65, 40], "k")
        expect(lines[1].values, [nil, nil, 65, 40], "d")
        let still = Self.bars([5, 5, 5], high: [5, 5, 5], low: [5, 5, 5])
        expect(try Indicator.series(.stochastic, parameters: [2, 1, 1], bars: still), [nil, 50, 50], "at rest")
    }

    @Test func volumesCount() throws {
        let bars = Self.bars([10, 20, 20, 10], high: [10, 20, 20, 20], low: [10, 20, 20, 0], volume: [1, 3, 5, 7])
        expect(try Indicator.series(.vwap, parameters: [2], bars: bars), [nil, 17.5, 20, 170.0 / 12], "vwap")
        expect(try Indicator.series(.obv, bars: bars), [1, 4, 4, -3], "obv")
        let idle = Self.bars([10, 20], volume: [0, 0])
        expect(try Indicator.series(.vwap, parameters: [2], bars: idle), [nil, nil], "vwap without volume")
    }

    @Test func volatilityIsAnnual() throws {
        // Returns +10 % and −10 %: sample deviation √0.02.
        let values = try Indicator.series(.volatility, parameters: [2], bars: Self.bars([100, 110, 99]))
        expect(values, [nil, nil, 0.02.squareRoot() * (365.0 * 288).squareRoot()], "volatility")
    }

    @Test func correlationMatchesByTime() throws {
        let one = Self.bars([10, 11, 10, 12, 11, 13])
        let double = Self.bars([20, 22, 20, 24, 22, 26], name: "ETH")
        expect(try Indicator.series(.correlation, parameters: [2], bars: one, other: double), [nil, nil, 1, 1, 1, 1], "same")
        // Without the bar at index 3 there is no return at 3 and 4, so no window that touches them.
        var holed = BarSeries(instrument: "ETH", timeframe: .fiveMinutes)
        for index in 0..<6 where index != 3 { holed.append(double[index]) }
        expect(try Indicator.series(.correlation, parameters: [2], bars: one, other: holed), [nil, nil, 1, nil, nil, nil], "holed")
        #expect(throws: IndicatorError.otherMissing(.correlation)) { try Indicator.series(.correlation, bars: one) }
    }

    /// The truncation test: what follows a bar must not change its figure by one bit.
    @Test(arguments: IndicatorKind.allCases)
    func noIndicatorSeesTheFuture(kind: IndicatorKind) throws {
        let whole = Self.market()
        let other = Self.market("SIM-EMBER")
        let lines = try Indicator.lines(kind, bars: whole, other: other)
        #expect(lines.map(\.name) == kind.lines)
        #expect(lines[0].values.contains { !$0.isNaN })
        for cut in [0, 1, 2, 19, 20, 21, 40, 777, 1_999, whole.count - 1] {
            let end = Instant(milliseconds: whole.openTime[cut])
            let short = whole.clipped(from: SyntheticMarket.start, to: end)
            let shortOther = other.clipped(from: SyntheticMarket.start, to: end)
            for (line, full) in zip(try Indicator.lines(kind, bars: short, other: shortOther), lines) {
                #expect(line.values.count == cut)
                #expect(zip(line.values, full.values).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) },
                        "\(kind) \(line.name) cut at \(cut)")
            }
        }
    }

    @Test(arguments: IndicatorKind.allCases)
    func shortSeriesAndEveryPeriodAreSafe(kind: IndicatorKind) throws {
        for count in [0, 1, 2, 3, 7] {
            let bars = Self.market().clipped(
                from: SyntheticMarket.start, to: SyntheticMarket.start.advanced(byMilliseconds: Int64(count) * 300_000))
            for period in [1, 2, 3, 7, 8, 10_000] as [Double] {
                let numbers = kind.parameters.map { $0.isWhole ? max(period, $0.range.lowerBound) : $0.standard }
                for line in try Indicator.lines(kind, parameters: numbers, bars: bars, other: bars) {
                    #expect(line.values.count == count)
                }
            }
        }
    }

    /// A sum that only adds and subtracts drifts; after a large price has passed it is off for ever.
    @Test func nothingRemainsOfWhatLeftTheWindow() throws {
        var closes = [Double](repeating: 90_000_000_000, count: 50)
        closes += (0..<100).map { 0.00012 + Double($0 % 7) * 0.00000001 }
        let bars = Self.bars(closes, high: closes, low: closes)
        for kind in [IndicatorKind.sma, .wma, .bollinger, .zscore, .vwap] {
            let whole = try Indicator.series(kind, parameters: [14], bars: bars)
            let clean = try Indicator.series(
                kind, parameters: [14], bars: bars.clipped(from: Instant(milliseconds: bars.openTime[50]), to: .init(milliseconds: .max)))
            // A score may be nothing, the other figures are some 10⁻⁴.
            let tolerance = kind == .zscore ? 1e-9 : 1e-16
            for index in 13..<100 { #expect((whole[index + 50] - clean[index]).magnitude < tolerance, "\(kind) \(index)") }
        }
    }

    @Test func badRequestsAreSentences() {
        func message(_ kind: IndicatorKind, _ parameters: [Double], line: String? = nil) -> String? {
            do throws(IndicatorError) {
                _ = try Indicator.series(kind, line: line, parameters: parameters, bars: Self.bars([1]))
                return nil
            } catch {
                return error.description
            }
        }
        #expect(message(.sma, [0]) == "sma: n has to be a whole number from 1 to 10000.")
        #expect(message(.sma, [.nan]) == message(.sma, [0]) && message(.sma, [2.5]) == message(.sma, [0]))
        #expect(message(.bollinger, [20, -1]) == "bollinger: k has to be a number from 0.01 to 100.")
        #expect(message(.obv, [1]) == "obv takes no numbers.")
        #expect(message(.macd, [1, 2, 3, 4]) == "macd takes at most 3 numbers: fast, slow, signal.")
        #expect(message(.macd, [], line: "slow") == "macd has no line slow; it has macd, signal, histogram.")
    }
}
