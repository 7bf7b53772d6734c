import Base
import Testing
import Trading

@Suite struct SyntheticMarketTests {
    static let year = (from: SyntheticMarket.start, to: SyntheticMarket.start.advanced(byMilliseconds: 365 * Instant.millisecondsPerDay))
    static let market: [BarSeries] = SyntheticMarket.names.compactMap {
        SyntheticMarket.series(named: $0, from: year.from, to: year.to)
    }

    @Test func everyBarIsValidAndOnItsTick() throws {
        #expect(SyntheticMarket.names.count >= 6 && Self.market.count == SyntheticMarket.names.count)
        for series in Self.market {
            let instrument = try #require(InstrumentCatalogue.instrument(named: series.instrument))
            #expect(instrument.isSynthetic && series.count == 365 * 288)
            #expect(Gap.find(in: series, from: Self.year.from, to: Self.year.to).isEmpty)
            var valid = true
            var last: Int64?
            for index in 0..<series.count {
                let bar = series[index]
                do { try BarRules.check(bar, after: last, timeframe: .fiveMinutes) } catch { valid = false }
                for price in [bar.open, bar.high, bar.low, bar.close] where price.raw % instrument.tickSize.raw != 0 { valid = false }
                if bar.volume <= 0 || index > 0 && bar.open != series.close[index - 1] { valid = false }
                last = bar.openTime
            }
            #expect(valid, "\(series.instrument)")
        }
    }

    /// Bit for bit the same on every machine: a change of one figure is a change of every demo run's hash.
    @Test func theSeedDecidesEveryBit() {
        #expect(DatasetHash.of(series: Self.market, from: Self.year.from, to: Self.year.to).hex
            == "10ae7971970d3dea4b283b154dbc56d31bfacf8903f6463ef7f66de694b4b929")
        let day = SyntheticMarket.start.advanced(byMilliseconds: Instant.millisecondsPerDay)
        let one = SyntheticMarket.series(named: "SIM-ALPHA", from: SyntheticMarket.start, to: day, seed: 1)
        #expect(one != SyntheticMarket.series(named: "SIM-ALPHA", from: SyntheticMarket.start, to: day, seed: 2))
    }

    @Test func spansAgreeWhereTheyOverlap() throws {
        let from = Self.year.from.advanced(byMilliseconds: 40 * Instant.millisecondsPerDay)
        let to = from.advanced(byMilliseconds: 3 * Instant.millisecondsPerDay)
        for whole in Self.market {
            #expect(SyntheticMarket.series(named: whole.instrument, from: from, to: to) == whole.clipped(from: from, to: to))
        }
        let hours = try #require(SyntheticMarket.series(named: "SIM-CARGO", timeframe: .oneHour, from: from, to: to))
        let cargo = Self.market[2].clipped(from: from, to: to)
        #expect(hours.count == 72 && hours.open[5] == cargo.open[60] && hours.close[5] == cargo.close[71])
        #expect(hours.high[5] == cargo.high[60..<72].max() && hours.low[5] == cargo.low[60..<72].min())
    }

    @Test func oddRequestsGetNothing() {
        let early = Instant(milliseconds: 0)
        #expect(SyntheticMarket.series(named: "BTC", from: early, to: Self.year.to) == nil)
        #expect(SyntheticMarket.series(named: "SIM-ALPHA", timeframe: .oneMinute, from: early, to: Self.year.to) == nil)
        #expect(SyntheticMarket.series(named: "SIM-ALPHA", from: early, to: SyntheticMarket.start)?.isEmpty == true)
        #expect(SyntheticMarket.series(named: "SIM-ALPHA", from: Self.year.to, to: Self.year.from)?.isEmpty == true)
    }

    /// Clusters: the size of a move says something about the size of the next. Tails: fatter than a normal
    /// distribution's. Neither shows in independent normal moves.
    @Test func movesClusterAndHaveFatTails() throws {
        for series in Self.market {
            let closes = series.close.map(\.double)
            let moves = zip(closes, closes.dropFirst()).map { $1 / $0 - 1 }
            let kurtosis = try #require(ReturnStatistics(returns: moves).kurtosis)
            #expect(kurtosis > 4, "\(series.instrument): kurtosis \(kurtosis)")
            let sizes = moves.map(\.magnitude)
            let mean = sizes.reduce(0, +) / Double(sizes.count)
            let variance = sizes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let later = zip(sizes, sizes.dropFirst(6)).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
            #expect(later / variance > 0.05, "\(series.instrument): autocorrelation \(later / variance)")
        }
    }

    @Test func emberFollowsAlpha() throws {
        let values = try Indicator.series(.correlation, parameters: [2_000], bars: Self.market[4], other: Self.market[0])
        #expect((values.last ?? 0) > 0.5)
    }

    /// Simple rules, always in the market after the first signal, at taker fee and a basis point of slippage a side.
    @Test func simpleStrategiesDifferAndMostLose() throws {
        var outcomes: [Double] = []
        for series in Self.market {
            let closes = series.close.map(\.double)
            let fast = try Indicator.series(.ema, parameters: [96], bars: series)
            let slow = try Indicator.series(.ema, parameters: [384], bars: series)
            let strength = try Indicator.series(.rsi, parameters: [14], bars: series)
            let upper = try Indicator.series(.highest, parameters: [288], bars: series)
            let lower = try Indicator.series(.lowest, parameters: [288], bars: series)
            var results: [Double] = []
            for strategy in 0..<3 {
                var equity = 1.0, position = 0.0
                for index in 385..<(closes.count - 1) {
                    var wanted = position
                    switch strategy {
                    case 0: wanted = fast[index] > slow[index] ? 1 : -1
                    case 1: if strength[index] < 25 { wanted = 1 } else if strength[index] > 75 { wanted = -1 }
                    default:
                        if closes[index] >= upper[index - 1] { wanted = 1 } else if closes[index] <= lower[index - 1] { wanted = -1 }
                    }
                    equity *= 1 - (wanted - position).magnitude * 0.00055
                    position = wanted
                    equity *= 1 + position * (closes[index + 1] / closes[index] - 1)
                }
                results.append(equity - 1)
            }
            print(series.instrument, closes.last.map { $0 / closes[0] - 1 } ?? 0, "trend, reversion, breakout:", results)
            outcomes += results
        }
        let losers = outcomes.count { $0 < 0 }
        #expect(losers * 3 >= outcomes.count * 2 && losers < outcomes.count, "\(losers) of \(outcomes.count) lose")
        #expect((outcomes.max() ?? 0) < 3)
    }
}
