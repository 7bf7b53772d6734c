internal import ArgumentParser
internal import Base
internal import Engine
internal import Foundation
internal import Jobs
internal import Postgres
internal import Security

/// `tradecraft engine`: does jobs until it is told to stop.
struct EngineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Do jobs: simulations, evaluations and mail.",
        discussion: """
            Any number of engines on any number of machines share the queue. SIGTERM gives unfinished jobs back and ends \
            with status 0. The database role is tradecraft_engine: engine refuses a superuser, a role with BYPASSRLS and \
            an owner.
            """)

    @Option(help: "Jobs done at the same time.")
    var threads = 1

    @Option(help: ArgumentHelp("Folder of the keys that `tradecraft keys create` made: opens sealed mail.", valueName: "folder"))
    var keys: String?

    @Option(help: ArgumentHelp("Folder for the signed checkpoints of the audit log, outside the database.", valueName: "folder"))
    var transparency: String?

    @OptionGroup var mail: MailOptions

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
        let sender = try sender()
        let stop = StopSignal()
        let waited = signals
        Thread.detachNewThread {
            var set = waited
            var received: Int32 = 0
            _ = unsafe sigwait(&set, &received)
            stop.request()
        }
        let connect: @Sendable () throws -> Connection = { try Connection(address, options: options) }
        let runner = JobRunner(connect: connect, handlers: [SimulateRunWorker(log: log), EraseAccountWorker()], threads: threads, log: log)
        if let sequencer = try sequencer(connect, log) { Thread.detachNewThread { sequencer.run(until: stop) } }
        let mailEnded = StopSignal()
        if let sender {
            // Threads of its own: a letter never waits for a simulation, nor a simulation for a slow mail server.
            let letters = JobRunner(connect: connect, handlers: [sender], threads: Self.mailThreads, guests: 0, log: log)
            Thread.detachNewThread {
                do { try letters.run(until: stop) } catch {
                    log.error("The engine cannot send mail and stops: \(error)")
                    stop.request()
                }
                mailEnded.request()
            }
        } else {
            mailEnded.request()
        }
        log.info("engine is ready", ["threads": .int(threads), "mail": .bool(sender != nil)])
        try runner.run(until: stop)
        mailEnded.wait(milliseconds: 15_000)
        log.info("engine has stopped")
    }

    private static let mailThreads = 2

    /// Keeps the audit log; nil without `--transparency`. A killed one loses nothing: what it had not finished it starts anew.
    private func sequencer(_ connect: @escaping @Sendable () throws -> Connection, _ log: Log) throws -> AuditSequencer? {
        guard let transparency else { return nil }
        guard let keys else { throw ValidationError("Name the folder of keys with --keys: checkpoints are signed with log.key.") }
        return AuditSequencer(
            connect: connect, key: try EngineKeys(folder: keys).log, folder: CheckpointFolder(transparency), log: log)
    }

    /// Sends letters; nil with `--no-mail`. Letters need the key that opens them and a way to go.
    private func sender() throws -> SendMailWorker? {
        guard let (transport, from) = try mail.transport() else { return nil }
        guard let keys else { throw ValidationError("Name the folder of keys with --keys: mail is sealed for mail.key.") }
        return SendMailWorker(key: try EngineKeys(folder: keys).mail, transport: transport, from: from)
    }
}
