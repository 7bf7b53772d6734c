internal import Base
internal import CJavaScriptCore
internal import Trading

/// The helpers of one run, loaded, with everything they may see up to the tick being asked about.
@safe final class HelperRun: ScriptHost {
    private let engine: ScriptEngine
    private let market: MarketBlock
    private let exchange: SharedMemory
    private var randomness: SeededRandom
    private var importWasTried = false

    private let live: UnsafeMutableBufferPointer<Double>
    private var contexts: [JSObjectRef] = unsafe []
    private var entry: JSObjectRef?
    private var exit: JSObjectRef?
    private var require: JSValueRef?

    /// Bars of each instrument that have closed.
    private var counts: [Int]
    private var feeds: [Feed] = []
    private var feedsOf: [[Int]]
    /// What indicators are computed from, made when the first is asked for.
    private var bars: [BarSeries?]
    private var tick = -1
    private var calls: UInt32 = 0
    private var logBytes = 0
    private var logIsFull = false

    /// More different series than any honest helper asks for.
    private static let feedsMax = 1_024

    /// An array that scripts read and this side fills: `visible[i]` is copied from `full[i]` when bar i has closed.
    @safe private struct Feed {
        let full: [Double]
        let visible: UnsafeMutableBufferPointer<Double>
        var filled = 0

        mutating func fill(to count: Int) {
            while filled < count {
                unsafe visible[filled] = full[filled]
                filled += 1
            }
        }
    }

    /// Builds the contexts and runs the top level of the scripts.
    init(engine: ScriptEngine, market: MarketBlock, exchange: SharedMemory) throws(BlamedFailure) {
        self.engine = engine
        self.market = market
        self.exchange = exchange
        let width = market.barCounts.count
        randomness = SeededRandom(seed: market.settings.seed)
        counts = [Int](repeating: 0, count: width)
        feedsOf = [[Int]](repeating: [], count: width)
        bars = [BarSeries?](repeating: nil, count: width)
        guard let (liveObject, live) = unsafe engine.makeNumbers(Prelude.liveValues(instruments: width)) else {
            throw BlamedFailure(.none, ScriptFailure(.memoryLimit, "The sandbox could not get memory."))
        }
        unsafe self.live = unsafe live
        do throws(ScriptFailure) {
            try unsafe runPrelude(liveObject)
        } catch {
            throw BlamedFailure(.none, error)
        }
        engine.limitCalls(host: self)
        unsafe entry = try unsafe load(market.settings.entry, .entry)
        unsafe exit = try unsafe load(market.settings.exit, .exit)
    }

    private func runPrelude(_ liveObject: JSObjectRef) throws(ScriptFailure) {
        let settings = market.settings
        let native = unsafe engine.makeObject([
            ("feed", engine.makeNative(.feed)), ("log", engine.makeNative(.log)),
            ("random", engine.makeNative(.random)), ("importRefused", engine.makeNative(.importRefused)),
        ])
        let kinds = unsafe IndicatorKind.allCases.map { kind in
            unsafe engine.makeObject([
                ("name", engine.makeText(kind.rawValue)),
                ("standards", engine.makeArray(kind.parameters.map { unsafe engine.makeNumber($0.standard) })),
                ("lines", engine.makeArray(kind.lines.map { unsafe engine.makeText($0) })),
                ("needsOther", engine.makeBool(kind.needsOther)),
            ])
        }
        let about = unsafe engine.makeObject([
            ("live", liveObject), ("logBytesMax", engine.makeNumber(Double(settings.logBytesMax))),
            ("instruments", engine.makeArray(settings.instruments.map { unsafe engine.makeText($0) })),
            ("timeframe", engine.makeText(settings.timeframe)),
            ("parameters", engine.makeObject(settings.parameters.map { unsafe ($0.name, engine.makeNumber($0.value)) })),
            ("indicators", engine.makeArray(kinds)),
        ])
        let prelude = try unsafe engine.evaluate(Prelude.source, file: "prelude")
        guard let function = unsafe engine.function(prelude) else { fatalError("Invariant: the prelude is a function.") }
        let result = try unsafe engine.call(function, [native, about], file: "prelude")
        guard let parts = unsafe engine.object(result), let all = unsafe engine.property(parts, "contexts"),
              let list = unsafe engine.object(all), let require = unsafe engine.property(parts, "require")
        else { fatalError("Invariant: the prelude returns contexts and require.") }
        unsafe engine.keep(all)
        unsafe engine.keep(require)
        unsafe self.require = unsafe require
        for index in settings.instruments.indices {
            guard let value = unsafe engine.element(list, index), let context = unsafe engine.object(value) else {
                fatalError("Invariant: one context an instrument.")
            }
            unsafe contexts.append(context)
        }
    }

