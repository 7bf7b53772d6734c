internal import Base
@testable internal import HTTP
@testable internal import Site
internal import Testing

@Suite struct ChartTests {
    private func series(_ values: [Double], step: Int64 = 3_600_000, from start: Int64 = 1_755_648_000_000) -> EquitySeries {
        EquitySeries(points: values.enumerated().map { index, value in
            .init(time: Instant(milliseconds: start.addingReportingOverflow(Int64(index) &* step).partialValue), equity: value)
        })
    }

    private func draw(_ series: EquitySeries) -> String {
        EquityChart.figure(series, title: "Title", id: "c", source: "/runs/1/equity.json").markup
    }

    @Test func emptySeriesSayWhatWillAppear() {
        #expect(draw(series([])).contains("chart--empty"))
        #expect(draw(series([.nan, .infinity])).contains("chart--empty"))
        #expect(draw(series([0, -5])).contains("chart--empty"))
    }

    @Test func aSinglePointIsDrawn() {
        let html = draw(series([10_000]))
        #expect(html.contains("<path class=\"chart__line\" d=\"M0,") && !html.contains("NaN") && !html.contains("inf"))
    }

    @Test func pointsThatAreNotNumbersAreSkipped() {
        let clean = series([10_000, 10_100, 10_050]).changes
        let holed = EquitySeries(points: series([10_000, .nan, 10_100, .infinity, 10_050]).points).changes
        #expect(clean.map(\.change) == holed.map(\.change))
    }

    @Test func extremeValuesAndTimesNeverTrap() {
        let values: [Double] = [1e-300, 1e300, 5, -1e300, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0]
        for start in [Int64.min, -1, 0, 1_755_648_000_000, Int64.max - 10] {
            for step in [Int64(0), 1, 3_600_000, Int64.max / 4] {
                let html = draw(series(values, step: step, from: start))
                #expect(!html.contains("NaN") && !html.contains("inf"))
            }
        }
        let tiny = Double.leastNonzeroMagnitude
        for pair in [[-1e308, 0], [0, tiny], [-1e308, 1e308], [0, 0], [tiny, 1e308]] {
            let axis = ValueAxis(covering: pair + [.nan])
            #expect(axis.ticks.count <= 12 && axis.ticks == axis.ticks.sorted() && axis.lower.isFinite && axis.upper.isFinite)
        }
    }

    @Test func ticksAreRoundAndFew() {
        let axis = ValueAxis(covering: [-0.013, 0.071])
        #expect(axis.ticks.count >= 3 && axis.ticks.count <= 7)
        #expect(axis.step == 0.05 || axis.step == 0.02 || (axis.step - 0.05).magnitude < 1e-12)
        for days in [Int64(1), 2, 7, 30, 83, 365, 3_000, 40_000] {
            let ticks = TimeAxis(start: 1_755_648_000_000, end: 1_755_648_000_000 + days * 86_400_000).ticks
            #expect((2...9).contains(ticks.count), "\(days) days: \(ticks.map(\.label))")
        }
    }

    @Test func theSameSeriesGivesTheSameBytesAndTheCurveStaysSmall() {
        let long = series(Samples.walk(5, 200_000))
        let html = draw(long)
        #expect(html == draw(long))
        #expect(html.utf8.count < 60_000)
    }

    @Test func thinningKeepsEndsAndExtremes() {
        var values = [Double](repeating: 1, count: 10_000)
        values[4_321] = 9
        values[8_765] = -9
        let kept = Picture.thinned(values, buckets: 100)
        #expect(kept.first == 0 && kept.last == 9_999 && kept.contains(4_321) && kept.contains(8_765))
        #expect(kept == kept.sorted() && kept.count <= 202)
    }

    @Test func titlesAreEscaped() {
        let html = EquityChart.figure(series([1, 2]), title: "<script>", id: "c", source: "\"><script>").markup
        #expect(!html.contains("<script>"))
    }

    @Test func candlesThatAreNotNumbersAreLeftOut() {
        let time = Instant(milliseconds: 0)
        let bad = CandleSeries(instrument: "<X>", timeframe: "5m", candles: [
            .init(time: time, open: .nan, high: 1, low: 0, close: 1), .init(time: time, open: 1, high: 0, low: 2, close: 1),
        ], marks: [.init(time: time, price: .nan, kind: .long)])
        #expect(CandleChart.figure(bad, title: "T", id: "k", source: nil).markup.contains("no candles for &lt;X&gt;"))
        #expect(Samples.candles.grouped(atMost: 10).count <= 10)
        #expect(Samples.candles.grouped(atMost: 10).map(\.high).max() == Samples.candles.candles.map(\.high).max())
    }

    @Test func monthsAreHeatedBySize() {
        #expect(MonthlyTable.heat(0.005) == "heat--gain-1" && MonthlyTable.heat(-0.2) == "heat--loss-4")
        #expect(MonthlyTable.heat(0) == "heat--none" && MonthlyTable.heat(.nan) == "heat--none")
    }

    @Test func sparklinesSurviveAnything() {
        for values in [[], [1], [.nan], [1, 1], [-1e308, 1e308], [0, .infinity, 1]] as [[Double]] {
            let html = Sparkline.html(values, label: "\"<x>").markup
            #expect(!html.contains("<x>") && !html.contains("NaN"))
        }
    }
}
