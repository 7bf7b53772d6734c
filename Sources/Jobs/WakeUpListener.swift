internal import Base
internal import Postgres

/// One thread per runner: turns a NOTIFY into a ring for an idle worker. When it cannot listen, workers still poll.
struct WakeUpListener {
    private let shared: JobRunnerShared

    init(_ shared: JobRunnerShared) { self.shared = shared }

    func run() {
        while !shared.stop.isRequested {
            do {
                let listener = try Listener(try shared.connect(), channels: [JobQueue.channel])
                // What was enqueued before LISTEN took hold rang for nobody.
                shared.ring()
                while !shared.stop.isRequested {
                    let heard = try listener.wait(milliseconds: Self.waitMilliseconds)
                    if !heard.isEmpty { shared.ring() }
                }
            } catch {
                // Workers report a database that is away; here it only costs latency.
                shared.stop.wait(milliseconds: Self.reconnectMilliseconds)
            }
        }
    }

    private static let waitMilliseconds = 250
    private static let reconnectMilliseconds = 1_000
}
