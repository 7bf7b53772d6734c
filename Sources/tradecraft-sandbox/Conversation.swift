internal import Glibc
internal import Trading

/// The sandbox's side of the exchange block: waits for a command, does it, publishes the answer.
struct Conversation {
    let exchange: SharedMemory
    let engine: ScriptEngine

    func run() -> Never {
        var helpers: HelperRun?
        var sequence: UInt32 = 0
        exchange.store(SharedLayout.Answer.ready.rawValue, at: SharedLayout.answerKind)
        // The engine's first command is number 1; 0 is answered by being ready.
        exchange.release(1, at: SharedLayout.answerSequence)
        while true {
            exchange.wait(while: sequence, at: SharedLayout.commandSequence)
            sequence = exchange.acquire(SharedLayout.commandSequence)
            do {
                switch SharedLayout.Command(rawValue: exchange.load(SharedLayout.commandKind)) {
                case .load:
                    helpers = try load()
                    exchange.store(SharedLayout.Answer.ready.rawValue, at: SharedLayout.answerKind)
                case .run:
                    guard let helpers else { exit(70) }
                    let from = Int(exchange.load(SharedLayout.commandFrom, as: Int32.self))
                    let to = Int(exchange.load(SharedLayout.commandTo, as: Int32.self))
                    guard from >= 0, from <= to, to - from <= SharedLayout.ticksPerCommandMax else { exit(70) }
                    publish(try helpers.signals(in: from..<to))
                case nil: exit(70)
                }
            } catch {
                publish(error)
                exchange.release(sequence &+ 1, at: SharedLayout.answerSequence)
                _exit(0)
            }
            exchange.release(sequence &+ 1, at: SharedLayout.answerSequence)
        }
    }

    private func load() throws(BlamedFailure) -> HelperRun {
        guard let memory = SharedMemory(descriptor: 3, writable: false), let market = MarketBlock(memory: memory),
              exchange.count >= SharedLayout.exchangeBytes(instruments: market.barCounts.count) else { exit(70) }
        close(3)
        close(4)
        return try HelperRun(engine: engine, market: market, exchange: exchange)
    }

    private func publish(_ found: (tick: Int, signals: [RawSignal])?) {
        guard let found else {
            exchange.store(SharedLayout.Answer.nothing.rawValue, at: SharedLayout.answerKind)
            return
        }
        for (index, signal) in found.signals.enumerated() {
            let at = SharedLayout.signalsOffset + index * SharedLayout.signalBytes
            exchange.store(Int32(signal.instrument), at: at)
            exchange.store(signal.side, at: at + 4)
            exchange.store((signal.stop == nil ? 0 : 1) | (signal.target == nil ? 0 : 2) as UInt32, at: at + 8)
            exchange.store(signal.size, at: at + 16)
            exchange.store(signal.stop ?? 0, at: at + 24)
            exchange.store(signal.target ?? 0, at: at + 32)
            let reason = clipped(signal.reason, bytes: SharedLayout.signalReasonBytesMax)
            exchange.store(UInt32(reason.count), at: at + 12)
            exchange.store(bytes: reason, at: at + SharedLayout.signalReasonOffset)
        }
        exchange.store(Int32(found.tick), at: SharedLayout.answerTick)
        exchange.store(UInt32(found.signals.count), at: SharedLayout.answerCount)
        exchange.store(SharedLayout.Answer.signals.rawValue, at: SharedLayout.answerKind)
    }

    private func publish(_ blamed: BlamedFailure) {
        exchange.store(blamed.failure.kind.rawValue, at: SharedLayout.failureKind)
        exchange.store(blamed.file.rawValue, at: SharedLayout.failureFile)
        exchange.store(blamed.failure.line, at: SharedLayout.failureLine)
        exchange.store(blamed.failure.column, at: SharedLayout.failureColumn)
        let message = clipped(blamed.failure.message, bytes: SharedLayout.failureMessageBytesMax)
        exchange.store(UInt32(message.count), at: SharedLayout.failureMessageBytes)
        exchange.store(bytes: message, at: SharedLayout.failureMessage)
        exchange.store(SharedLayout.Answer.failed.rawValue, at: SharedLayout.answerKind)
    }

    /// At most that many bytes, cut between characters.
    private func clipped(_ text: String, bytes: Int) -> ArraySlice<UInt8> {
        var end = text.utf8.count
        let all = Array(text.utf8)
        guard end > bytes else { return all[...] }
        end = bytes
        while end > 0, all[end] & 0xc0 == 0x80 { end -= 1 }
        return all[..<end]
    }
}
