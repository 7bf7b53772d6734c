import Base
import Foundation
import Testing
import Trading

@testable import Gateways

@Suite("Helpers that fail")
struct HelperFailureTests {
    @Test("A thrown error names the line of the TypeScript and the time of the tick")
    func line() throws {
        let source = """
            type Context = { bars: { length: number }, missing?: any };
            interface Unused { a: number }
            function deeper(ctx: Context) {

              return ctx.missing.value;
            }
            export function entry(ctx: Context) {
              if (ctx.bars.length === 7) deeper(ctx);
              return null;
            }
            """
        let market = SandboxMarket.make()
        let failure = try #require(SandboxMarket.failure(source, market: market))
        #expect(failure.kind == .threw)
        #expect(failure.file == "entry.ts")
        #expect(failure.line == 5)
        #expect(failure.time == market.ticks[6])
        #expect(failure.message.contains("TypeError"))
    }

    @Test("Compile errors name file and line")
    func compile() {
        let failure = SandboxMarket.failure("const a = 1;\nexport function entry( { return x }\n")
        #expect(failure?.kind == .compile)
        #expect(failure?.file == "entry.ts")
        #expect(failure?.line == 2)
    }

    @Test("Imports are refused with their line", arguments: [
        "type A = number;\nimport fs from \"fs\";\nexport function entry() { return fs; }",
        "const n: number = 1;\nconst fs = require(\"fs\");\nexport function entry() { return fs; }",
        "let fs: any;\ntry { fs = require(\"fs\"); } catch {}\nexport function entry() { return null; }",
    ])
    func imports(source: String) {
        let failure = SandboxMarket.failure(source)
        #expect(failure?.kind == .compile)
        #expect(failure?.message.contains("cannot import") == true)
        if !source.contains("try") { #expect(failure?.line == 2) }
    }

    @Test("Nonsense in place of a signal", arguments: [
        ("42", "not 42"), ("\"long\"", "not \"long\""), ("{}", "side"), ("{ side: \"up\" }", "not \"up\""), ("[]", "side"),
        ("{ side: \"long\", size: \"1\" }", "size"), ("{ side: \"long\", stop: {} }", "stop"),
        ("{ side: \"long\", reason: 5 }", "reason"), ("Promise.resolve(null)", "promise"), ("true", "not true"),
        ("{ get side() { throw 1; } }", "side"), ("new Proxy({}, { get() { throw 1; } })", "side"),
    ])
    func badSignal(expression: String, message: String) {
        let failure = SandboxMarket.failure("export function entry(): any {\n  return \(expression);\n}")
        #expect(failure?.kind == .badSignal)
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "none")")
    }

    @Test("A missing export is told by the check, both files at once, and a good pair has no problem")
    func check() {
        let bad = HelperCheck.run(entry: "export function enter() { return null; }", exit: "let x = ;")
        #expect(bad.map(\.kind) == [.compile, .compile])
        #expect(bad.contains { $0.message.contains("export a function named entry") })
        #expect(bad.contains { $0.file == "exit.ts" && $0.line == 1 })
        #expect(HelperCheck.run(entry: "export const entry = () => null;", exit: "export function exit() { return null; }").isEmpty)
        #expect(HelperCheck.run(entry: "throw new Error('x');\nexport const entry = () => null;", exit: nil).map(\.kind) == [.threw])
    }

    private static let short = SandboxLimits(cpuSeconds: 20, callMilliseconds: 300)

    @Test("An endless loop ends on processor time, with its line")
    func endlessLoop() {
        let failure = SandboxMarket.failure("export function entry() {\n  let i = 0;\n  while (true) {\n    i++;\n  }\n}", limits: Self.short)
        #expect(failure?.kind == .timeLimit)
        #expect(failure?.file == "entry.ts")
        // JavaScriptCore knows where in the script it stopped only to the function.
        #expect((1...4).contains(failure?.line ?? 0))
    }

