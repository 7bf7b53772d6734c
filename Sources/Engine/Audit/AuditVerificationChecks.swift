internal import Base
internal import Marketplace
internal import Security

// What is checked once everything is read.
extension AuditVerification {
    /// Every checkpoint's root is that of the first leaves; checkpoints of others likewise.
    mutating func checkRoots(_ known: [LogCheckpoint]) {
        for checkpoint in signed { checkRoot(checkpoint, "checkpoint \(checkpoint.number)") }
        for checkpoint in known {
            let subject = "known checkpoint \(checkpoint.number)"
            checkRoot(checkpoint, subject)
            if let kept = signed.first(where: { $0.number == checkpoint.number }) {
                if kept != checkpoint { find(.root, subject, "The checkpoint of that number kept here is another one.") }
            } else if checkpoint.time <= archive.exportedAt {
                find(.truncated, subject, "It was signed, and is not among the checkpoints kept here.")
            }
        }
        report.newest = signed.last
    }

    private mutating func checkRoot(_ checkpoint: LogCheckpoint, _ subject: String) {
        if checkpoint.size > Int64(report.leaves) {
            if checkpoint.time > archive.exportedAt {
                let text = "Checkpoints newer than the export were checked for signature and order only."
                if !report.notes.contains(text) { report.notes.append(text) }
            } else {
                find(.truncated, subject, "It covers \(checkpoint.size) leaves, and the log has \(report.leaves).")
            }
        } else if roots[checkpoint.size] != checkpoint.root {
            find(.root, subject, "The first \(checkpoint.size) leaves do not have the root that was signed.")
        }
    }

    /// What the database says of checkpoints is what was kept outside.
    mutating func checkStoredCheckpoints() throws {
        var stored: Set<Int64> = []
        var newer: [LogCheckpoint] = []
        try archive.lines("checkpoints.jsonl") { line, bytes in
            guard let json = Self.json(bytes), let number = json["number"]?.int, let size = json["tree_size"]?.int,
                  let root = json["root"]?.string, let note = json["note"]?.string, let created = json["created_at"]?.string else {
                return find(.malformed, "checkpoints.jsonl line \(line)", "This is no checkpoint.")
            }
            let subject = "checkpoint \(number)"
            guard stored.insert(number).inserted else { return find(.duplicate, subject, "It is in the database twice.") }
            guard let checkpoint = LogCheckpoint.verify(note, origin: name, key: key) else {
                return find(.signature, subject, "In the database it is not signed by the key you gave.")
            }
            if checkpoint.number != number || checkpoint.size != size || checkpoint.root.hex != root
                || Instant(created) != checkpoint.time || !created.hasSuffix("000Z") {
                find(.changed, subject, "The columns in the database do not say what its note says.")
            }
            storedSize = max(storedSize, checkpoint.size)
            if let kept = notes[number] {
                if kept != note { find(.changed, subject, "In the database it is not the one kept outside.") }
                return
            }
            if checkpoint.number > signed.last?.number ?? -1 { newer.append(checkpoint) }
            if archive.exportedAt.milliseconds - checkpoint.time.milliseconds > Self.lateMilliseconds {
                find(.missing, subject, "The database has it, and outside there is none of that number.")
            }
        }
        for checkpoint in signed where !stored.contains(checkpoint.number) && checkpoint.time <= archive.exportedAt {
            find(.missing, "checkpoint \(checkpoint.number)", "It is kept outside, and gone from the database.")
        }
        signed += newer
    }

    /// An event is not older than the checkpoint before its leaf, but for the time its request may take, and not younger
    /// than the checkpoint that first covers it.
    mutating func checkTimes() {
        var lateCount = 0
        var next = 0
        for (number, source) in sources.enumerated() {
            while next < signed.count, signed[next].size <= number { next += 1 }
            guard let source, let event = events[source] else { continue }
            guard let at = event.leaf.instant else {
                find(.malformed, "event \(source)", "Its time, \(event.leaf.at), is none.")
                continue
            }
            if next > 0, at < signed[next - 1].time.advanced(byMilliseconds: -Self.lateMilliseconds) {
                find(.backdated, "event \(source)",
                     "It says \(at); its leaf \(number) came after checkpoint \(signed[next - 1].number) of \(signed[next - 1].time).")
            }
            guard next < signed.count else { continue }
            if at > signed[next].time.advanced(byMilliseconds: Self.clockMilliseconds) {
                find(.backdated, "event \(source)", "It says \(at), and checkpoint \(signed[next].number) of \(signed[next].time) has it.")
            }
            if signed[next].time.milliseconds - at.milliseconds > Self.lateMilliseconds { lateCount += 1 }
        }
        if lateCount > 0 {
            report.notes.append("\(lateCount) events got their checkpoint more than a minute after they happened: no engine was running.")
        }
    }

    /// Leaves and checkpoints end together, and not long before the export.
    mutating func checkCoverage() {
        if Int64(report.leaves) > storedSize {
            find(.added, "leaf \(storedSize)", "It and those after it are under no signed checkpoint.")
        }
        guard let newest = signed.last else { return }
        if archive.exportedAt.milliseconds - newest.time.milliseconds > Self.silenceMilliseconds {
            find(.late, "checkpoint \(newest.number)",
                 "It is the newest one, of \(newest.time): nothing was signed until the export at \(archive.exportedAt).")
        }
    }

    /// The index says of every leaf's event what the event says.
    mutating func checkIndex() throws {
        var indexed = Set<Int>()
        try archive.lines("index.jsonl") { line, bytes in
            guard let json = Self.json(bytes), let number = json["number"]?.int, let id = json["id"]?.string else {
                return find(.malformed, "index.jsonl line \(line)", "This is no entry.")
            }
            let subject = "index entry \(number)"
            guard sources.indices.contains(Int(number)), let source = sources[Int(number)] else {
                return find(.index, subject, "There is no such leaf.")
            }
            guard indexed.insert(Int(number)).inserted else { return find(.duplicate, subject, "It is there twice.") }
            guard let event = events[source] else { return }
            let leaf = event.leaf
            if id != source || json["tenant"]?.string != leaf.tenant || json["at"]?.string != leaf.at
                || json["actor"]?.string != leaf.actor || json["action"]?.string != leaf.action
                || json["outcome"]?.string != leaf.outcome {
                find(.index, subject, "It does not say what the event of leaf \(number) says.")
            }
        }
        for (number, source) in sources.enumerated() where source != nil && !indexed.contains(number) {
            find(.index, "index entry \(number)", "It is missing: admins do not see the event.")
        }
    }

    /// A place that is kept is the one that its event was written with. That some are gone is right: they can be erased.
    mutating func checkPlaces() throws {
        try archive.lines("places.jsonl") { line, bytes in
            guard let json = Self.json(bytes), let id = json["id"]?.string, let commitment = json["sha256"]?.string else {
                return find(.malformed, "places.jsonl line \(line)", "This is no place.")
            }
            guard let event = events[id] else { return find(.added, "place of \(id)", "There is no such event.") }
            if event.leaf.placeSHA256 != commitment {
                find(.changed, "place of \(id)", "It is not the one that the event was written with.")
            }
        }
    }
}
