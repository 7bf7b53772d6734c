import Base
import Testing
import Trading
@testable import Agent

@Suite struct ToolDeskTests {
    let data = market(walk(count: 100))
    static let tick = 60

    func desk(_ tools: [AgentTool] = AgentTool.allCases) -> ToolDesk {
        ToolDesk(window: MarketWindow(data, tick: Self.tick), portfolio: flat(data), tools: tools)
    }
    func run(_ name: String, _ arguments: String) -> ToolOutcome { desk().run(ToolCall(id: "x", name: name, arguments: arguments)) }

    /// Every close time that left the desk in this outcome.
    func times(_ outcome: ToolOutcome) -> [Int64] {
        (outcome.content["data"]?["series"]?.array ?? []).flatMap { $0["bars"]?.array ?? [] }.compactMap { $0.array?.first?.int }
    }

    @Test func givesClosedBarsUpToNow() {
        let outcome = run("bars", #"{"instruments":["BTC","ETH"],"count":500}"#)
        // BTC lacks one bar (index 50), which stays missing.
        #expect(outcome.kind == .ok && times(outcome).count == 60 + 61)
        #expect(times(outcome).max() == data.ticks[Self.tick])
    }

    @Test func nothingLaterCanBeAskedOut() {
        let now = Instant(milliseconds: data.ticks[Self.tick])
        let later = [
            now.advanced(byMilliseconds: 1), now.advanced(byMilliseconds: 300_000), now.advanced(byMilliseconds: 86_400_000),
        ].map(\.description) + ["2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
        for time in later {
            let outcome = run("bars", #"{"instruments":["BTC"],"until":"\#(time)"}"#)
            #expect(outcome.kind == .future && times(outcome).isEmpty, "\(time)")
        }
        for arguments in [
            #""count":-1"#, #""count":0"#, #""count":501"#, #""count":9223372036854775807"#, #""count":1e300"#, #""count":"all""#,
            #""count":1.5"#, #""until":1767225600000"#, #""until":"tomorrow""#, #""until":"""#, #""until":null"#, #""from":0"#, #""offset":-5"#,
            #""to":"2999-01-01T00:00:00Z""#, #""end":1"#, #""ago":-3"#, #""Until":"2999-01-01T00:00:00Z""#,
        ] {
            let outcome = run("bars", #"{"instruments":["BTC"],\#(arguments)}"#)
            #expect(outcome.kind == .badArguments && times(outcome).isEmpty, "\(arguments)")
        }
        let past = run("bars", #"{"instruments":["ETH"],"count":3,"until":"2025-01-01T01:02:00Z"}"#)
        #expect(times(past).max() == Int64(1_735_693_200_000))
        let before = run("bars", #"{"instruments":["ETH"],"until":"0001-01-01T00:00:00Z"}"#)
        #expect(before.kind == .ok && times(before).isEmpty)
    }

    @Test func changingTheFutureChangesNoAnswer() {
        var closes = walk(count: 100)
        for name in ["BTC", "ETH"] { for index in (Self.tick + 1)..<100 { closes[name]?[index] = 7 } }
        let other = ToolDesk(window: MarketWindow(market(closes), tick: Self.tick), portfolio: flat(data), tools: AgentTool.allCases)
        for arguments in [#"{"instruments":["BTC","ETH"],"count":500}"#, #"{"instruments":["ETH"]}"#] {
            let call = ToolCall(id: "x", name: "bars", arguments: arguments)
            #expect(other.run(call).content == desk().run(call).content)
        }
    }

    @Test func saysWhenAnInstrumentIsStale() {
        let stale = ToolDesk(window: MarketWindow(data, tick: 50), portfolio: flat(data), tools: [.bars])
        let outcome = stale.run(ToolCall(id: "x", name: "bars", arguments: #"{"instruments":["BTC","ETH"],"count":1}"#))
        #expect(outcome.content["data"]?["series"]?.array?.map { $0["stale"]?.bool } == [true, false])
    }

    @Test(arguments: [
        ("bars", "", "bad_arguments"), ("bars", "{}", "bad_arguments"), ("bars", "[", "unparseable"), ("bars", "[]", "unparseable"),
        ("bars", "null", "unparseable"), ("bars", #"{"instruments":[]}"#, "bad_arguments"), ("bars", #"{"instruments":["DOGE"]}"#, "bad_arguments"),
        ("bars", #"{"instruments":["BTC","BTC"]}"#, "bad_arguments"), ("bars", #"{"instruments":[1]}"#, "bad_arguments"),
        ("bars", #"{"instruments":"BTC"}"#, "bad_arguments"), ("portfolio", "", "ok"), ("portfolio", #"{"of":"everybody"}"#, "bad_arguments"),
        ("news", #"{"query":"x"}"#, "unavailable"), ("set_risk_caps", "{}", "unknown_tool"), ("", "{}", "unknown_tool"),
        ("propose_order", #"{"instrument":"BTC","side":"long"}"#, "bad_arguments"),
        ("propose_order", #"{"instrument":"BTC","side":"up","reason":"x"}"#, "bad_arguments"),
        ("propose_order", #"{"instrument":"DOGE","side":"long","reason":"x"}"#, "bad_arguments"),
        ("propose_order", #"{"instrument":"BTC","side":"long","reason":"x","leverage":50}"#, "bad_arguments"),
        ("propose_order", #"{"instrument":"BTC","side":"long","reason":"x","size":"NaN"}"#, "bad_arguments"),
        ("propose_order", #"{"instrument":"BTC","side":"long","reason":"x","size":"1"}"#, "bad_arguments"),
        ("propose_order", #"{"instrument":"BTC","side":"long","reason":"x","size":NaN}"#, "unparseable"),
        ("propose_order", #"{"instrument":"BTC","side":"long","reason":"x","size":1e999}"#, "unparseable"),
        ("propose_order", #"{"instrument":"BTC","instrument":"ETH","side":"long","reason":"x"}"#, "unparseable"),
    ])
    func malformedCallsAreRefusedWithAWord(name: String, arguments: String, kind: String) {
        let outcome = run(name, arguments)
        #expect(outcome.kind.rawValue == kind && outcome.proposal == nil)
        #expect(kind == "ok" || outcome.content["message"]?.string?.isEmpty == false)
    }

    @Test(arguments: [1e300, -1, 0, 1e-300, 1_000_000])
    func absurdNumbersReachTheRiskEngineAsTheyAre(size: Double) {
        let arguments: JSON = ["instrument": "ETH", "side": "short", "size": .double(size), "stop": -5, "reason": "x"]
        #expect(run("propose_order", arguments.canonical).proposal
            == Signal(instrument: 1, side: .short, size: size, stop: -5, target: nil, reason: "x"))
    }

    @Test func longReasonsAreCutAndLongArgumentsRefused() {
        let reason = String(repeating: "é", count: 300)
        #expect(run("propose_order", #"{"instrument":"BTC","side":"exit","reason":"\#(reason)"}"#).proposal?.reason.count == 200)
        #expect(run("propose_order", String(repeating: " ", count: 9_000)).kind == .unparseable)
    }

    @Test func aToolTheSkillDidNotNameIsNotThere() {
        let outcome = desk([.proposeOrder]).run(ToolCall(id: "x", name: "bars", arguments: #"{"instruments":["BTC"]}"#))
        #expect(outcome.kind == .unknownTool)
    }
}
