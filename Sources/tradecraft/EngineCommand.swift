internal import ArgumentParser
internal import Base
internal import Engine
internal import Foundation
internal import Jobs
internal import Postgres

/// `tradecraft engine`: does jobs until it is told to stop.
struct EngineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Do jobs: simulations and evaluations.",
        discussion: """
            Any number of engines on any number of machines share the queue. SIGTERM gives unfinished jobs back and ends \
            with status 0. The database role is tradecraft_engine: engine refuses a superuser, a role with BYPASSRLS and \
            an owner.
            """)

    @Option(help: "Jobs done at the same time.")
    var threads = 1

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...64).contains(threads) else { throw ValidationError("--threads takes 1 to 64.") }
    }

    func run() throws {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe sigaddset(&signals, SIGINT)
        // Before any thread starts, so that all inherit it and only the one that waits is woken.
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)

        _ = signal(SIGPIPE, SIG_IGN)
        let address = try database.address(.engine)
        let options = ConnectionOptions(applicationName: "tradecraft engine")
        try RoleCheck.refuseUnlessLeastPrivileged(try Connection(address, options: options))
        let log = Log.standardError
        let stop = StopSignal()
        let waited = signals
        Thread.detachNewThread {
            var set = waited
            var received: Int32 = 0
            _ = unsafe sigwait(&set, &received)
            stop.request()
        }
        let runner = JobRunner(
            connect: { try Connection(address, options: options) }, handlers: [SimulateRunWorker(log: log)], threads: threads, log: log)
        log.info("engine is ready", ["threads": .int(threads)])
        try runner.run(until: stop)
        log.info("engine has stopped")
    }
}
