import Base
import Foundation
import Testing
import Trading

@testable import Gateways

@Suite("Ways out of the sandbox")
struct SandboxEscapeTests {
    @Test("Code from text is refused", arguments: [
        "[].constructor.constructor('return this')()", "eval('1')", "(0, eval)('1')", "new Function('return 1')()",
        "(async () => {}).constructor('return 1')()", "(function* () {}).constructor('yield 1')()",
        "Reflect.construct(Function, ['return globalThis'])",
    ])
    func codeFromText(expression: String) throws {
        #expect(try SandboxMarket.shown(expression).hasPrefix("threw"))
    }

    @Test("What helpers must not have is gone", arguments: [
        "typeof WebAssembly", "typeof SharedArrayBuffer", "typeof Atomics", "typeof FinalizationRegistry", "typeof WeakRef",
        "typeof Intl", "typeof setTimeout", "typeof performance", "typeof process", "typeof globalThis.require",
        "typeof [].toLocaleString", "typeof ''.localeCompare", "typeof ctx.bars.close.buffer", "typeof new ArrayBuffer(8).transfer",
        "typeof $vm", "typeof globalThis.native",
    ])
    func gone(expression: String) throws {
        // `ctx` is not in scope of the expression's arrow but of the function around it.
        #expect(try SandboxMarket.shown(expression) == "undefined")
    }

    @Test("There is no clock", arguments: ["Date.now()", "new Date()", "Date()", "new (class extends Date {})()",
                                          "new (new Date(0).constructor)()", "Reflect.construct(Date, [])"])
    func clock(expression: String) throws {
        #expect(try SandboxMarket.shown(expression).contains("no clock"))
    }

