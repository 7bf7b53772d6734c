internal import ArgumentParser
internal import Foundation
internal import Postgres

/// `tradecraft doctor`: looks at everything `ops/up` started and says what is wrong and what to do.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the processes, the database, the port and the disk of a state folder.",
        discussion: "Changes nothing. The exit status is 1 when something is wrong.")

    @Option(help: "The state folder that ops/up was given.")
    var state = "var"

    @Flag(help: "Print one JSON document.")
    var json = false

    /// One thing looked at.
    struct Finding: Encodable {
        /// `service`, `crash_loop`, `database`, `audit`, `port`, `disk`, `version` or `state`.
        let check: String
        /// The service, path or port looked at.
        let subject: String
        let ok: Bool
        /// What was found and, where it is wrong, what to do.
        let detail: String
    }

    /// What `--json` prints.
    struct Report: Encodable {
        let ok: Bool
        let state: String
        let findings: [Finding]
    }

    func run() throws {
        var findings: [Finding] = []
        if let found = DoctorState(folder: state) {
            findings += Self.services(found) + Self.crashLoops(found) + Self.database(found)
            findings += Self.audit(found)
            findings.append(Self.port(found))
            findings += [Self.disk(found.folder, megabytesNeeded: 500), Self.versions(found)]
        } else {
            findings.append(Finding(
                check: "state", subject: state, ok: false,
                detail: "nothing is set up here that this user can read; start it with ops/up --state \(state)"))
        }
        let report = Report(ok: findings.allSatisfy(\.ok), state: state, findings: findings)
        try show(report)
        if !report.ok { throw ExitCode(1) }
    }

    private func show(_ report: Report) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        for finding in report.findings {
            print("\(finding.ok ? "ok   " : "WRONG") \(finding.check) \(finding.subject): \(finding.detail)")
        }
        let wrong = report.findings.count { !$0.ok }
        print(wrong == 0 ? "Everything is in order." : "\(wrong) of \(report.findings.count) checks found something wrong.")
    }

    private static func services(_ state: DoctorState) -> [Finding] {
        state.expectedNames.map { name in
            let process = state.process(name)
            let log = "its log is \(state.folder)/log/\(name)/current"
            if let pid = process.pid, let seconds = process.seconds {
                guard process.supervised else {
                    return Finding(
                        check: "service", subject: name, ok: false,
                        detail: "runs as process \(pid) but nothing would start it again; run ops/up")
                }
                return Finding(
                    check: "service", subject: name, ok: true, detail: "process \(pid), up for \(seconds) s")
            }
            let advice = process.supervised ? "does not run; \(log)" : "is not started; run ops/up"
            return Finding(check: "service", subject: name, ok: false, detail: advice)
        }
    }

    /// Three exits that followed each other closely are a loop, until the process has held out for a minute.
    private static func crashLoops(_ state: DoctorState) -> [Finding] {
        state.crashes().compactMap { crash in
            guard crash.count >= 3 else { return nil }
            let steady = (state.process(crash.service).seconds ?? 0) >= 60
            let history = "ended \(crash.count) times since \(crash.since), last at \(crash.lastExit) with \(crash.reason)"
            return Finding(
                check: "crash_loop", subject: crash.service, ok: steady,
                detail: steady
                    ? history + "; it has held out since"
                    : history + "; its log is \(state.folder)/log/\(crash.service)/current")
        }
    }

    private static func database(_ state: DoctorState) -> [Finding] {
        guard let conninfo = state.webConnection else {
            return [Finding(
                check: "database", subject: "connection", ok: false,
                detail: "\(state.folder)/env/web can't be read; run doctor as the user who ran ops/up")]
        }
        do {
            let connection = try Connection(conninfo, options: ConnectionOptions(applicationName: "tradecraft doctor"))
            let version = connection.serverVersion / 10_000
            let answers = Finding(
                check: "database", subject: "connection", ok: version >= 16,
                detail: version >= 16 ? "PostgreSQL \(version) answers" : "PostgreSQL \(version); 16 or later is needed")
            return [answers, migrations(state, connection)]
        } catch {
            return [Finding(check: "database", subject: "connection", ok: false, detail: "does not answer: \(error)")]
        }
    }

    private static func migrations(_ state: DoctorState, _ connection: Connection) -> Finding {
        do {
            let status = try Migrator(directory: state.folder + "/app/migrations").status(connection)
            return Finding(
                check: "database", subject: "migrations", ok: status.isCurrent,
                detail: status.isCurrent
                    ? "\(status.applied.count) applied, none pending"
                    : "\(status.pending.count) pending; run ops/up")
        } catch {
            return Finding(check: "database", subject: "migrations", ok: false, detail: "\(error)")
        }
    }

    private static func port(_ state: DoctorState) -> Finding {
        guard let text = state.settings["port"], let port = UInt16(text) else {
            return Finding(check: "port", subject: "?", ok: false, detail: "the settings name no port; run ops/up")
        }
        let answers = LoopbackPort.answers(port)
        return Finding(
            check: "port", subject: text, ok: answers,
            detail: answers ? "http://127.0.0.1:\(port)/ answers" : "nothing listens on 127.0.0.1:\(port); run ops/up")
    }

    private static func disk(_ folder: String, megabytesNeeded: Int) -> Finding {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
        let megabytes = free / 1_000_000
        let enough = megabytes >= megabytesNeeded
        return Finding(
            check: "disk", subject: folder, ok: enough,
            detail: enough ? "\(megabytes) MB free" : "only \(megabytes) MB free; \(megabytesNeeded) MB are needed")
    }

    /// The running release is the one that `app` points at; its stamp tells two builds apart.
    private static func versions(_ state: DoctorState) -> Finding {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: state.folder + "/app")
        return Finding(
            check: "version", subject: "release", ok: link != nil,
            detail: link.map { "runs \($0)" } ?? "no release is in place; run ops/up")
    }
}
