internal import ArgumentParser
internal import Foundation
internal import Postgres

/// How a command finds the database: `--database`, TRADECRAFT_DATABASE_URL, or what `ops/up` wrote under `--state`.
struct DatabaseOptions: ParsableArguments {
    /// Which role a command acts as.
    enum Role: String { case owner, web, engine }

    @Option(help: ArgumentHelp("PostgreSQL connection string. Without it, TRADECRAFT_DATABASE_URL or --state.", valueName: "url"))
    var database: String?

    @Option(help: "The state folder that ops/up was given.")
    var state = "var"

    /// The connection string for `role`.
    func address(_ role: Role) throws -> String {
        if let database { return database }
        let file = "\(state)/env/\(role.rawValue)/TRADECRAFT_DATABASE_URL"
        if let text = try? String(contentsOfFile: file, encoding: .utf8) {
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if let address = ProcessInfo.processInfo.environment["TRADECRAFT_DATABASE_URL"] { return address }
        throw CommandFailure("There is no database: \(file) can't be read. Start the platform with ops/up, or give --database or --state.")
    }

    func connect(_ role: Role, as name: String) throws -> Connection {
        try Connection(try address(role), options: .unlimited(applicationName: "tradecraft \(name)"))
    }
}
