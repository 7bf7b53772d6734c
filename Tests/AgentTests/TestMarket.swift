import Base
import Testing
import Trading
@testable import Agent

/// A market whose closes are given, one bar every five minutes from 2025-01-01, nil for a missing bar.
func market(_ closes: [String: [Int64?]], bars limit: Int = .max, startBar: Int64 = 0) -> MarketData {
    let start: Int64 = 1_735_689_600_000 + startBar * 300_000
    let names = closes.keys.sorted()
    let series = names.map { name in
        var series = BarSeries(instrument: name, timeframe: .fiveMinutes)
        for (index, close) in (closes[name] ?? []).prefix(limit).enumerated() {
            guard let close else { continue }
            let price = Price.whole(close)
            series.append(Bar(openTime: start + Int64(index) * 300_000, open: price, high: price, low: price, close: price, volume: 1))
        }
        return series
    }
    let instruments = names.map {
        Instrument(name: $0, tickSize: Price(raw: 1), lotSize: Quantity(raw: 1), orderValueMin: .whole(10), leverageMax: 10,
                   maintenanceMarginPPM: 50_000, makerFeePPM: 100, takerFeePPM: 400)
    }
    let count = Int64(min(limit, closes.values.map(\.count).max() ?? 0))
    return MarketData(instruments: instruments, timeframe: .fiveMinutes, from: Instant(milliseconds: start),
                      to: Instant(milliseconds: start + count * 300_000), series: series, hash: Digest.of("test"))
}

/// A seeded walk of `count` bars of two instruments, with a gap.
func walk(seed: UInt64 = 3, count: Int = 200) -> [String: [Int64?]] {
    var random = SeededRandom(seed: seed)
    func path(_ start: Int64) -> [Int64?] {
        var price = start
        return (0..<count).map { _ in
            price = max(100, price + Int64(random.next() % 41) - 20)
            return price
        }
    }
    var a = path(1_000)
    if count > 60 { a[50] = nil }
    return ["BTC": a, "ETH": path(500)]
}

func flat(_ market: MarketData) -> PortfolioView {
    PortfolioView(equity: .whole(10_000), cash: .whole(10_000), positions: market.instruments.map { _ in .flat })
}

func brief(
    _ model: String = "reference/threshold", cadence: AgentBrief.Cadence = .every(milliseconds: 3_600_000),
    tools: [AgentTool] = [.bars, .portfolio, .proposeOrder], instructions: String = "Buy strength."
) -> AgentBrief {
    AgentBrief(model: model, instructions: instructions, tools: tools, mcp: [], cadence: cadence,
               parameters: [.init(name: "lookback", value: 12), .init(name: "threshold", value: 0.005)],
               caps: RiskCaps(maxOrder: .whole(500), maxPosition: .whole(1_000)))
}

/// All decisions over the whole market with a flat portfolio, asked for in blocks of `block` ticks.
func decisions(_ decider: AgentDecider, _ market: MarketData, block: Int? = nil) throws -> [Decision] {
    var decider = decider
    var found: [Decision] = []
    var tick = 0
    while tick < market.ticks.count {
        let end = min(market.ticks.count, tick + (block ?? decider.lookahead(from: tick)))
        let portfolios = [PortfolioView](repeating: flat(market), count: end - tick)
        if let decision = try decider.next(in: tick..<end, portfolios: portfolios) {
            found.append(decision)
            tick = decision.tick + 1
        } else {
            tick = end
        }
    }
    return found
}

func texts(_ decisions: [Decision]) -> [String] { decisions.map { "\($0.tick) \($0.record.canonical)" } }

/// Answers from a list, then with nothing to do; keeps what it was asked.
final class ScriptedModel: ModelProvider {
    private var script: [ModelAnswer]
    private(set) var requests: [ModelRequest] = []
    init(_ script: [ModelAnswer]) { self.script = script }
    convenience init(calls: [(String, String)]) {
        self.init([ModelAnswer(text: "", calls: calls.enumerated().map { ToolCall(id: "c\($0)", name: $1.0, arguments: $1.1) })])
    }
    func answer(_ request: ModelRequest) throws -> ModelAnswer {
        requests.append(request)
        return script.isEmpty ? ModelAnswer(text: "done") : script.removeFirst()
    }
}

/// Signals at given ticks, as helpers do.
struct ScriptedHelper: Decider {
    var signals: [Int: Signal]
    var ahead = 10
    var log: [LogLine] { [LogLine(tick: 0, text: "helper")] }
    func lookahead(from tick: Int) -> Int { ahead }
    mutating func next(in ticks: Range<Int>, portfolios: [PortfolioView]) throws -> Decision? {
        precondition(portfolios.count == ticks.count)
        guard let tick = ticks.first(where: { signals[$0] != nil }), let signal = signals[tick] else { return nil }
        return Decision(tick: tick, proposals: [signal], record: ["by": "entry.ts"])
    }
}

/// The results the model was given for its calls, parsed.
func results(of decision: Decision) throws -> [JSON] {
    var found: [JSON] = []
    for turn in decision.record["turns"]?.array ?? [] {
        for message in turn["sent"]?.array ?? [] where message["role"]?.string == "tool" {
            found.append(try JSON(parsing: #require(message["content"]?.string)))
        }
    }
    return found
}
