import Base
import Engine
import Foundation
import Gateways
import Marketplace
import Testing
import Trading

/// Decision logs that must not change by accident: the same in debug and release, on every machine. A change that means
/// to alter what the engine decides records them anew and says why.
@Suite struct GoldenRunTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let skill: String
        let from: String
        let to: String
        let dataset: String
        let log: String
        var testDescription: String { skill }
    }

    private static let recorded = [
        Golden(skill: "tidewater/patient-sma-cross", from: "2024-03-01", to: "2024-06-01", dataset: "", log: ""),
        Golden(skill: "okafor-quant/rsi-reversion", from: "2024-02-01", to: "2024-03-01", dataset: "", log: ""),
        Golden(skill: "plain-english/momentum-reader", from: "2024-02-01", to: "2024-03-01", dataset: "", log: ""),
    ]

    @Test(arguments: recorded) func theLogIsTheRecordedOne(_ golden: Golden) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let manifest = try SkillFolder(folder: root.appendingPathComponent("ops/demo/skills/\(golden.skill)").path).manifest()
        let from = try #require(CalendarDate(golden.from)).start
        let to = try #require(CalendarDate(golden.to)).start
        let series = try manifest.universe.map {
            try #require(SyntheticMarket.series(named: $0, timeframe: manifest.timeframe, from: from, to: to))
        }
        let instruments = try manifest.universe.map { try #require(InstrumentCatalogue.instrument(named: $0)) }
        let market = MarketData(
            instruments: instruments, timeframe: manifest.timeframe, from: from, to: to, series: series,
            hash: DatasetHash.of(series: series, from: from, to: to))
        let outcome = try SkillSimulation.run(manifest, over: market, seed: 1, loadSeconds: 0) { _ in true }
        #expect(outcome.report.result.decisions.count > 0)
        #expect(market.hash.hex == golden.dataset)
        #expect(outcome.report.result.decisionLogHash.hex == golden.log)
    }
}
