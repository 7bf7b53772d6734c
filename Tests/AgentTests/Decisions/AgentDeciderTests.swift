import Base
import Testing
import Trading
@testable import Agent

@Suite struct AgentDeciderTests {
    func decider(_ data: MarketData, _ brief: AgentBrief, _ provider: any ModelProvider, inner: (any Decider)? = nil,
                 seed: UInt64 = 1, budget: AgentBudget = .standard) -> AgentDecider {
        AgentDecider(market: data, brief: brief, provider: provider, seed: seed, inner: inner, budget: budget)
    }

    /// Everything of every tick of one run under one model.
    func run(_ model: String, _ data: MarketData, seed: UInt64 = 1, block: Int? = nil, cadence: AgentBrief.Cadence = .every(milliseconds: 900_000)) throws -> [Decision] {
        let provider = try #require(ReferenceModels.provider(named: model, market: data))
        return try decisions(decider(data, brief(model, cadence: cadence), provider, seed: seed), data, block: block)
    }

    @Test(arguments: ReferenceModels.names)
    func sameRunSameDecisionsWhateverTheBlocks(model: String) throws {
        let data = market(walk())
        let first = try texts(run(model, data))
        #expect(!first.isEmpty)
        #expect(try texts(run(model, data)) == first)
        for block in [1, 7, 1_000] { #expect(try texts(run(model, data, block: block)) == first, "block \(block)") }
    }

    @Test func theSeedReachesTheModel() throws {
        let data = market(walk())
        #expect(try texts(run("reference/coin-flip", data, seed: 1)) != texts(run("reference/coin-flip", data, seed: 2)))
    }

    @Test func dataCutAtAnyTickGivesTheSameDecisionsUpToIt() throws {
        let closes = walk(count: 90)
        for model in ReferenceModels.names where model != "reference/cheater" {
            let whole = try run(model, market(closes), cadence: .every(milliseconds: 300_000))
            for cut in [1, 2, 51, 52] {
                let data = market(closes, bars: cut)
                let short = try run(model, data, cadence: .every(milliseconds: 300_000))
                #expect(texts(short) == texts(whole.filter { $0.tick < data.ticks.count }), "\(model) cut at \(cut)")
            }
        }
    }

    @Test func asksAtItsCadenceAlsoAcrossGaps() throws {
        // A bar opens at 00:00 and closes at 00:05: tick 2 closes at 00:15.
        let data = market(["BTC": (0..<40).map { (8...12).contains($0) ? nil : 100 }])
        let ticks = try run("reference/constant", data).map { (data.ticks[$0.tick] - 1_735_689_600_000) / 60_000 }
        #expect(ticks == [15, 30, 70, 75, 90, 105, 120, 135, 150, 165, 180, 195])
        #expect(try run("reference/constant", data, cadence: .everyBar).count == data.ticks.count)
    }

    @Test func lookaheadReachesTheNextQuestionAndNoFurther() {
        let data = market(["BTC": Array(repeating: 100, count: 40)])
        let hourly = decider(data, brief(), ConstantModel())
        #expect(hourly.lookahead(from: 0) == 12 && hourly.lookahead(from: 11) == 1 && hourly.lookahead(from: 12) == 12)
        #expect(hourly.lookahead(from: 36) == 4)
        #expect(decider(data, brief(cadence: .everyBar), ConstantModel()).lookahead(from: 5) == 1)
        #expect(decider(data, brief(cadence: .onSignal), ConstantModel(), inner: ScriptedHelper(signals: [:])).lookahead(from: 5) == 10)
        #expect(decider(data, brief(), ConstantModel(), inner: ScriptedHelper(signals: [:], ahead: 3)).lookahead(from: 0) == 3)
        #expect(hourly.lookahead(from: 40) >= 1)
    }

    @Test func onSignalShowsTheSignalAndLetsTheModelDecide() throws {
        let data = market(["BTC": Array(repeating: 100, count: 40)])
        let signal = Signal(instrument: 0, side: .long, size: .nan, stop: nil, target: nil, reason: "crossed")
        let helper = ScriptedHelper(signals: [4: signal, 17: signal])
        let model = ScriptedModel([])
        let found = try decisions(decider(data, brief(cadence: .onSignal), model, inner: helper), data)
        #expect(found.map(\.tick) == [4, 17] && found.allSatisfy(\.proposals.isEmpty))
        #expect(found[0].record["helper"]?["by"]?.string == "entry.ts")
        guard case .user(let text) = model.requests[0].messages[1] else { Issue.record("no context"); return }
        let shown = try JSON(parsing: text)["signals"]?.array?.first
        #expect(shown?["reason"]?.string == "crossed" && shown?["size"]?.string == "nan")
    }

    @Test func helpersActOnTheirOwnBesideACadence() throws {
        let data = market(["BTC": Array(repeating: 100, count: 40)])
        let signal = Signal(instrument: 0, side: .long, size: 1, stop: nil, target: nil, reason: "mine")
        let helper = ScriptedHelper(signals: [4: signal, 11: signal, 30: signal])
        for block in [nil, 1, 40] {
            let found = try decisions(decider(data, brief(), ConstantModel(), inner: helper), data, block: block)
            #expect(found.map(\.tick) == [4, 11, 23, 30, 35])
            #expect(found.map { $0.proposals.map(\.reason) } == [["mine"], ["mine", "always long"], ["always long"], ["mine"], ["always long"]])
            #expect(found[0].record["by"]?.string == "entry.ts" && found[1].record["by"]?.string == "model")
        }
        #expect(decider(data, brief(), ConstantModel(), inner: helper).log.count == 1)
    }

    @Test func theRecordHoldsEverythingSaid() throws {
        let data = market(walk(count: 20))
        let model = ScriptedModel([
            ModelAnswer(text: "let me see", calls: [.init(id: "a", name: "bars", arguments: #"{"instruments":["ETH"],"count":2}"#)],
                        inputTokens: 10, outputTokens: 5, cost: Money(raw: 7)),
            ModelAnswer(text: "buying", calls: [.init(id: "b", name: "propose_order", arguments: #"{"instrument":"ETH","side":"long","size":0.5,"stop":90,"reason":"strong"}"#)],
                        inputTokens: 20, outputTokens: 6, cost: Money(raw: 8)),
            ModelAnswer(text: "that is all", inputTokens: 30, outputTokens: 1),
        ])
        let decision = try #require(try decisions(decider(data, brief(), model), data).first)
        let turns = try #require(decision.record["turns"]?.array)
        #expect(turns.count == 3 && decision.tokens == 72 && decision.cost == Money(raw: 15))
        #expect(turns.map { $0["request_hash"]?.string } == model.requests.map(\.hash.hex))
        #expect(decision.record["request_hash"]?.string == model.requests[0].hash.hex)
        #expect(turns[0]["sent"]?.array?.map { $0["role"]?.string } == ["system", "user"])
        #expect(turns[1]["sent"]?.array?.map { $0["call"]?.string } == ["a"] && turns[2]["sent"]?.array?.map { $0["call"]?.string } == ["b"])
        #expect(turns.map { $0["answer"]?["text"]?.string } == ["let me see", "buying", "that is all"])
        #expect(decision.proposals == [Signal(instrument: 1, side: .long, size: 0.5, stop: 90, target: nil, reason: "strong")])
        #expect(decision.record["proposals"]?.array?.first?["instrument"]?.string == "ETH")
        let bars = try results(of: decision)[0]["data"]?["series"]?.array?.first?["bars"]?.array
        #expect(bars?.count == 2 && bars?.last?.array?.first?.int == data.ticks[decision.tick])
        // The system message is named by its hash; it can be rebuilt from the brief.
        #expect(turns[0]["sent"]?.array?.first?["sha256"]?.string == Digest.of(AgentContext.system(brief())).hex)
    }

    @Test func budgetsOfATickEndItVisibly() throws {
        let data = market(walk(count: 12))
        var budget = AgentBudget()
        budget.toolCallsPerTickMax = 3
        let order = (#"propose_order"#, #"{"instrument":"BTC","side":"long","reason":"x"}"#)
        let many = try #require(try decisions(decider(data, brief(), ScriptedModel(calls: Array(repeating: order, count: 500)), budget: budget), data).first)
        #expect(many.proposals.count == 3 && many.record["ended"]?.string == "tool_calls")
        #expect(many.record["tool_calls"] == ["ok": 3, "budget": 1])
        #expect(many.record["turns"]?.array?.last?["sent"]?.array?.count == 4)

        budget.turnsPerTickMax = 2
        budget.toolCallsPerTickMax = 100
        let talker = ScriptedModel((0..<9).map { ModelAnswer(text: "", calls: [.init(id: "\($0)", name: "portfolio", arguments: "")]) })
        let turns = try #require(try decisions(decider(data, brief(), talker, budget: budget), data).first)
        #expect(turns.record["ended"]?.string == "turns" && talker.requests.count == 2)

        budget.tokensPerTickMax = 50
        let hungry = ScriptedModel([ModelAnswer(text: "", calls: [.init(id: "1", name: "portfolio", arguments: "")], inputTokens: .max, outputTokens: .max)])
        let tokens = try #require(try decisions(decider(data, brief(), hungry, budget: budget), data).first)
        #expect(tokens.record["ended"]?.string == "tokens" && tokens.tokens == .max)
    }

    @Test func budgetsOfTheRunEndTheRun() throws {
        let data = market(walk(count: 30))
        var budget = AgentBudget()
        budget.tokensPerRunMax = 10
        func failure(_ model: ScriptedModel) -> DeciderFailure? {
            do { _ = try decisions(decider(data, brief(), model, budget: budget), data) } catch { return error as? DeciderFailure }
            return nil
        }
        #expect(failure(ScriptedModel([ModelAnswer(text: "", inputTokens: 9, outputTokens: 1)]))?.kind == .budget)
        budget.tokensPerRunMax = 1_000_000
        budget.costPerRunMax = .whole(1)
        #expect(failure(ScriptedModel([ModelAnswer(text: "", cost: Money(raw: .max))]))?.kind == .budget)
        #expect(failure(ScriptedModel([ModelAnswer(text: "", cost: Money(raw: 1))])) == nil)
    }

    struct BrokenModel: ModelProvider {
        struct Trouble: Error {}
        func answer(_ request: ModelRequest) throws -> ModelAnswer { throw Trouble() }
    }

    @Test func aFailingProviderEndsTheRunWithItsTime() throws {
        let data = market(walk(count: 30))
        #expect { try decisions(decider(data, brief(), BrokenModel()), data) } throws: {
            let failure = $0 as? DeciderFailure
            return failure?.kind == .provider && failure?.time == data.ticks[11]
        }
    }

    @Test func recordedAnswersReplayTheRunAndMissesEndIt() throws {
        let data = market(walk())
        let recorder = RecordingProvider(CoinFlipModel())
        let first = try decisions(decider(data, brief("reference/coin-flip"), recorder), data)
        let replayed = RecordedProvider(try Cassette(parsing: recorder.cassette.text))
        #expect(try texts(decisions(decider(data, brief("reference/coin-flip"), replayed), data)) == texts(first))
        for (other, seed) in [(brief("reference/coin-flip", instructions: "Other."), UInt64(1)), (brief("reference/coin-flip"), 2)] {
            #expect { try decisions(decider(data, other, replayed, seed: seed), data) } throws: {
                ($0 as? DeciderFailure)?.kind == .provider && "\($0)".contains("recording")
            }
        }
    }
}
