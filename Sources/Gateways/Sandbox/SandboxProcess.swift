internal import Base
internal import CLinux
internal import Glibc
internal import Trading

/// One sandbox and the two blocks of memory shared with it: starts it, hands it commands, watches what it takes, and
/// believes nothing it answers without checking.
///
/// Belongs to the thread that made it: the kernel ends the sandbox when that thread ends.
final class SandboxProcess {
    private let limits: SandboxLimits
    private let instrumentCount: Int
    private let market: SharedBlock
    let exchange: SharedBlock
    private let child: ChildProcess
    private var commands: UInt32 = 0

    /// What a range of ticks brought.
    enum Answer {
        case ready
        case nothing
        case signals(tick: Int, [Signal])
    }

    /// A failure the sandbox told, in terms of the JavaScript.
    struct Told: Error {
        let kind: DeciderFailure.Kind
        let file: SharedLayout.File
        let line: Int
        let column: Int
        let tick: Int?
        let message: String
    }

    /// Starts the sandbox; it warms up while the caller compiles.
    init(instruments: Int, limits: SandboxLimits) throws(Told) {
        self.limits = limits
        instrumentCount = instruments
        let bytes = SharedLayout.exchangeBytes(instruments: instruments)
        guard instruments <= SharedLayout.instrumentsMax, let market = SharedBlock(),
              let exchange = SharedBlock(), exchange.map(bytes: bytes), exchange.sealSize()
        else { throw Self.crashed("The sandbox could not get memory.") }
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        guard null >= 0, let child = ChildProcess(
            path: ProgramPath.sandbox,
            arguments: [Int(getpid()), limits.memoryBytes, limits.cpuSeconds, limits.callMilliseconds].map { String($0) },
            environment: Self.environment,
            descriptors: [null, null, null, market.descriptor, exchange.descriptor])
        else { throw Self.crashed("The sandbox could not be started (\(ProgramPath.sandbox)).") }
        self.market = market
        self.exchange = exchange
        self.child = child
        exchange.closeDescriptor()
    }

    /// Nothing of ours; and a mathematical library that computes the same on every processor: glibc picks other
    /// versions of exp, log, pow, sin where the processor has fused multiply-add, and these round differently.
    private static let environment = [
        "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4", "SWIFT_BACKTRACE=enable=no",
    ]

    static func crashed(_ message: String) -> Told {
        Told(kind: .crashed, file: .none, line: 0, column: 0, tick: nil, message: message)
    }

    /// Number of the process, for tests that end it.
    var number: Int32 { child.number }

    // MARK: Commands

    /// Hands over the market block and runs the top level of the scripts.
    func load(_ writer: MarketBlockWriter, settings: [UInt8]) throws(Told) {
        guard case .ready = try awaitAnswer() else { throw Self.nonsense }
        guard market.map(bytes: writer.layout(settingsBytes: settings.count).marketBytes) else {
            throw Self.crashed("The sandbox could not get memory.")
        }
        writer.write(settings: settings, to: market)
        guard market.sealContents() else { throw Self.crashed("The sandbox could not get memory.") }
        market.closeDescriptor()
        guard case .ready = try command(.load) else { throw Self.nonsense }
    }

    /// Looks at `ticks`, whose portfolios are in the exchange block.
    func run(_ ticks: Range<Int>) throws(Told) -> Answer {
        exchange.store(Int32(clamping: ticks.lowerBound), at: SharedLayout.commandFrom)
        exchange.store(Int32(clamping: ticks.upperBound), at: SharedLayout.commandTo)
        let answer = try command(.run)
        switch answer {
        case .ready: throw Self.nonsense
        case .nothing: break
        case .signals(let tick, _): guard ticks.contains(tick) else { throw Self.nonsense }
        }
        // A sandbox that was never waited for long enough to be looked at still has a budget.
        if child.cpuNanoseconds > Int64(limits.cpuSeconds) * 1_000_000_000 { throw overrun() }
        return answer
    }

    private func command(_ kind: SharedLayout.Command) throws(Told) -> Answer {
        exchange.store(kind.rawValue, at: SharedLayout.commandKind)
        commands &+= 1
        exchange.release(commands, at: SharedLayout.commandSequence)
        return try awaitAnswer()
    }