    /// Runs the top level of one script and finds the function it must export.
    private func load(_ script: String?, _ file: SharedLayout.File) throws(BlamedFailure) -> JSObjectRef? {
        guard let script else { return nil }
        begin(file)
        let name = file == .entry ? "entry" : "exit"
        do throws(ScriptFailure) {
            // One line with the first of the script's, so that its line numbers stay as the source map knows them.
            let wrapped = "(function (require) { \"use strict\"; " + script
                + "\nreturn typeof helper === \"undefined\" ? undefined : helper; })"
            let outer = try unsafe engine.evaluate(wrapped, file: name + ".ts")
            guard let outer = unsafe engine.function(outer) else {
                throw ScriptFailure(.compile, "The helper is not a script.")
            }
            let exports = try unsafe engine.call(outer, [require], file: name + ".ts")
            if importWasTried { throw ScriptFailure(.compile, Self.importMessage) }
            guard let object = unsafe engine.object(exports), let value = unsafe engine.property(object, name),
                  let function = unsafe engine.function(value)
            else { throw ScriptFailure(.compile, "\(name).ts must export a function named \(name).") }
            unsafe engine.keep(function)
            return unsafe function
        } catch {
            throw BlamedFailure(file, blamed(error, name + ".ts"))
        }
    }

    private static let importMessage =
        "A helper cannot import or require anything: it is one file, and everything it may use is in ctx."

    /// What the failure really was: a limit that broke while a member was read, or an import, which is a mistake in
    /// the text whatever the script made of its error.
    private func blamed(_ failure: ScriptFailure, _ file: String) -> ScriptFailure {
        if let stopped = engine.stopFailure(file: file) { return stopped }
        guard importWasTried, failure.kind == .threw else { return failure }
        return ScriptFailure(.compile, Self.importMessage, line: failure.line, column: failure.column)
    }

    private func begin(_ file: SharedLayout.File) {
        calls &+= 1
        exchange.store(file.rawValue, at: SharedLayout.progressFile)
        exchange.store(UInt32(bitPattern: Int32(clamping: tick)), at: SharedLayout.progressTick)
        exchange.store(calls, at: SharedLayout.progressCalls)
    }

    // MARK: Ticks

    /// Asks about the ticks in order and stops after the first with a signal. `range` starts after the last one seen.
    func signals(in range: Range<Int>) throws(BlamedFailure) -> (tick: Int, signals: [RawSignal])? {
        guard range.lowerBound > tick, range.upperBound <= market.tickCount else {
            throw BlamedFailure(.none, ScriptFailure(.threw, "The engine asked about ticks out of order."))
        }
        // Ticks nobody asks about still pass.
        for skipped in (tick + 1)..<range.lowerBound { advance(to: skipped) }
        for next in range {
            advance(to: next)
            readPortfolio(row: next - range.lowerBound)
            let found = try signalsAtTick()
            if !found.isEmpty { return (next, found) }
        }
        return nil
    }