    @Test("Loops in other places end too", arguments: [
        "while (true) {}\nexport const entry = () => null;",
        "export function entry() { try { while (true) {} } catch { return null; } finally { while (true) {} } }",
        "export function entry() { const again = () => { Promise.resolve().then(again); }; again(); return null; }",
        "export function entry() { return { get side() { while (true) {} } }; }",
        "export function entry() { throw { toString() { while (true) {} } }; }",
        "export function entry() { /^(a+)+$/.test('a'.repeat(64) + 'b'); /(x+x+)+y/.exec('x'.repeat(64)); return null; }",
        "export function entry() { new Array(4e7).fill(0).map((_, i) => 4e7 - i).sort((a, b) => { while (true) {} }); return null; }",
    ])
    func otherLoops(source: String) {
        let failure = SandboxMarket.failure(source, limits: Self.short)
        #expect(failure?.kind == .timeLimit || failure?.kind == .memoryLimit, "\(failure?.description ?? "none")")
    }

    @Test("Eating memory ends the run", arguments: [
        "const all: any[] = [];\nexport function entry() { for (;;) all.push(new Float64Array(100000).fill(1)); }",
        "const all: any[] = [];\nexport function entry() { for (;;) all.push({ a: all.length, b: [1, 2, 3] }); }",
        "let s = 'x';\nexport function entry() { for (;;) { s += s + Math.random(); s.charCodeAt(0); } }",
        "export function entry() { const m = new Map(); for (let i = 0; ; i++) m.set(i, 'k' + i); }",
    ])
    func memory(source: String) {
        let failure = SandboxMarket.failure(source, limits: SandboxLimits(callMilliseconds: 20_000, memoryBytes: 256 << 20))
        #expect(failure?.kind == .memoryLimit, "\(failure?.description ?? "none")")
    }

    @Test("Deep recursion is the helper's error, not ours")
    func recursion() {
        let failure = SandboxMarket.failure("export function entry(): any {\n  return 1 + entry();\n}")
        #expect(failure?.kind == .threw)
        #expect(failure?.line == 2)
    }

    @Test("A log beyond the limit is cut, and says so")
    func hugeLog() throws {
        let source = "export function entry(ctx: any) { for (let i = 0; i < 50; i++) ctx.log('y'.repeat(1000)); return null; }"
        let log = try SandboxMarket.run(source).log
        #expect(log.count == 66)
        #expect(log.last?.text.contains("dropped") == true)
        #expect(log.reduce(0) { $0 + $1.text.utf8.count } < Limits.helperLogBytesMax + 200)
        let huge = "export function entry(ctx: any) { ctx.log('z'.repeat(50_000_000)); ctx.log('after'); return null; }"
        #expect(try SandboxMarket.run(huge, market: SandboxMarket.make(bars: 5)).log.count == 1)
    }

    @Test("A killed sandbox ends the run, not the engine")
    func killed() throws {
        let market = SandboxMarket.make(bars: 100)
        var decider = try SandboxDecider(market: market, entry: "export const entry = () => null;", exit: nil, parameters: [], seed: 1)
        let portfolios = [PortfolioView](repeating: SandboxMarket.portfolio(market), count: 10)
        _ = try decider.next(in: 0..<10, portfolios: portfolios)
        kill(decider.processNumber, SIGKILL)
        do {
            _ = try decider.next(in: 10..<20, portfolios: portfolios)
            Issue.record("a dead sandbox answered")
        } catch let failure as DeciderFailure {
            #expect(failure.kind == .crashed)
        }
    }

    @Test("Nothing stays behind when a decider goes")
    func reaped() throws {
        var number: Int32 = 0
        do {
            let decider = try SandboxDecider(
                market: SandboxMarket.make(bars: 10), entry: "export const entry = () => null;", exit: nil, parameters: [], seed: 1)
            number = decider.processNumber
            #expect(kill(number, 0) == 0)
        }
        #expect(kill(number, 0) == -1)
    }
}
