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
        Golden(
            skill: "tidewater/patient-sma-cross", from: "2024-03-01", to: "2024-06-01",
            dataset: "bcba6d20bc660e13b48a72b30e288e648c12cd249d6c9827d1227345a403c161",
            log: "e6e946f01f3343352acb01137b5e3e1a7fbc4f8e5a8a857802d64e9577e16fe1"),
        Golden(
            skill: "okafor-quant/rsi-reversion", from: "2024-02-01", to: "2024-03-01",
            dataset: "f2f75acc59c8d01e4f3bf69d786d950c38327780dbf81f9fc3896033f2fe9ec0",
            log: "d0b6c5e4d17f4655dbf0ffba28f008490122b18b6c60f8db81036d2755136135"),
        Golden(
            skill: "plain-english/momentum-reader", from: "2024-02-01", to: "2024-03-01",
            dataset: "ae18de5b2e401caa112618293d3358cf9022db0c29eec6b19a0c9810a034ee6a",
            log: "7322ee193ba3c6d177440ca71599f88c7af7991cf0a8d00b8965755b31054149"),
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
