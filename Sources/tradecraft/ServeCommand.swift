internal import ArgumentParser
internal import Base
internal import FastCGI
internal import Foundation
internal import HTTP
internal import Postgres
internal import Security
internal import Site

/// `tradecraft serve`: answers requests from nginx.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer web requests that nginx passes on over a unix socket.",
        discussion: """
            Each process has a socket of its own; nginx spreads requests over all of them. SIGTERM stops accepting, \
            answers what was accepted and ends with status 0. The database role is tradecraft_web: serve refuses a \
            superuser, a role with BYPASSRLS and an owner.
            """)

    @Option(help: "Path of the unix socket to listen on.")
    var socket: String

    @Option(help: "Group that may connect to the socket (nginx's). Without it, the group of this process.")
    var socketGroup: String?

    @Option(help: "Threads. Each has a database connection of its own, opened when it is first needed.")
    var threads = 8

    @Flag(help: "Answer event streams instead of requests.")
    var streams = false

    @Option(help: "Folder of styles, scripts and pictures.")
    var web = "web"

    @Option(help: "Folder of lock files that all serve processes of this machine share. Without it, the socket's.")
    var lockFolder: String?

    @Option(help: "Name of this process in metrics and logs. Without it, the socket's.")
    var name: String?

    @Option(help: "Scheme, host and port under which people reach the site. Without it, TRADECRAFT_ORIGIN.")
    var origin: String?

    @Option(help: "Folder of keys, as `tradecraft keys create` makes it. Without it, TRADECRAFT_KEYS.")
    var keys: String?

    @Option(help: "PostgreSQL connection string. Without it, TRADECRAFT_DATABASE_URL.")
    var database: String?

    @Option(help: "Requests a minute that one API token may send. Without it, TRADECRAFT_REQUESTS_PER_MINUTE_TOKEN.")
    var requestsPerMinuteToken: Int?

    @Option(help: "Requests a minute that one account may send to the API. Without it, TRADECRAFT_REQUESTS_PER_MINUTE_ACCOUNT.")
    var requestsPerMinuteAccount: Int?

    @Option(help: "Requests a minute that may reach the API from one network. Without it, TRADECRAFT_REQUESTS_PER_MINUTE_NETWORK.")
    var requestsPerMinuteNetwork: Int?

    func validate() throws {
        guard (1...512).contains(threads) else { throw ValidationError("--threads takes 1 to 512.") }
    }

    func run() throws {
        StopSignal.blockSignals()
        guard let address = database ?? ProcessInfo.processInfo.environment["TRADECRAFT_DATABASE_URL"] else {
            throw ValidationError("Name the database with --database or TRADECRAFT_DATABASE_URL.")
        }
        let settings = try siteSettings()
        let file = URL(fileURLWithPath: socket)
        let name = name ?? file.deletingPathExtension().lastPathComponent
        let locks = lockFolder ?? file.deletingLastPathComponent().path
        let options = ConnectionOptions(applicationName: "tradecraft \(name)")
        try RoleCheck.refuseUnlessLeastPrivileged(try Connection(address, options: options))
        let log = Log.standardError
        let site = Site(
            features: Site.features, assets: try Assets(folder: web), hashSlots: HashSlots(folder: locks),
            settings: settings, metrics: Metrics(process: name), pool: streams ? .streams : .requests, limits: try requestLimits(), log: log)
        let listening = try ListeningSocket(path: socket, group: socketGroup)
        let stop = StopSignal()
        Thread.detachNewThread {
            StopSignal.waitForTermination()
            stop.set()
        }
        log.info("serve \(name) is ready", ["socket": .string(socket), "threads": .int(threads)])
        WorkerPool.run(on: listening, threadCount: threads, stop: stop) {
            let database = Database { try Connection(address, options: options) }
            return WorkerPool.Responder(
                respond: { site.respond($0, on: database) },
                refuse: { site.refuse($0, requestID: $1) })
        }
        log.info("serve \(name) has stopped")
    }

    /// What docs/api.md promises, unless told otherwise.
    private func requestLimits() throws -> RequestLimits {
        let environment = ProcessInfo.processInfo.environment
        func limit(_ option: Int?, _ name: String, orElse usual: Int) throws -> Int {
            let variable = "TRADECRAFT_REQUESTS_PER_MINUTE_\(name)"
            let number = option ?? environment[variable].map { Int($0) ?? 0 } ?? usual
            guard (1...1_000_000_000).contains(number) else {
                throw ValidationError("--requests-per-minute-\(name.lowercased()) and \(variable) take 1 to 1000000000.")
            }
            return number
        }
        var limits = RequestLimits()
        limits.perToken = try limit(requestsPerMinuteToken, "TOKEN", orElse: limits.perToken)
        limits.perAccount = try limit(requestsPerMinuteAccount, "ACCOUNT", orElse: limits.perAccount)
        limits.perNetwork = try limit(requestsPerMinuteNetwork, "NETWORK", orElse: limits.perNetwork)
        return limits
    }

    private func siteSettings() throws -> SiteSettings {
        let environment = ProcessInfo.processInfo.environment
        guard let origin = origin ?? environment["TRADECRAFT_ORIGIN"] else {
            throw ValidationError("Name the site's address with --origin or TRADECRAFT_ORIGIN, such as http://localhost:8080.")
        }
        guard let folder = keys ?? environment["TRADECRAFT_KEYS"] else {
            throw ValidationError("Name the folder of keys with --keys or TRADECRAFT_KEYS; tradecraft keys create makes one.")
        }
        guard let settings = SiteSettings(origin: origin, keys: try WebKeys(folder: folder)) else {
            throw ValidationError("--origin is a scheme, a host in lower case and, unless it is the usual one, a port: https://tradecraft.example.")
        }
        return settings
    }
}
