import Base
import Testing
@testable import Trading

@Suite struct DecisionLogTests {
    private static let bars = ["100 100 100 100", "100 101 99 100", "100 102 98 101", "101 103 99 102", "102 104 100 103"]
    private static let script: [(Int, [Signal])] = [(0, [RunFixtures.signal(.long, stop: 90)]), (2, [RunFixtures.signal(.exit)])]

    private func hash(
        bars: [String] = bars, script: [(Int, [Signal])] = script, seed: UInt64 = 1, skill: String = "a skill",
        recipe: Recipe = .standard
    ) throws -> Digest {
        try RunFixtures.run(RunFixtures.market(bars), script, recipe: recipe, seed: seed, skillHash: .of(skill)).decisionLogHash
    }

    @Test func theSameInputsHaveTheSameHash() throws {
        let first = try hash()
        let second = try hash()
        #expect(first == second)
    }

    @Test func anyOtherInputHasAnotherHash() throws {
        let hashes = [
            try hash(), try hash(seed: 2), try hash(skill: "b skill"), try hash(recipe: RunFixtures.free),
            try hash(script: [Self.script[0]]), try hash(script: []),
            // One price, before, between and after the decisions.
            try hash(bars: ["100 100.01 100 100"] + Self.bars.dropFirst()),
            try hash(bars: Self.bars.dropLast() + ["102 104 100 103.01"]),
        ]
        #expect(Set(hashes).count == hashes.count)
    }

    /// The header and the chain as the documents say, so that a verifier of another's making agrees.
    @Test func theChainIsAsWritten() throws {
        let result = try RunFixtures.run(RunFixtures.market(Self.bars), Self.script)
        let header: JSON = [
            "skill_hash": .string(RunFixtures.skillHash.hex), "dataset_hash": .string(result.datasetHash.hex),
            "engine": "tradecraft-engine/1", "seed": 1, "model": .null,
            "recipe": ["start_equity": "10000", "slippage_ppm": 0, "funding_per_hour_ppb": 0],
        ]
        var head = Digest.of(header.canonical)
        for decision in result.decisions {
            head = Digest.of(head.bytes + decision.canonical)
            #expect(decision.hash == head)
        }
        #expect(result.decisions.count == 2)
        #expect(result.decisionLogHash != head)
    }

    @Test func whatHappensAfterTheLastDecisionCounts() throws {
        // The stop is hit after the last decision; only the data's own hash is held equal.
        func run(_ last: String) throws -> RunResult {
            let market = RunFixtures.market(["100 100 100 100", "100 100 100 100", last])
            let same = MarketData(
                instruments: market.instruments, timeframe: market.timeframe, from: market.from, to: market.to,
                series: market.series, hash: .of("the same"))
            return try RunFixtures.run(same, [Self.script[0]])
        }
        let calm = try run("100 100 100 100")
        let stopped = try run("100 100 80 100")
        #expect(calm.decisions.map(\.hash) == stopped.decisions.map(\.hash))
        #expect(calm.decisionLogHash != stopped.decisionLogHash)
    }

    @Test func anEntryTellsProposalsVerdictsOrdersAndFills() throws {
        let signals = [RunFixtures.signal(.long, size: .nan), RunFixtures.signal(.short)]
        let result = try RunFixtures.run(RunFixtures.market(Self.bars), [Self.script[0], (2, signals)])
        let entry = try JSON(parsing: result.decisions[1].canonical)
        #expect(entry["n"] == 1)
        #expect(entry["time"]?.int == result.decisions[1].time)
        #expect(entry["record"] == ["decider": "script"])
        #expect(entry["proposals"]?.array?[0]["size"] == "NaN")
        #expect(entry["verdicts"]?.array?.map { $0["allowed"]?.bool } == [false, true, true])
        #expect(entry["verdicts"]?.array?[0]["code"] == "size_invalid")
        #expect(entry["verdicts"]?.array?[0]["numbers"] == ["size": "NaN"])
        #expect(entry["orders"]?.array?.map { $0["purpose"]?.string } == ["reversal", "entry"])
        #expect(entry["fills"]?.array?.map { $0["purpose"]?.string } == ["entry"])
        #expect(result.decisions[1].outcomes[1].judgements.map(\.action) == [.close, .open])
        #expect(try JSON(parsing: result.decisions[1].line)["hash"]?.string == result.decisions[1].hash.hex)
    }
}