    /// Spins as long as a round trip with a running sandbox takes, then sleeps and watches.
    private func awaitAnswer() throws(Told) -> Answer {
        let wanted = commands &+ 1
        let spinUntil = tc_monotonic_nanoseconds() + 50_000
        while tc_monotonic_nanoseconds() < spinUntil {
            for _ in 0..<32 { tc_spin_pause() }
            if exchange.acquire(SharedLayout.answerSequence) == wanted { return try answer() }
        }
        var watch = Watch(child: child, limits: limits)
        while true {
            let seen = exchange.acquire(SharedLayout.answerSequence)
            if seen == wanted { return try answer() }
            exchange.sleep(while: seen, at: SharedLayout.answerSequence, milliseconds: 20)
            if exchange.acquire(SharedLayout.answerSequence) == wanted { return try answer() }
            if let ending = child.poll() {
                // It may have answered and ended since.
                if exchange.acquire(SharedLayout.answerSequence) == wanted { return try answer() }
                throw ended(ending)
            }
            if let kind = watch.look(calls: exchange.load(SharedLayout.progressCalls)) {
                child.kill()
                throw overrun(kind)
            }
        }
    }

    // MARK: Answers

    private static let nonsense = crashed("The sandbox gave an answer that makes no sense, and was ended.")

    private func answer() throws(Told) -> Answer {
        guard let kind = SharedLayout.Answer(rawValue: exchange.load(SharedLayout.answerKind)) else { throw Self.nonsense }
        switch kind {
        case .ready: return .ready
        case .nothing: return .nothing
        case .failed: throw told()
        case .signals:
            guard let (tick, signals) = Self.signals(in: exchange, instruments: instrumentCount) else { throw Self.nonsense }
            return .signals(tick: tick, signals)
        }
    }

    /// The signals in the block; nil when they are not what a sandbox of ours writes.
    static func signals(in exchange: SharedBlock, instruments: Int) -> (tick: Int, signals: [Signal])? {
        let tick = exchange.load(SharedLayout.answerTick, as: Int32.self)
        let count = exchange.load(SharedLayout.answerCount, as: UInt32.self)
        guard tick >= 0, count >= 1, count <= instruments else { return nil }
        var signals: [Signal] = []
        for index in 0..<Int(count) {
            let at = SharedLayout.signalsOffset + index * SharedLayout.signalBytes
            let instrument = Int(exchange.load(at, as: Int32.self))
            let sides: [Signal.Side] = [.long, .short, .exit]
            let side = Int(exchange.load(at + 4, as: UInt32.self))
            let flags: UInt32 = exchange.load(at + 8)
            let reasonBytes = Int(exchange.load(at + 12, as: UInt32.self))
            guard (0..<instruments).contains(instrument), instrument > signals.last?.instrument ?? -1,
                  sides.indices.contains(side), reasonBytes <= SharedLayout.signalReasonBytesMax else { return nil }
            let reasonText = exchange.bytes(at + SharedLayout.signalReasonOffset, count: reasonBytes)
            let reason = String(decoding: reasonText, as: UTF8.self)
            signals.append(Signal(
                instrument: instrument, side: sides[side], size: exchange.load(at + 16),
                stop: flags & 1 != 0 ? exchange.load(at + 24, as: Double.self) : nil,
                target: flags & 2 != 0 ? exchange.load(at + 32, as: Double.self) : nil,
                reason: plainText(reason, charactersMax: Limits.signalReasonCharactersMax)))
        }
        return (Int(tick), signals)
    }

    private func told() -> Told {
        let said = Int(exchange.load(SharedLayout.failureMessageBytes, as: UInt32.self))
        let bytes = min(said, SharedLayout.failureMessageBytesMax)
        let message = String(decoding: exchange.bytes(SharedLayout.failureMessage, count: bytes), as: UTF8.self)
        return Told(
            kind: SharedLayout.Failure(rawValue: exchange.load(SharedLayout.failureKind))?.kind ?? .crashed,
            file: SharedLayout.File(rawValue: exchange.load(SharedLayout.failureFile)) ?? .none,
            line: Int(exchange.load(SharedLayout.failureLine, as: Int32.self)),
            column: Int(exchange.load(SharedLayout.failureColumn, as: Int32.self)),
            tick: progressTick, message: plainText(message, charactersMax: 500))
    }

    private var progressTick: Int? {
        let tick = exchange.load(SharedLayout.progressTick, as: Int32.self)
        return tick >= 0 ? Int(tick) : nil
    }

    private var progressFile: SharedLayout.File {
        SharedLayout.File(rawValue: exchange.load(SharedLayout.progressFile)) ?? .none
    }