    @Test("Dates with a time work, in UTC")
    func dates() throws {
        #expect(try SandboxMarket.shown("new Date(1755648000000).toISOString() + new Date(1755648000000).getHours()")
            == "2025-08-20T00:00:00.000Z0")
    }

    @Test("Nothing shared can be changed", arguments: [
        "Array.prototype.push = null", "Object.prototype.polluted = 1", "Math.random = () => 1", "globalThis.Float64Array = null",
        "globalThis.Date = 1", "({}).__proto__.x = 1", "Object.defineProperty(Map.prototype, 'get', { value: 1 })",
        "Object.setPrototypeOf(Array.prototype, {})", "(function* () {}).__proto__.prototype.next = 1",
        "Object.getPrototypeOf([][Symbol.iterator]()).next = 1", "Error.prepareStackTrace = () => 1", "Error.stackTraceLimit = 0",
        "ctx.time = 1", "ctx.bars.close = []", "ctx.parameters.x = 1", "ctx.sma.x = 1", "ctx.portfolio.equity = 1",
        "ctx.log.call = 1", "globalThis.anything = 1", "Object.prototype.toString = () => 1",
        "({}).constructor.prototype.valueOf = 1", "RegExp.prototype.exec = null", "Promise.prototype.then = null",
        "Object.getPrototypeOf(Float64Array).prototype.length = 1", "Reflect.apply = 1", "Number.prototype.toFixed = 1",
    ])
    func frozen(expression: String) throws {
        #expect(try SandboxMarket.shown(expression).hasPrefix("threw TypeError"))
    }

    @Test("Honest code still can override on its own objects")
    func overrideMistake() throws {
        #expect(try SandboxMarket.shown("(() => { const e = new Error('a'); e.name = 'Mine'; const o = {}; o.toString = () => 'own'; return e.name + o; })()")
            == "Mineown")
        #expect(try SandboxMarket.shown("(() => { class Mine extends Error { constructor() { super('m'); this.name = 'Mine'; this.message = 'n'; } } return String(new Mine()); })()")
            == "Mine: n")
    }

    /// Whatever a script reaches, it finds no price it has not been shown: each marker lies only in later bars.
    @Test("The future is not to be had", arguments: [
        "ctx.bars.close.subarray(0, 1e6).length", "ctx.bars.close.at(-1) === ctx.bars.close[4] && ctx.bars.close.length",
        "new Float64Array(ctx.bars.close).length", "ctx.bars.close.slice().length", "ctx.bars.close.byteLength / 8",
        "Array.from(ctx.bars.close).length", "[...ctx.bars.close].length", "ctx.of('ETH').bars.length",
        "ctx.bars.close.byteOffset + ctx.bars.length", "structuredLength(ctx.bars.close)", "ctx.bars.close.toSorted().length",
        "new (ctx.bars.close.constructor)(ctx.bars.close).length",
    ])
    func future(expression: String) throws {
        let source = """
            function structuredLength(view: any) { return Object.keys(view).length; }
            export function entry(ctx: any) {
              if (ctx.instrument === "BTC" && ctx.bars.length === 5) ctx.log(`${\(expression)}`);
              return null;
            }
            """
        #expect(try SandboxMarket.run(source).log.map(\.text) == ["5"])
    }

    @Test("Indicators cannot be asked for the future", arguments: [
        "ctx.sma(1, { ago: -1 })", "ctx.sma(1, { ago: 0.5 })", "ctx.sma(1, { ago: NaN })", "ctx.sma(0)", "ctx.sma(-3)", "ctx.sma('x')",
        "ctx.sma(1e9)", "ctx.sma({ valueOf() { return 1; } })", "ctx.sma(1, { get ago() { return -1; } })",
        "ctx.sma('__proto__')", "ctx.of('__proto__')", "ctx.of('constructor')", "ctx.sma(1, { ago: '-1' })",
    ])
    func indicatorArguments(expression: String) throws {
        let text = try SandboxMarket.shown(expression)
        #expect(text.hasPrefix("threw") || text == "null", "\(text)")
    }

    @Test("A helper that tries to read ahead through replaced built-ins sees nothing new")
    func interception() throws {
        // Each trap would see the arrays that the prelude handles if the prelude used anything replaceable.
        let source = """
            const seen: any[] = [];
            const trap = (object: any, key: any) => { try { Object.defineProperty(object, key, { get() { seen.push(this); return undefined; }, set(v) { seen.push(v); }, configurable: true }); } catch {} };
            for (const key of ["0", "1", "4", "ago", "length", "get", "set", "next", "then", "close", "buffer"]) {
              for (const object of [Object.prototype, Array.prototype, Function.prototype, Map.prototype, Float64Array.prototype]) trap(object, key);
            }
            export function entry(ctx: any) {
              ctx.sma(3); ctx.bars.close; ctx.of("ETH").ema(4); ctx.portfolio.positions;
              try { ctx.sma(1, new Proxy({}, { get(target, key, receiver) { seen.push(receiver === target); return 0; } })); } catch {}
              ctx.log(String(seen.filter((value) => value !== false).length));
              return null;
            }
            """
        let log = try SandboxMarket.run(source, market: SandboxMarket.make(bars: 5)).log
        #expect(Set(log.map(\.text)) == ["0"])
    }

    @Test("Functions of the prelude give no way to their callers or closures", arguments: [
        "ctx.log.caller", "ctx.log.arguments", "ctx.sma.caller", "(function () { return arguments.callee; })()",
        "(function f() { return f.caller; })()",
    ])
    func callers(expression: String) throws {
        let text = try SandboxMarket.shown(expression)
        #expect(text.hasPrefix("threw") || text == "undefined" || text == "null", "\(text)")
    }

    @Test("Writing into a view changes no indicator and no signal of another instrument")
    func writing() throws {
        let source = """
            export function entry(ctx: any) {
              const before = ctx.sma(2);
              ctx.bars.close.fill(1e9);
              if (ctx.bars.length === 5) ctx.log(String(ctx.sma(2) === before && ctx.sma(3) < 1e6));
              return null;
            }
            """
        #expect(try SandboxMarket.run(source, market: SandboxMarket.make(bars: 6)).log.map(\.text) == ["true", "true"])
    }

    @Test("The process can open, connect, execute and fork nothing once locked down")
    func selfTest() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ProgramPath.sandbox)
        process.arguments = ["--self-test"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let lines = text.split(separator: "\n")
        for name in ["open", "create", "socket", "unix-socket", "connect", "execve", "fork", "kill-parent", "ptrace", "set-user", "memfd"] {
            #expect(lines.contains("\(name) EPERM"), "\(name): \(text)")
        }
        #expect(lines.count == 11)
    }

    @Test("The running sandbox has no descriptor but nothing, and no privilege")
    func processState() throws {
        let decider = try SandboxDecider(
            market: SandboxMarket.make(bars: 10), entry: "export const entry = () => null;", exit: nil, parameters: [], seed: 1)
        let status = try String(contentsOfFile: "/proc/\(decider.processNumber)/status", encoding: .utf8)
        func field(_ name: String) -> String? {
            status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
        #expect(field("NoNewPrivs") == "1")
        #expect(field("Seccomp") == "2")
        #expect(field("CapEff") == "0000000000000000" || getuid() != 0)
        if getuid() == 0 {
            #expect(field("Uid")?.hasPrefix("65534") == true)
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(decider.processNumber)/fd")
                .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(decider.processNumber)/fd/\($0)") }
            #expect(open.allSatisfy { ["/dev/null", "/dev/urandom", "anon_inode:[eventfd]"].contains($0) || $0.hasSuffix("/statm") }, "\(open)")
        }
        withExtendedLifetime(decider) {}
    }

    @Test("A forged answer is refused, whatever is in it")
    func forgedAnswers() throws {
        let block = try #require(SharedBlock())
        #expect(block.map(bytes: SharedLayout.exchangeBytes(instruments: 3)))
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        var accepted = 0
        for _ in 0..<3_000 {
            block.store(UInt32(truncatingIfNeeded: random.next() % 5), at: SharedLayout.answerCount)
            block.store(Int32(truncatingIfNeeded: random.next()) >> 4, at: SharedLayout.answerTick)
            for offset in stride(from: 0, to: 3 * SharedLayout.signalBytes, by: 8) {
                block.store(random.next() >> (random.next() % 64), at: SharedLayout.signalsOffset + offset)
            }
            guard let (tick, signals) = SandboxProcess.signals(in: block, instruments: 3) else { continue }
            accepted += 1
            #expect(tick >= 0 && (1...3).contains(signals.count), "seed \(seed)")
            #expect(signals.allSatisfy { (0..<3).contains($0.instrument) && $0.reason.unicodeScalars.count <= 200 }, "seed \(seed)")
        }
        #expect(accepted < 3_000)
    }
}
