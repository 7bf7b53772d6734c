import Base
import Testing
import Trading

@testable import Gateways

@Suite("Helpers in the sandbox")
struct SandboxDeciderTests {
    private static let crossover = """
        type Signal = { side: "long" | "short" | "exit"; reason: string; size?: number; stop?: number };
        export function entry(ctx: any): Signal | null {
          const fast = ctx.sma(10), slow = ctx.sma(30);
          const fastBefore = ctx.sma(10, { ago: 1 }), slowBefore = ctx.sma(30, { ago: 1 });
          if (fast === null || slow === null || fastBefore === null || slowBefore === null) return null;
          if (fastBefore <= slowBefore && fast > slow) return { side: "long", size: 0.5, stop: slow, reason: "crossed up" };
          if (fastBefore >= slowBefore && fast < slow) return { side: "short", reason: "crossed down" };
          return null;
        }
        """

    /// The same rule in Swift, over Trading's averages.
    private func reference(_ market: MarketData) throws -> [(tick: Int, instrument: Int, side: Signal.Side)] {
        var found: [(Int, Int, Signal.Side)] = []
        let fast = try market.series.map { try Indicator.series(.sma, parameters: [10], bars: $0) }
        let slow = try market.series.map { try Indicator.series(.sma, parameters: [30], bars: $0) }
        for tick in market.ticks.indices {
            for instrument in market.instruments.indices {
                guard let bar = market.bar(instrument, atTick: tick), bar >= 30 else { continue }
                let before = fast[instrument][bar - 1] - slow[instrument][bar - 1]
                let now = fast[instrument][bar] - slow[instrument][bar]
                if before <= 0, now > 0 { found.append((tick, instrument, .long)) }
                if before >= 0, now < 0 { found.append((tick, instrument, .short)) }
            }
        }
        return found
    }

    @Test("A moving-average crossover gives the signals of the same rule in Swift", arguments: [0, 7])
    func crossover(gapEvery: Int) throws {
        let market = SandboxMarket.make(bars: 2_000, gapEvery: gapEvery)
        let found = try SandboxMarket.run(Self.crossover, market: market).decisions.flatMap { decision in
            decision.proposals.map { (decision.tick, $0.instrument, $0.side) }
        }
        let expected = try reference(market)
        #expect(expected.count > 50)
        #expect(found.map(\.0) == expected.map(\.tick))
        #expect(found.map(\.1) == expected.map(\.instrument))
        #expect(found.map(\.2) == expected.map(\.side))
    }

    @Test("Whatever the block length, the decisions are the same, also for a helper that counts its calls")
    func blockLengths() throws {
        let counting = """
            let calls = 0;
            export function entry(ctx: any) {
              calls++;
              if (Math.random() < 0.01) return { side: "long", size: calls / 1e6, reason: `call ${calls} of ${ctx.instrument}` };
              return null;
            }
            """
        let market = SandboxMarket.make(bars: 900)
        let records = try [1, 3, 64, 5_000].map { block in
            try SandboxMarket.run(counting, market: market, block: block).decisions.map { ($0.tick, $0.record.canonical) }
        }
        #expect(records[0].count > 5)
        for other in records.dropFirst() {
            #expect(other.map(\.0) == records[0].map(\.0))
            #expect(other.map(\.1) == records[0].map(\.1))
        }
        let otherSeed = try SandboxMarket.run(counting, market: market, seed: 2).decisions.map(\.record.canonical)
        #expect(otherSeed != records[0].map(\.1))
    }