    /// The process has ended by itself: by its memory, its time, or for a reason nobody knows.
    private func ended(_ ending: ChildProcess.Ending) -> Told {
        // Nothing of ours sends SIGKILL; and the peak that the kernel tells may be that of the process it was started from.
        if ending.signal != SIGKILL, ending.residentBytesMax > Int64(limits.memoryBytes) / 4 * 3 { return overrun(.memoryLimit) }
        if ending.signal == SIGXCPU { return overrun(.timeLimit) }
        let how = ending.signal.map { "by signal \($0)" } ?? "with status \(ending.status ?? 0)"
        return Told(kind: .crashed, file: progressFile, line: 0, column: 0, tick: progressTick,
                    message: "The sandbox ended unexpectedly (\(how)).")
    }

    private func overrun(_ kind: DeciderFailure.Kind = .timeLimit) -> Told {
        let message = kind == .memoryLimit
            ? "The helper used more than \(limits.memoryBytes / 1_048_576) MB of memory and was ended."
            : "The helper used more processor time than it may (\(limits.callMilliseconds) ms a call, "
                + "\(limits.cpuSeconds) s a run) and was ended."
        return Told(kind: kind, file: progressFile, line: 0, column: 0, tick: progressTick, message: message)
    }

    // MARK: Log

    /// The whole log so far. What does not look like a record ends it.
    func log() -> [LogLine] {
        let end = min(Int(exchange.load(SharedLayout.logBytes, as: UInt32.self)), SharedLayout.logBytesMax)
        var lines: [LogLine] = []
        var at = 0
        while at + SharedLayout.logRecordHeaderBytes <= end {
            let tick = exchange.load(SharedLayout.logOffset + at, as: Int32.self)
            let bytes = Int(exchange.load(SharedLayout.logOffset + at + 4, as: UInt32.self))
            at += SharedLayout.logRecordHeaderBytes
            guard bytes <= end - at else { break }
            let text = String(decoding: exchange.bytes(SharedLayout.logOffset + at, count: bytes), as: UTF8.self)
            lines.append(LogLine(tick: Int(tick), text: plainText(text, charactersMax: .max)))
            at += bytes
        }
        return lines
    }
}

/// Looks after a sandbox that takes longer than a moment.
private struct Watch {
    let child: ChildProcess
    let limits: SandboxLimits
    private var calls: UInt32 = 0
    private var cpuAtCall: Int64 = -1
    private var cpuSeen: Int64 = -1
    private var idleSince = tc_monotonic_nanoseconds()

    /// A stuck process uses no time at all; one on a busy machine uses some within this.
    private static let idleNanosecondsMax: Int64 = 60_000_000_000

    init(child: ChildProcess, limits: SandboxLimits) {
        self.child = child
        self.limits = limits
    }

    /// What limit is broken, if any. A call gets half a second more than its limit, since the sandbox itself ends an
    /// overrun with the line it happened at, except inside native code such as a regular expression.
    mutating func look(calls now: UInt32) -> DeciderFailure.Kind? {
        let cpu = child.cpuNanoseconds
        guard cpu >= 0 else { return nil }
        if now != calls || cpuAtCall < 0 {
            calls = now
            cpuAtCall = cpu
        }
        if cpu != cpuSeen {
            cpuSeen = cpu
            idleSince = tc_monotonic_nanoseconds()
        } else if tc_monotonic_nanoseconds() - idleSince > Self.idleNanosecondsMax {
            return .crashed
        }
        // Threads that compile and collect run beside the script, at most twice its own time on two processors.
        if cpu - cpuAtCall > (Int64(limits.callMilliseconds) * 2 + 500) * 1_000_000 { return .timeLimit }
        if cpu > Int64(limits.cpuSeconds) * 1_000_000_000 { return .timeLimit }
        if let resident = child.residentBytes, resident > limits.memoryBytes / 8 * 9 { return .memoryLimit }
        return nil
    }
}

/// Text from a script without control characters, cut to a number of Unicode scalars.
func plainText(_ text: String, charactersMax: Int) -> String {
    var result = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
        if count == charactersMax { break }
        count += 1
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: result.append(" ")
        // Invisible marks that turn the direction of text around would let a reason imitate another's.
        case .format, .surrogate, .privateUse, .unassigned: break
        default: result.append(scalar)
        }
    }
    return String(result)
}
