import Base
import Testing
@testable import Trading

@Suite struct FirstDifferenceTests {
    private static let bars = (0..<12).map { "10\($0 % 10) 12\($0 % 10) 9\($0 % 10) 10\($0 % 10)" }
    private static let script: [(Int, [Signal])] = [
        (0, [RunFixtures.signal(.long)]), (4, [RunFixtures.signal(.exit)]), (8, [RunFixtures.signal(.short)]),
    ]

    private func run(_ bars: [String] = bars, _ script: [(Int, [Signal])] = script, seed: UInt64 = 1) throws -> RunResult {
        try RunFixtures.run(RunFixtures.market(bars), script, seed: seed)
    }

    private func stored(_ result: RunResult) throws -> JSON {
        let report = RunReport(result: result, metrics: .null, dataWarnings: [], seconds: RunSeconds(load: 0, replay: 0, report: 0))
        return try JSON(parsing: report.json.prettyText)
    }

    @Test func theSameRunIsIdentical() throws {
        #expect(FirstDifference.find(report: try stored(run()), result: try run()) == nil)
    }

    @Test func aChangedCandleIsFoundAtTheFirstDecisionItReached() throws {
        var bars = Self.bars
        bars[1] = "101.5 121 91 101"
        let found = FirstDifference.find(report: try stored(run()), result: try run(bars))
        let time = RunFixtures.start.milliseconds + 5 * 300_000
        #expect(found?.fields.map(\.name) == ["dataset_hash"])
        #expect(found?.place == .decision(number: 1, time: time))
        #expect(found?.description.hasSuffix("The first tick that differs is 2025-08-20T00:25:00Z, decision 1.") == true)
    }

    @Test func missingAndNewDecisionsAreNamed() throws {
        let shorter = Array(Self.script.dropLast())
        let time = RunFixtures.start.milliseconds + 9 * 300_000
        #expect(FirstDifference.find(report: try stored(run()), result: try run(Self.bars, shorter))?.place == .decision(number: 2, time: time))
        #expect(FirstDifference.find(report: try stored(run(Self.bars, shorter)), result: try run())?.place == .decision(number: 2, time: time))
        let moved = [Self.script[0], (3, Self.script[1].1), Self.script[2]]
        #expect(FirstDifference.find(report: try stored(run()), result: try run(Self.bars, moved))?.place
            == .decision(number: 1, time: RunFixtures.start.milliseconds + 4 * 300_000))
    }

    @Test func anotherSeedAloneAndAnotherEndingAreTold() throws {
        let other = FirstDifference.find(report: try stored(run()), result: try run(seed: 2))
        #expect(other?.fields.map(\.name) == ["seed"])
        #expect(other?.place == .identityAlone)
        var bars = Self.bars
        bars[11] = "101 121 91 102"
        #expect(FirstDifference.find(report: try stored(run()), result: try run(bars))?.place
            == .ending(after: RunFixtures.start.milliseconds + 9 * 300_000))
    }

    @Test func decisionLinesAreComparedToo() throws {
        let result = try run()
        let stored = try result.decisions.compactMap { StoredDecision(try JSON(parsing: $0.line)) }
        #expect(stored.count == 3)
        #expect(FirstDifference.decision(stored: stored, result: result) == nil)
    }

    @Test func aReportThatSaysNothingIsNotIdentical() throws {
        #expect(FirstDifference.find(report: .null, result: try run())?.place == .unreadable(field: "decision_log_hash"))
        guard case .object(let members) = try stored(run()) else { return }
        let cut = JSON.object(members.filter { $0.0 != "decision_hashes" })
        #expect(FirstDifference.find(report: cut, result: try run(seed: 2))?.place == .unreadable(field: "decision_hashes"))
    }
}