    private func advance(to next: Int) {
        tick = next
        for instrument in counts.indices {
            let bar = market.bar(instrument, atTick: next)
            guard bar >= counts[instrument], bar < market.barCounts[instrument] else { continue }
            counts[instrument] = bar + 1
            unsafe live[Prelude.liveCountsIndex + instrument] = Double(bar + 1)
            for feed in feedsOf[instrument] { feeds[feed].fill(to: bar + 1) }
        }
    }

    private func readPortfolio(row: Int) {
        let width = counts.count
        let offset = SharedLayout.portfolioOffset + row * SharedLayout.portfolioRowValues(instruments: width) * 8
        unsafe live[0] = Double(market.time(ofTick: tick))
        unsafe live[1] = exchange.load(offset)
        unsafe live[2] = exchange.load(offset + 8)
        let positions = Prelude.livePositionsIndex(instruments: width)
        for value in 0..<(4 * width) { unsafe live[positions + value] = exchange.load(offset + 16 + value * 8) }
    }

    private func signalsAtTick() throws(BlamedFailure) -> [RawSignal] {
        var found: [RawSignal] = []
        let positions = Prelude.livePositionsIndex(instruments: counts.count)
        for instrument in counts.indices where market.bar(instrument, atTick: tick) >= 0 {
            let isOpen = unsafe live[positions + 4 * instrument] != 0
            let file: SharedLayout.File = isOpen ? .exit : .entry
            guard let function = unsafe isOpen ? exit : entry else { continue }
            begin(file)
            let name = isOpen ? "exit.ts" : "entry.ts"
            do throws(ScriptFailure) {
                let value = try unsafe engine.call(function, [contexts[instrument]], file: name)
                if importWasTried { throw ScriptFailure(.compile, Self.importMessage) }
                if unsafe engine.isNothing(value) { continue }
                found.append(try unsafe RawSignal(value, instrument: instrument, engine: engine))
            } catch {
                throw BlamedFailure(file, blamed(error, name))
            }
        }
        return found
    }

    // MARK: What scripts call

    func feed(_ request: FeedRequest) throws(FeedRefusal) -> JSObjectRef {
        guard counts.indices.contains(request.instrument) else { throw FeedRefusal(message: "There is no such instrument.") }
        guard feeds.count < Self.feedsMax else {
            throw FeedRefusal(message: "A run may use at most \(Self.feedsMax) different columns and indicators.")
        }
        let full = try values(request)
        guard let (object, visible) = unsafe engine.makeNumbers(full.count) else {
            throw FeedRefusal(message: "Out of memory.")
        }
        var feed = unsafe Feed(full: full, visible: visible)
        feed.fill(to: counts[request.instrument])
        feedsOf[request.instrument].append(feeds.count)
        feeds.append(feed)
        return unsafe object
    }

    private func values(_ request: FeedRequest) throws(FeedRefusal) -> [Double] {
        if let column = SharedLayout.Column(rawValue: request.kind) { return market.values(request.instrument, column) }
        let index = request.kind - Prelude.columnKinds
        guard IndicatorKind.allCases.indices.contains(index),
              IndicatorKind.allCases[index].lines.indices.contains(request.line)
        else { throw FeedRefusal(message: "There is no such indicator.") }
        let kind = IndicatorKind.allCases[index]
        do throws(IndicatorError) {
            return try Indicator.series(
                kind, line: kind.lines[request.line], parameters: request.numbers, bars: series(request.instrument),
                other: counts.indices.contains(request.other) ? series(request.other) : nil)
        } catch {
            throw FeedRefusal(message: error.description)
        }
    }

    private func series(_ instrument: Int) -> BarSeries {
        if let known = bars[instrument] { return known }
        let made = market.series(instrument)
        bars[instrument] = made
        return made
    }

    func log(_ text: String) {
        guard !logIsFull else { return }
        let bytes = Array(text.utf8)
        let limit = min(market.settings.logBytesMax, SharedLayout.logBytesMax - 1_024)
        if logBytes + SharedLayout.logRecordHeaderBytes + bytes.count > limit {
            logIsFull = true
            append(record: Array("The rest of this log was dropped: a run keeps at most \(limit) bytes.".utf8))
        } else {
            append(record: bytes)
        }
    }

