internal import ArgumentParser
internal import Base
internal import Foundation
internal import Postgres

/// `tradecraft migrate`: brings the schema up to date, as the role that owns it.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's schema up to date.",
        discussion: "Run it as the owner of the database (tradecraft_owner). It may run while the site is up.")

    @Option(name: .long, help: ArgumentHelp(
        "Address of the database. Without it, TRADECRAFT_DATABASE_URL, which keeps a password out of the process list.",
        valueName: "url"))
    var database: String?

    @Option(name: .long, help: ArgumentHelp("Folder of the migrations.", valueName: "folder"))
    var migrations = "migrations"

    @Flag(name: .long, help: "Print the result as JSON.")
    var json = false

    func run() throws {
        guard let database = database ?? ProcessInfo.processInfo.environment["TRADECRAFT_DATABASE_URL"] else {
            throw ValidationError("Name the database with --database or TRADECRAFT_DATABASE_URL.")
        }
        do {
            let migrator = try Migrator(directory: migrations)
            let connection = try Connection(database, options: .unlimited(applicationName: "tradecraft migrate"))
            let applied = try migrator.migrate(connection) { migration in
                if !json { print("applying \(migration.name)") }
            }
            report(applied, migrator)
        } catch {
            if json { print(JSON.object([("status", "failed"), ("error", .string(describe(error)))]).text) }
            throw MigrateError(description: describe(error))
        }
    }

    private func report(_ applied: [Migration], _ migrator: Migrator) {
        guard json else {
            print(applied.isEmpty
                ? "The schema is up to date (\(migrator.migrations.count) migrations)."
                : "Applied \(applied.count) of \(migrator.migrations.count) migrations. The schema is up to date.")
            return
        }
        let result = JSON.object([
            ("status", "current"), ("applied", .array(applied.map { .string($0.name) })),
            ("migrations", .int(migrator.migrations.count)),
        ])
        print(result.text)
    }

    /// The operator sees the server's own words here: they are about the schema and the address, not about rows.
    private func describe(_ error: any Error) -> String {
        if let error = error as? PostgresError, case .server(_, _, let message, _) = error {
            return "\(error.description) \(message)"
        }
        return "\(error)"
    }
}

/// Printed on standard error as it is; exit status 1.
private struct MigrateError: Error, CustomStringConvertible {
    let description: String
}
