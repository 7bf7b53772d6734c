internal import ArgumentParser
internal import Base
internal import Engine
internal import Foundation
internal import Gateways
internal import Postgres
internal import Security
internal import Storage

/// `tradecraft audit …`: the audit log as files, and whether they are what was signed.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Export the audit log and verify it.", subcommands: [Export.self, Verify.self])

    /// Writes the whole log into a folder.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the whole audit log into a folder: events, leaves, subtrees, checkpoints.",
            discussion: """
                One snapshot of the database, without addresses, browsers or names. docs/audit.md describes the files. To verify \
                a running platform, copy the checkpoint files before you export: what is signed later is then in both.
                """)

        @Option(help: "The folder to write.")
        var out: String

        @OptionGroup var database: DatabaseOptions

        @Flag(help: "Print the result as JSON.")
        var json = false

        func run() throws {
            let summary = try AuditCommand.export(to: out, database)
            if json {
                print(JSON.object([
                    ("folder", .string(out)), ("events", .int(summary.events)), ("leaves", .int(summary.leaves)),
                    ("checkpoints", .int(summary.checkpoints)),
                ]).text)
            } else {
                print("\(summary.events) events, \(summary.leaves) leaves and \(summary.checkpoints) checkpoints written to \(out).")
            }
        }
    }

    /// Checks an export, or a running platform.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify an exported audit log against the checkpoints kept outside the database.",
            discussion: """
                From files alone: --data and --checkpoints. With --state the log of a running platform is exported into a \
                temporary folder and verified against its checkpoint files. The exit status is 1 when anything is wrong; every \
                finding says what and where. Only a checkpoint that you kept elsewhere (--known) tells that database and files \
                were set back together.
                """)

        @Option(help: ArgumentHelp("A folder that `tradecraft audit export` wrote.", valueName: "folder"))
        var data: String?

        @Option(help: ArgumentHelp("The folder of the checkpoint files.", valueName: "folder"))
        var checkpoints: String?

        @Option(help: ArgumentHelp("The log's public key: log.pub, or a verifier key as /transparency/key gives it.", valueName: "file"))
        var key: String?

        @Option(help: ArgumentHelp("A signed checkpoint that you kept; repeat for several.", valueName: "file"))
        var known: [String] = []

        @OptionGroup var database: DatabaseOptions

        @Flag(help: "Print the result as JSON.")
        var json = false

        func run() throws {
            // Checkpoints first: what is signed while the export runs is then in the export too.
            let notes = try CheckpointFolder(checkpoints ?? "\(database.state)/transparency").notes()
            let others = try known.map { path in String(decoding: try BoundedFile.read(path, bytesMax: 65_536), as: UTF8.self) }
            let key = try AuditCommand.key(self.key ?? "\(database.state)/keys/log.pub")
            let report: AuditVerification.Report
            if let data {
                report = try AuditVerification.verify(export: data, checkpoints: notes, key: key, known: others)
            } else {
                let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tradecraft-audit-\(UUID().uuidString)").path
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
                // What is left of it is in the system's folder for such.
                defer { try? FileManager.default.removeItem(atPath: folder) }
                _ = try AuditCommand.export(to: folder, database)
                report = try AuditVerification.verify(export: folder, checkpoints: notes, key: key, known: others)
            }
            json ? printJSON(report) : printText(report)
            if !report.isSound { throw ExitCode(1) }
        }

        private func printJSON(_ report: AuditVerification.Report) {
            let newest: JSON = report.newest.map { checkpoint in
                ["number": .int(checkpoint.number), "tree_size": .int(checkpoint.size), "root": .string(checkpoint.root.hex),
                 "time": .string(checkpoint.time.description)]
            } ?? .null
            print(JSON.object([
                ("sound", .bool(report.isSound)), ("events", .int(report.events)), ("leaves", .int(report.leaves)),
                ("checkpoints", .int(report.checkpoints)), ("newest", newest),
                ("findings", .array(report.findings.map { finding in
                    ["kind": .string(finding.kind.rawValue), "subject": .string(finding.subject), "detail": .string(finding.detail)]
                })),
                ("findings_omitted", .int(report.omitted)), ("notes", .array(report.notes.map { .string($0) })),
            ]).text)
        }

        private func printText(_ report: AuditVerification.Report) {
            for finding in report.findings { print("WRONG \(finding.kind.rawValue), \(finding.subject): \(finding.detail)") }
            if report.omitted > 0 { print("… and \(report.omitted) more.") }
            for note in report.notes { print("note: \(note)") }
            let counts = "\(report.events) events, \(report.leaves) leaves, \(report.checkpoints) checkpoints"
            guard report.isSound else {
                print("\(report.findings.count + report.omitted) things are wrong: \(counts).")
                return
            }
            print("Everything holds: \(counts).")
            if let newest = report.newest {
                print("Newest checkpoint: \(newest.number), \(newest.size) leaves, \(newest.time). Keep it elsewhere to catch a log set back.")
            }
        }
    }

    /// One snapshot of the database, read as the engine: no other role sees every tenant's events.
    fileprivate static func export(to folder: String, _ database: DatabaseOptions) throws -> AuditExport.Summary {
        let connection = try database.connect(.engine, as: "audit export")
        try connection.runScript("SET default_transaction_isolation = 'repeatable read'", name: "audit.snapshot")
        let now = SystemClock().now()
        return try connection.transaction(.tenant(RunTable.house), .readOnly) { tx in
            try AuditExport.write(to: folder, at: now, in: tx)
        }
    }

    /// `log.pub` or a line in the form of C2SP signed-note.
    fileprivate static func key(_ path: String) throws -> LogVerificationKey {
        let text = String(decoding: try BoundedFile.read(path, bytesMax: 1_024), as: UTF8.self)
        if let found = LogVerificationKey.parse(note: text.trimmingCharacters(in: .whitespacesAndNewlines)) { return found.key }
        return try LogVerificationKey(file: path)
    }
}