    private func append(record bytes: [UInt8]) {
        let offset = SharedLayout.logOffset + logBytes
        exchange.store(Int32(clamping: tick), at: offset)
        exchange.store(UInt32(bytes.count), at: offset + 4)
        exchange.store(bytes: bytes[...], at: offset + SharedLayout.logRecordHeaderBytes)
        logBytes += SharedLayout.logRecordHeaderBytes + bytes.count
        exchange.store(UInt32(logBytes), at: SharedLayout.logBytes)
    }

    func random() -> Double { randomness.unit() }

    func importRefused() { importWasTried = true }
}

/// A failure and the script it happened in.
struct BlamedFailure: Error {
    let file: SharedLayout.File
    let failure: ScriptFailure
    init(_ file: SharedLayout.File, _ failure: ScriptFailure) {
        self.file = file
        self.failure = failure
    }
}

/// A signal as the script gave it: right in its types, judged by nobody yet.
struct RawSignal {
    let instrument: Int
    /// Index into long, short, exit.
    let side: UInt32
    let size: Double
    let stop: Double?
    let target: Double?
    let reason: String

    init(_ value: JSValueRef, instrument: Int, engine: ScriptEngine) throws(ScriptFailure) {
        guard let object = unsafe engine.object(value) else {
            throw ScriptFailure(.badSignal, "A helper returns null or a signal, not \(unsafe Self.shown(value, engine)).")
        }
        guard let sideValue = unsafe engine.property(object, "side"), unsafe engine.isString(sideValue),
              let sideName = unsafe engine.string(sideValue),
              let side = ["long", "short", "exit"].firstIndex(of: sideName)
        else {
            if let then = unsafe engine.property(object, "then"), unsafe engine.function(then) != nil {
                throw ScriptFailure(.badSignal, "The helper returned a promise: helpers cannot be async.")
            }
            let shown = unsafe engine.property(object, "side").map { unsafe Self.shown($0, engine) } ?? "nothing"
            throw ScriptFailure(.badSignal, "A signal's side is \"long\", \"short\" or \"exit\", not \(shown).")
        }
        self.instrument = instrument
        self.side = UInt32(side)
        size = try unsafe Self.number("size", of: object, engine) ?? 1
        stop = try unsafe Self.number("stop", of: object, engine)
        target = try unsafe Self.number("target", of: object, engine)
        let reasonValue = unsafe engine.property(object, "reason")
        if let reasonValue = unsafe reasonValue, !(unsafe engine.isNothing(reasonValue)) {
            guard unsafe engine.isString(reasonValue), let text = unsafe engine.string(reasonValue) else {
                throw ScriptFailure(.badSignal, "A signal's reason is a text, not \(unsafe Self.shown(reasonValue, engine)).")
            }
            reason = text
        } else {
            reason = ""
        }
    }

    /// NaN and infinities are numbers: the risk engine denies them where everybody can see it.
    private static func number(
        _ name: String, of object: JSObjectRef, _ engine: ScriptEngine
    ) throws(ScriptFailure) -> Double? {
        guard let value = unsafe engine.property(object, name) else {
            throw ScriptFailure(.badSignal, "A signal's \(name) could not be read.")
        }
        if unsafe engine.isNothing(value) { return nil }
        guard let number = unsafe engine.number(value) else {
            throw ScriptFailure(.badSignal, "A signal's \(name) is a number, not \(unsafe shown(value, engine)).")
        }
        return number
    }

    private static func shown(_ value: JSValueRef, _ engine: ScriptEngine) -> String {
        let text = String((unsafe engine.string(value) ?? "something that has no text").prefix(40))
        return unsafe engine.isString(value) ? "\"\(text)\"" : text
    }
}
