import Base
import Engine
import Foundation
import Marketplace
import Postgres
import Storage
import TestSupport
import Testing
import Trading

/// Files and the platform's store are the same market.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct MarketTests {
    @Test(arguments: [Timeframe.fiveMinutes, .oneHour])
    func folderAndPlatformGiveTheSameHashes(_ timeframe: Timeframe) throws {
        let fixture = try EngineFixture()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("candles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let universe = ["SIM-ALPHA", "SIM-BRAVO"]
        for name in universe {
            let series = try #require(SyntheticMarket.series(
                named: name, timeframe: timeframe, from: EngineFixture.from, to: EngineFixture.to))
            var text = "open_time_ms,open,high,low,close,volume\n"
            for index in 0..<series.count {
                let bar = series[index]
                text += "\(bar.openTime),\(bar.open),\(bar.high),\(bar.low),\(bar.close),\(bar.volume)\n"
            }
            try Data(text.utf8).write(to: folder.appendingPathComponent("\(name)-\(timeframe.rawValue).csv"))
        }
        let from = try #require(Instant("2024-01-03T00:00:00Z"))
        let to = try #require(Instant("2024-01-20T00:00:00Z"))
        let files = try FolderMarket.load(folder: folder.path, universe: universe, timeframe: timeframe, from: from, to: to)
        let stored = try fixture.database.connect(.engine).transaction(.platform, .readOnly) { tx in
            try PlatformMarket.load(universe: universe, timeframe: timeframe, from: from, to: to, in: tx)
        }
        #expect(files.hash == stored.hash)
        let manifest = try Authoring.manifest(of: EngineFixture.files(timeframe: timeframe.rawValue))
        let first = try SkillSimulation.run(manifest, over: files, seed: 1, loadSeconds: 0) { _ in true }
        let second = try SkillSimulation.run(manifest, over: stored, seed: 1, loadSeconds: 0) { _ in true }
        #expect(first.report.result.decisionLogHash == second.report.result.decisionLogHash)
        #expect(!first.report.result.decisions.isEmpty)
        let other = try SkillSimulation.run(manifest, over: files, seed: 2, loadSeconds: 0) { _ in true }
        #expect(first.report.result.decisionLogHash != other.report.result.decisionLogHash)
    }
}
