internal import Foundation

/// What `ops/up` leaves in a state folder, read back: settings, processes, crash records. Nothing is changed.
struct DoctorState {
    /// Absolute path of the state folder, links followed.
    let folder: String
    /// The options of the last start, by name (`port`, `workers`, `engines`, `database`, `run`).
    let settings: [String: String]

    /// One process that runit keeps running.
    struct Process {
        let name: String
        /// The process id while it runs, nil while it does not.
        let pid: Int?
        /// Whole seconds since it started.
        let seconds: Int?
        /// True when its runsv is alive to start it again.
        let supervised: Bool
    }

    /// The record that the finish script leaves when a process ends unasked.
    struct Crash: Decodable {
        let service: String
        /// Exits that followed each other closely.
        let count: Int
        let lastExit: String
        let reason: String
        let since: String

        enum CodingKeys: String, CodingKey {
            case service, count, reason, since
            case lastExit = "last_exit"
        }
    }

    /// nil when `ops/up` never set the folder up.
    init?(folder given: String) {
        let folder = URL(fileURLWithPath: given).resolvingSymlinksInPath().path
        guard let text = Self.text(of: folder + "/settings") else { return nil }
        var settings: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        self.folder = folder
        self.settings = settings
    }

    /// The names of the services that the settings ask for.
    var expectedNames: [String] {
        func numbered(_ name: String, _ key: String) -> [String] {
            let count = settings[key].flatMap { Int($0) } ?? 0
            return (0..<max(0, count)).map { "\(name)-\($0 + 1)" }
        }
        let database = settings["database"] == "embedded" ? ["postgres"] : []
        return database + ["nginx"] + numbered("web", "workers") + ["streams"] + numbered("engine", "engines")
    }

    /// What became of one service.
    func process(_ name: String) -> Process {
        let supervise = "\(folder)/services/\(name)/supervise"
        let states = Self.text(of: supervise + "/stat") ?? ""
        let pid = Self.text(of: supervise + "/pid").flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        let supervised = Self.isSupervised(supervise)
        guard states.hasPrefix("run"), let pid, let seconds = Self.secondsRunning(pid) else {
            return Process(name: name, pid: nil, seconds: nil, supervised: supervised)
        }
        return Process(name: name, pid: pid, seconds: seconds, supervised: supervised)
    }

    /// The crash records, by service; a file that is half written or foreign is left out.
    func crashes() -> [Crash] {
        let folder = folder + "/run/crash"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return nil }
            // Absence is the answer for a record that can't be read; the finish script replaces it at the next exit.
            return try? JSONDecoder().decode(Crash.self, from: bytes)
        }
    }

    /// The connection string of the web role, or nil when this user may not read it.
    var webConnection: String? {
        Self.text(of: folder + "/env/web/TRADECRAFT_DATABASE_URL")?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// runsv holds a lock on supervise/lock; a lock that can be had means that it is gone.
    private static func isSupervised(_ supervise: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: supervise + "/lock") else { return false }
        defer { _ = try? file.close() }
        if flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 {
            flock(file.fileDescriptor, LOCK_UN)
            return false
        }
        return errno == EWOULDBLOCK
    }

    /// How long a process has been running, from /proc; nil when there is none of that id.
    private static func secondsRunning(_ pid: Int) -> Int? {
        // Fields after the name in parentheses, which may hold anything: the first is the state, the 20th the start in ticks since boot.
        guard let stat = text(of: "/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")"),
            let uptime = text(of: "/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        // An ended process that nobody has collected yet still has a line.
        guard fields.count > 19, fields[0] != "Z", let ticks = Double(fields[19]) else { return nil }
        return Int(max(0, uptime - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))))
    }

    private static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