    @Test("Every member of ctx shows what the page on helpers says")
    func context() throws {
        let market = SandboxMarket.make(bars: 40)
        let source = """
            export function exit(ctx: any) {
              if (ctx.bars.length !== 40) return null;
              const p = ctx.position;
              ctx.log([ctx.instrument, ctx.timeframe, ctx.time === ctx.bars.time[39], ctx.bars.close.length,
                ctx.bars.close instanceof Float64Array, ctx.of("ETH").instrument, ctx.of("ETH").position, ctx.parameters.fast,
                p.side, p.quantity, p.entryPrice, p.entryTime, p.unrealised, ctx.portfolio.equity, ctx.portfolio.cash,
                ctx.portfolio.openPositions, ctx.portfolio.positions[0].instrument, ctx.sma(41), ctx.highest(1) === ctx.bars.high[39],
                ctx.lowest(2) === Math.min(ctx.bars.low[39], ctx.bars.low[38]), ctx.sma(1, { ago: 3 }) === ctx.bars.close[36],
                ctx.rsi(14) > 0 && ctx.rsi(14) < 100, ctx.atr(14) > 0, ctx.ema(5) !== null].join(" "));
              return { side: "exit", reason: "done" };
            }
            """
        let result = try SandboxMarket.run(nil, exit: source, market: market, long: [0], parameters: [("fast", 12.5)])
        #expect(result.log.map(\.text) == [
            "BTC 5m true 40 true ETH  12.5 long 2 90 1755648300000 5 10000 9000 1 BTC  true true true true true true",
        ])
        #expect(result.log.first?.tick == 39)
        #expect(result.decisions.map(\.tick) == [39])
        #expect(result.decisions.first?.record.canonical
            == #"{"by":"helper","signals":[{"instrument":"BTC","reason":"done","side":"exit","size":1,"stop":null,"target":null}]}"#)
    }

    @Test("Every indicator gives at every bar what Trading computes, and null while warming up")
    func indicators() throws {
        let market = SandboxMarket.make(bars: 150)
        for kind in IndicatorKind.allCases {
            let arguments = kind.needsOther ? "\"ETH\"" : ""
            let source = """
                export function entry(ctx: any) {
                  if (ctx.instrument === "BTC") ctx.log(JSON.stringify(ctx.\(kind.rawValue)(\(arguments))));
                  return null;
                }
                """
            let log = try SandboxMarket.run(source, market: market).log
            let lines = try Indicator.lines(kind, bars: market.series[0], other: kind.needsOther ? market.series[1] : nil)
            #expect(log.count == 150)
            for (bar, line) in log.enumerated() {
                let shown = try JSON(parsing: line.text)
                if lines[0].values[bar].isNaN { #expect(shown.isNull); continue }
                for (name, values) in lines {
                    let value = lines.count == 1 ? shown.double : shown[name]?.double
                    #expect(value == (values[bar].isNaN ? nil : values[bar]), "\(kind) \(name) bar \(bar)")
                }
            }
        }
    }

    @Test("Indicators take defaults, several numbers and ago")
    func indicatorArguments() throws {
        let source = """
            export function entry(ctx: any) {
              if (ctx.instrument !== "BTC" || ctx.bars.length !== 80) return null;
              const b = ctx.bollinger(20, 2.5, { ago: 1 });
              ctx.log([ctx.rsi() === ctx.rsi(14), ctx.rsi({ ago: 2 }) === ctx.rsi(14, { ago: 2 }), ctx.rsi(14) !== ctx.rsi(14, { ago: 2 }),
                b.lower < b.middle && b.middle < b.upper, ctx.bollinger({ ago: 1 }).middle === b.middle,
                ctx.macd(5, 10, 3).histogram !== ctx.macd().histogram, ctx.correlation("ETH", 20) === ctx.correlation("ETH", 20, {}),
                ctx.obv() !== null, ctx.sma(20, { ago: 60 }), ctx.sma(20, { ago: 61 }) ].join(" "));
              return null;
            }
            """
        let market = SandboxMarket.make(bars: 80)
        let first = market.series[0].close.prefix(20).map(\.double).reduce(0, +) / 20
        let words = try #require(try SandboxMarket.run(source, market: market).log.first?.text.split(separator: " ", omittingEmptySubsequences: false))
        #expect(words.prefix(8).allSatisfy { $0 == "true" }, "\(words)")
        #expect(abs((Double(words[8]) ?? 0) - first) < 1e-9)
        #expect(words[9] == "")
        #expect(try SandboxMarket.shown("ctx.sma(20, 30)").contains("{ ago: k }"))
        #expect(try SandboxMarket.shown("ctx.sma(0)").contains("whole number"))
    }

    @Test("All instruments of a tick are asked, only those with a bar, entry where flat and exit where open")
    func whoIsAsked() throws {
        let market = SandboxMarket.make(instruments: ["BTC", "ETH", "SOL"], bars: 4, gapEvery: 2)
        let entry = #"export const entry = (ctx: any) => ({ side: "long", reason: "in " + ctx.instrument });"#
        let exit = #"export const exit = (ctx: any) => ({ side: "exit", reason: "out " + ctx.instrument });"#
        let found = try SandboxMarket.run(entry, exit: exit, market: market, long: [2]).decisions
        #expect(found.map { $0.proposals.map(\.reason) } == [
            ["in BTC", "in ETH", "out SOL"], ["in BTC", "out SOL"], ["in BTC", "in ETH", "out SOL"], ["in BTC", "out SOL"],
        ])
    }

    @Test("Numbers that are not finite reach the risk engine and the record as they are")
    func notFinite() throws {
        let source = #"export const entry = () => ({ side: "long", size: NaN, stop: Infinity, target: 0, reason: "a\u0000b\u202ec\n" + "x".repeat(500) });"#
        let decision = try #require(try SandboxMarket.run(source, market: SandboxMarket.make(instruments: ["BTC"], bars: 1)).decisions.first)
        #expect(decision.proposals[0].size.isNaN)
        #expect(decision.proposals[0].stop == .infinity)
        #expect(decision.proposals[0].target == 0)
        #expect(decision.proposals[0].reason.hasPrefix("a bc xxx"))
        #expect(decision.proposals[0].reason.count <= Limits.signalReasonCharactersMax)
        #expect(decision.record.canonical.contains(#""size":"NaN""#))
        #expect(decision.record.canonical.contains(#""stop":"Infinity""#))
    }

    @Test("Two sandboxes agree byte for byte, transcendental functions included")
    func twice() throws {
        let source = """
            let x = 0.5;
            export function entry(ctx: any) {
              for (let i = 0; i < 50; i++) x = Math.abs(Math.sin(x * 7) + Math.exp(-x) * Math.log1p(x) + Math.pow(x, 1.7)) % 3;
              return Math.random() < 0.2 ? { side: "long", size: x, reason: new Date(ctx.time).toISOString() } : null;
            }
            """
        let first = try SandboxMarket.run(source).decisions.map(\.record.canonical)
        let second = try SandboxMarket.run(source).decisions.map(\.record.canonical)
        #expect(first.count > 50)
        #expect(first == second)
    }

    @Test("Cut at any moment, the data gives the same signals up to it")
    func truncation() throws {
        let market = SandboxMarket.make(bars: 400)
        #expect(try TruncationCheck.run(market: market, entry: Self.crossover, exit: Self.crossoverExit, parameters: [], cuts: 4) == nil)
    }

    private static let crossoverExit = """
        export function exit(ctx: any) { return ctx.rsi(14) > 70 ? { side: "exit", reason: "hot" } : null; }
        """

    @Test("The collector at work changes nothing: thousands of short-lived objects a bar")
    func collector() throws {
        let source = """
            const kept: any[] = [];
            export function entry(ctx: any) {
              let sum = 0;
              for (let i = 0; i < 3000; i++) { const pair = { a: i, b: [i, ctx.bars.length] }; sum += pair.b[1] - pair.a; if (i % 500 === 0) kept.push(pair); }
              if (kept.length > 5000) kept.splice(0, 2500);
              return sum % 97 === 0 ? { side: "long", size: kept.length, reason: `sum ${sum}` } : null;
            }
            """
        let records = try (0..<4).map { _ in
            try SandboxMarket.run(source, market: SandboxMarket.make(bars: 700)).decisions.map(\.record.canonical)
        }
        #expect(records[0].count > 5)
        #expect(records.allSatisfy { $0 == records[0] })
    }

    @Test("Runs at once do not disturb each other")
    func manyDeciders() throws {
        let market = SandboxMarket.make(bars: 200)
        var first = try SandboxDecider(market: market, entry: Self.crossover, exit: nil, parameters: [], seed: 1)
        var second = try SandboxDecider(market: market, entry: Self.crossover, exit: nil, parameters: [], seed: 1)
        let left = try SandboxMarket.decisions(&first, market).map(\.record.canonical)
        let right = try SandboxMarket.decisions(&second, market, block: 5).map(\.record.canonical)
        #expect(left == right)
    }
}
