import Base
import Testing
import Trading

@Suite struct BarAggregationTests {
    private func series(_ minutes: [Int64]) -> BarSeries {
        var series = BarSeries(instrument: "BTC", timeframe: .fiveMinutes)
        for (index, minute) in minutes.enumerated() {
            let base = Int64(100 + index)
            series.append(Bar(openTime: minute * 60_000, open: .whole(base), high: .whole(base + 5), low: .whole(base - 5),
                              close: .whole(base + 1), volume: 2))
        }
        return series
    }

    @Test func threeFiveMinuteBarsMakeOneOfFifteen() throws {
        let result = try #require(series([0, 5, 10, 15, 20, 25]).aggregated(to: .fifteenMinutes))
        #expect(result.openTime == [0, 900_000])
        #expect(result[0] == Bar(openTime: 0, open: .whole(100), high: .whole(107), low: .whole(95), close: .whole(103), volume: 6))
    }

    @Test func aHoleMakesNoBar() throws {
        let result = try #require(series([0, 10, 15, 20, 25, 30]).aggregated(to: .fifteenMinutes))
        #expect(result.openTime == [900_000])
    }

    @Test func shorterIsImpossible() {
        #expect(series([0]).aggregated(to: .oneMinute) == nil)
    }
}
