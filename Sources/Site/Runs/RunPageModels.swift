internal import Base
internal import HTTP
internal import Jobs
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// A stored run with what its pages need besides.
struct StoredRun {
    let row: RunTable.Row
    /// The public face of the skill that was run, if it has one.
    let listing: ListingTable.Row?
    /// The viewer's own skill that was run; nil for everybody else.
    let skill: Storage.SkillTable.Row?
    let isOwner: Bool

    /// Nil for a run that is neither the viewer's nor the house's. `isWhole` reads curve and trades too.
    init?(_ id: ID<Run>, isWhole: Bool, viewer: Caller?, in tx: borrowing Transaction) throws {
        guard let row = isWhole ? try RunTable.find(id, in: tx) : try RunTable.state(id, in: tx) else { return nil }
        self.row = row
        listing = try ListingTable.find(skill: row.order.skill, in: tx)
        skill = viewer == nil ? nil : try Storage.SkillTable.find(row.order.skill, in: tx)
        isOwner = row.tenant == viewer?.tenant
    }

    var isEvaluation: Bool { row.tenant == RunTable.house }

    func header(viewer: Caller?) -> RunHeader {
        let order = row.order
        let lineage = skill?.lineage ?? listing?.publication.lineage ?? order.skill
        return RunHeader(
            id: order.id, skill: listing.map { SkillName(handle: $0.publication.handle, slug: $0.publication.slug) },
            title: order.skillTitle, version: "v\(order.versionNumber)", glyph: Glyph(lineage: lineage, skill: order.skill),
            from: order.from.date, to: order.to.date, timeframe: order.timeframe.rawValue, universe: order.universe,
            isSynthetic: order.universe.contains { $0.hasPrefix("SIM-") },
            startedBy: isEvaluation ? "tradecraft" : viewer?.handle ?? order.authorHandle, createdAt: row.createdAt, isOwner: isOwner)
    }

    /// The newest version is the one that was run, and it is not the public one.
    var canPublish: Bool {
        guard let skill else { return false }
        return skill.latestNumber == row.order.versionNumber && skill.publishedNumber != skill.latestNumber
    }
}

/// Where a run that may still move is, from its row and its job.
struct RunStanding: Sendable, Hashable {
    let state: RunTable.State
    /// Place in the queue, 1 is next; nil when it is not queued or not known.
    let position: Int?
    let progress: RunProgress
    /// The run will never end by itself: its job was given up.
    let isLost: Bool

    init(_ row: RunTable.Row, now: Instant, in tx: borrowing Transaction) throws {
        let isLive = row.state == .queued || row.state == .running
        let job = isLive ? try row.job.flatMap { try JobQueue.status($0, in: tx) } : nil
        isLost = isLive && (job?.state == .failed || job?.state == .cancelled)
        state = isLost ? .failed : row.state
        position = state == .queued ? job?.queuePosition : nil
        progress = switch state {
        case .queued: .waiting(position: position)
        case .running: .replaying(row, now: now)
        case .completed: RunProgress(stage: "Done", fraction: 1, millisecondsLeft: 0)
        case .failed: RunProgress(stage: "Failed", fraction: row.progress, millisecondsLeft: nil)
        case .cancelled: RunProgress(stage: "Cancelled", fraction: row.progress, millisecondsLeft: nil)
        }
    }

    var isOver: Bool { state != .queued && state != .running }

    /// What `web/js/run-progress.js` reads.
    var json: JSON {
        [
            "state": .string(state.rawValue), "stage": .string(progress.stage), "fraction": .double(progress.fraction),
            "milliseconds_left": progress.millisecondsLeft.map { .int($0) } ?? .null,
        ]
    }
}

extension RunProgress {
    /// Of a queued run.
    static func waiting(position: Int?) -> RunProgress {
        let stage = switch position {
        case nil: "Waiting for a free engine"
        case 1: "Next in the queue"
        case let place?: "Number \(Format.count(place)) in the queue"
        }
        return RunProgress(stage: stage, fraction: 0, millisecondsLeft: nil)
    }

    /// Of a running one. The time left follows from the speed so far, once there is enough of it to measure.
    static func replaying(_ row: RunTable.Row, now: Instant) -> RunProgress {
        let fraction = min(max(row.progress, 0), 1)
        let stage: String = if let ticks = row.progressNote?["ticks"]?.int, let total = row.progressNote?["total"]?.int {
            "Replaying bars, \(Format.count(Int(clamping: ticks))) of \(Format.count(Int(clamping: total)))"
        } else {
            "Loading candles"
        }
        guard let start = row.startedAt, fraction >= 0.01 else {
            return RunProgress(stage: stage, fraction: fraction, millisecondsLeft: nil)
        }
        let spent = max(0, Double(now.milliseconds) - Double(start.milliseconds))
        let left = spent * (1 - fraction) / fraction
        return RunProgress(stage: stage, fraction: fraction, millisecondsLeft: left < 1e12 ? Int64(left) : nil)
    }
}

extension RunFailure {
    /// What the engine left in the row. `files` are the version's, when the viewer may read them.
    init(_ failure: JSON?, files: VersionTable.Files?) {
        let kind = failure?["kind"]?.string ?? ""
        let file = failure?["file"]?.string
        let line = failure?["line"]?.int.flatMap { Int(exactly: $0) }
        self.init(
            message: failure?["message"]?.string ?? "The engine stopped this run without a reason.", file: file, line: line,
            excerpt: file.flatMap { name in line.flatMap { RunFailure.excerpt(of: name, around: $0, files) } },
            advice: RunFailure.advice(kind))
    }

    /// The job was given up, for example after its machine failed again and again.
    static let lost = RunFailure(
        message: "The engine gave this run up", advice: "This is our fault, not your skill's. Start the run again.")

    private static let linesAround = 3

    private static func excerpt(of name: String, around line: Int, _ files: VersionTable.Files?) -> String? {
        let text: String? = switch name {
        case SkillFolder.skillFile: files?.skillMD
        case SkillFolder.entryFile: files?.entry
        case SkillFolder.exitFile: files?.exit
        default: nil
        }
        guard let lines = text?.split(separator: "\n", omittingEmptySubsequences: false), lines.indices.contains(line - 1) else { return nil }
        let shown = max(1, line - linesAround)...min(lines.count, line + linesAround)
        return shown.map { "\($0 == line ? "→" : " ") \($0)  \(lines[$0 - 1])" }.joined(separator: "\n")
    }

    private static func advice(_ kind: String) -> String {
        switch kind {
        case "threw": "Look at the line above: a value is probably missing or of another kind than it expects. Change it, save, and run again."
        case "time_limit": "The helper took too long. Loop over fewer bars, or keep results between calls, then run again."
        case "memory_limit": "The helper used too much memory. Keep fewer values, then run again."
        case "bad_signal": "A helper returns null or a signal with a side, and numbers that are finite. The authoring guide lists the fields."
        case "compile": "The TypeScript does not compile. Change the line above, save, and run again."
        case "cannot_start": "Choose other instruments, another span or another model, then run again."
        case "invalid_skill": "Open the editor and save: it names every line to change."
        case "budget": "The model's budget for a run was used up. Choose a shorter span or a rarer cadence."
        case "provider": "The model could not be asked. Start the run again later."
        default: "Start the run again. If it stops at the same place, change what the message names."
        }
    }
}
