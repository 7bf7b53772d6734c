import Base
import Testing
import Trading

@Suite struct GapTests {
    /// Five-minute bars that open at these slots of 2025-09-20.
    func series(_ slots: [Int64], _ name: String = "BTC") -> BarSeries {
        var series = BarSeries(instrument: name, timeframe: .fiveMinutes)
        let day = Instant("2025-09-20T00:00:00Z")?.milliseconds ?? 0
        for slot in slots {
            series.append(Bar(
                openTime: day + slot * 300_000, open: .whole(10), high: .whole(11), low: .whole(9), close: .whole(10), volume: 1))
        }
        return series
    }

    func time(_ text: String) throws -> Instant { try #require(Instant(text)) }

    @Test func aGapBetweenBarsIsASentence() {
        let gaps = Gap.find(in: series([29, 30, 255, 256, 258]))
        #expect(gaps.map(\.missingBars) == [224, 1])
        #expect(gaps.first?.sentence
            == "BTC has no candles from 2025-09-20T02:35Z to 2025-09-20T21:15Z (18 h 40 min, 224 bars).")
        #expect(gaps.last?.sentence == "BTC has no candles from 2025-09-20T21:25Z to 2025-09-20T21:30Z (5 min, 1 bar).")
        #expect(Gap.find(in: series([])).isEmpty)
        #expect(Gap.find(in: series([4, 5, 6])).isEmpty)
    }

    @Test func aSpanAlsoMissesItsStartAndItsEnd() throws {
        let bars = series([1, 2, 4])
        let from = try time("2025-09-20T00:00:00Z"), to = try time("2025-09-21T00:00:00Z")
        let gaps = Gap.find(in: bars, from: from, to: to)
        #expect(gaps.map(\.missingBars) == [1, 1, 288 - 5])
        #expect(gaps.first?.afterClose == from)
        #expect(gaps.last?.beforeOpen == to)
        #expect(Gap.find(in: bars, from: try time("2025-09-20T00:05:00Z"), to: try time("2025-09-20T00:15:00Z")).isEmpty)
        #expect(Gap.find(in: series([]), from: from, to: to).map(\.missingBars) == [288])
        #expect(Gap.find(in: series([]), from: from, to: try time("2025-09-22T00:00:00Z")).first?.sentence
            == "BTC has no candles from 2025-09-20T00:00Z to 2025-09-22T00:00Z (2 d, 576 bars).")
        #expect(Gap.find(in: bars, from: to, to: from).isEmpty)
        // Bounds off the grid count the bars that open between them.
        #expect(Gap.find(in: bars, from: try time("2025-09-20T00:00:01Z"), to: try time("2025-09-20T00:15:01Z"))
            .map(\.missingBars) == [1])
        #expect(Gap.find(in: bars, from: Instant(milliseconds: .min), to: Instant(milliseconds: .max)).isEmpty)
    }
}
