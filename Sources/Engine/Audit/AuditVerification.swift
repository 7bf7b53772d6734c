internal import Base
internal import Marketplace
public import Security

/// Checks an exported audit log against the checkpoints that were kept outside the database: from files alone.
public struct AuditVerification {
    /// One thing that is wrong. Each says where.
    public struct Finding: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// An event is not what its leaf commits to, or a place not what its event commits to.
            case changed
            case missing
            /// Something is there that nobody of ours wrote.
            case added
            case duplicate
            /// Leaves or checkpoints are not numbered 0, 1, 2 …
            case numbering
            /// The tree over the leaves does not have the root that was signed.
            case root
            /// A stored hash of a subtree is not the one over its leaves.
            case node
            case signature
            /// The log ends before a checkpoint that was signed.
            case truncated
            /// An event claims a time that its place in the log rules out.
            case backdated
            /// The index that admins read by is not what the events say.
            case index
            /// Events wait for a leaf, or no checkpoint was signed, for longer than is promised.
            case late
            case malformed
        }
        public let kind: Kind
        /// `event 0190…`, `leaf 17`, `checkpoint 3`.
        public let subject: String
        public let detail: String
    }

    /// What was found.
    public struct Report: Sendable {
        public internal(set) var findings: [Finding] = []
        /// What is worth knowing and no fault.
        public internal(set) var notes: [String] = []
        public internal(set) var events = 0
        public internal(set) var leaves = 0
        public internal(set) var checkpoints = 0
        /// The newest checkpoint that holds; nil without any.
        public internal(set) var newest: LogCheckpoint?
        /// More findings than are listed.
        public internal(set) var omitted = 0
        public var isSound: Bool { findings.isEmpty }
    }

    /// Findings listed; more are counted.
    static let findingsMax = 1_000
    /// An event may be this much older than the checkpoint before its leaf: its request may have taken that long.
    public static let lateMilliseconds: Int64 = 60_000
    /// Clocks of two machines may differ by this much.
    public static let clockMilliseconds: Int64 = 5_000
    /// A quiet log signs a checkpoint a minute; one that has not for this long does not work.
    static let silenceMilliseconds: Int64 = 120_000

    /// An event, as far as other files speak of it.
    struct EventFacts {
        let leaf: AuditLeaf
        let hash: Digest
        let line: Int
    }

    /// A node's place in the tree.
    struct Address: Hashable {
        let level: Int
        let position: Int64
    }

    let archive: AuditArchive
    let key: LogVerificationKey
    let name: String
    var report = Report()
    var events: [String: EventFacts] = [:]
    var waiting: Set<String> = []
    /// Checkpoints that are signed and in order: those from outside the database, and newer ones from within.
    var signed: [LogCheckpoint] = []
    /// Leaves under the newest checkpoint in the database: both are written at once.
    var storedSize: Int64 = 0
    var notes: [Int64: String] = [:]
    var roots: [Int64: Digest] = [:]
    var nodes: [Address: Digest] = [:]
    /// Source of each leaf by number, nil where it is not an event.
    var sources: [String?] = []

    /// Verifies the export in `folder` against `checkpoints`, the signed notes kept outside the database, oldest first.
    /// `known` are checkpoints that somebody else kept: they alone tell that everything was set back together. Throws
    /// when files are missing or unreadable.
    public static func verify(
        export folder: String, checkpoints: [String], key: LogVerificationKey, known: [String] = []
    ) throws -> Report {
        var verification = AuditVerification(archive: try AuditArchive(folder: folder), key: key)
        try verification.readEvents()
        try verification.readWaiting()
        verification.readCheckpoints(checkpoints)
        try verification.checkStoredCheckpoints()
        let others = verification.readKnown(known)
        try verification.readLeaves(rootsAt: verification.signed + others)
        try verification.readNodes()
        verification.checkRoots(others)
        verification.checkTimes()
        verification.checkCoverage()
        try verification.checkIndex()
        try verification.checkPlaces()
        return verification.report
    }

    private init(archive: AuditArchive, key: LogVerificationKey) {
        self.archive = archive
        self.key = key
        name = AuditSequencer.name(of: key)
    }

    mutating func find(_ kind: Finding.Kind, _ subject: String, _ detail: String) {
        guard report.findings.count < Self.findingsMax else {
            report.omitted += 1
            return
        }
        report.findings.append(Finding(kind: kind, subject: subject, detail: detail))
    }

    // MARK: Reading

    private mutating func readEvents() throws {
        try archive.lines("events.jsonl") { number, bytes in
            report.events += 1
            guard let leaf = AuditLeaf(bytes: bytes) else {
                return find(.malformed, "events.jsonl line \(number)", "This is no event.")
            }
            if let other = events[leaf.id] {
                return find(.duplicate, "event \(leaf.id)", "It is there twice: lines \(other.line) and \(number) of events.jsonl.")
            }
            events[leaf.id] = EventFacts(leaf: leaf, hash: MerkleTree.leafHash(bytes), line: number)
        }
    }

    private mutating func readWaiting() throws {
        try archive.lines("waiting.jsonl") { number, bytes in
            guard let id = Self.json(bytes)?["id"]?.string else {
                return find(.malformed, "waiting.jsonl line \(number)", "This names no event.")
            }
            waiting.insert(id)
            guard let event = events[id] else {
                return find(.missing, "event \(id)", "It waits for its leaf, and is gone.")
            }
            if let at = event.leaf.instant, archive.exportedAt.milliseconds - at.milliseconds > Self.lateMilliseconds {
                find(.late, "event \(id)", "It has waited for its leaf since \(at): is an engine running, and not halted?")
            }
        }
    }

    /// The checkpoints kept outside: each signed, numbered without gaps, never smaller or earlier than the one before.
    private mutating func readCheckpoints(_ texts: [String]) {
        report.checkpoints = texts.count
        var previous: LogCheckpoint?
        for (position, note) in texts.enumerated() {
            guard let checkpoint = LogCheckpoint.verify(note, origin: name, key: key) else {
                find(.signature, "checkpoint record \(position)", "It is not signed by the key you gave, or is no checkpoint of \(name).")
                continue
            }
            let subject = "checkpoint \(checkpoint.number)"
            let expected = previous.map { $0.number + 1 } ?? 0
            if checkpoint.number != expected {
                find(.numbering, subject, "Checkpoint \(expected) should come here: some are missing, repeated or out of order.")
            }
            if let previous, checkpoint.size < previous.size || checkpoint.time < previous.time {
                find(.numbering, subject, "It is smaller or earlier than checkpoint \(previous.number), which comes before it.")
            }
            if previous == nil || checkpoint.number > signed.last?.number ?? -1 {
                notes[checkpoint.number] = note
                signed.append(checkpoint)
            }
            previous = checkpoint
        }
        if texts.isEmpty { find(.missing, "checkpoints", "There is none outside the database.") }
    }

    private mutating func readKnown(_ texts: [String]) -> [LogCheckpoint] {
        texts.enumerated().compactMap { position, note in
            guard let checkpoint = LogCheckpoint.verify(note, origin: name, key: key) else {
                find(.signature, "known checkpoint \(position + 1)", "It is not signed by the key you gave, or is no checkpoint of \(name).")
                return nil
            }
            return checkpoint
        }
    }

    private mutating func readLeaves(rootsAt checkpoints: [LogCheckpoint]) throws {
        let sizes = Set(checkpoints.map(\.size))
        var frontier = MerkleFrontier()
        var seen: [String: Int] = [:]
        roots[0] = MerkleTree.emptyRoot
        try archive.lines("leaves.jsonl") { line, bytes in
            guard let json = Self.json(bytes), let number = json["number"]?.int, let kind = json["kind"]?.string,
                  let source = json["source"]?.string, let hash = json["hash"]?.string.flatMap({ Digest(hex: $0) }) else {
                return find(.malformed, "leaves.jsonl line \(line)", "This is no leaf.")
            }
            let place = Int(frontier.size)
            if number != place { find(.numbering, "leaf \(number)", "Leaf \(place) should come here.") }
            if let other = seen[kind + source] {
                find(.duplicate, "leaf \(number)", "It is about \(source), as leaf \(other) is.")
            }
            seen[kind + source] = Int(number)
            if kind == "audit" { checkLeaf(Int(number), source, hash) }
            sources.append(kind == "audit" ? source : nil)
            for node in frontier.append(hash) where node.level > 0 {
                nodes[Address(level: node.level, position: node.position)] = node.hash
            }
            if sizes.contains(frontier.size) { roots[frontier.size] = frontier.root }
        }
        report.leaves = Int(frontier.size)
        for (id, _) in events.sorted(by: { $0.value.line < $1.value.line }) {
            switch (seen["audit" + id], waiting.contains(id)) {
            case (nil, false): find(.added, "event \(id)", "It has no leaf and does not wait for one: it came past the platform.")
            case (.some(let number), true): find(.duplicate, "event \(id)", "It waits for a leaf and has one: leaf \(number).")
            default: break
            }
        }
    }

    private mutating func checkLeaf(_ number: Int, _ source: String, _ hash: Digest) {
        guard let event = events[source] else {
            return find(.missing, "event \(source)", "Leaf \(number) is about it, and it is gone.")
        }
        if event.hash != hash { find(.changed, "event \(source)", "It is not what leaf \(number) commits to.") }
    }

    private mutating func readNodes() throws {
        var missing = nodes
        try archive.lines("nodes.jsonl") { line, bytes in
            guard let json = Self.json(bytes), let level = json["level"]?.int, let position = json["position"]?.int,
                  let hash = json["hash"]?.string.flatMap({ Digest(hex: $0) }) else {
                return find(.malformed, "nodes.jsonl line \(line)", "This is no node.")
            }
            let subject = "node \(level)/\(position)"
            let address = Address(level: Int(level), position: position)
            guard let expected = nodes[address] else { return find(.node, subject, "The log has no such complete subtree.") }
            if missing.removeValue(forKey: address) == nil { find(.duplicate, subject, "It is there twice.") }
            if expected != hash { find(.node, subject, "It is not the hash over its leaves.") }
        }
        for address in missing.keys.sorted(by: { ($0.level, $0.position) < ($1.level, $1.position) }) {
            find(.node, "node \(address.level)/\(address.position)", "It is missing.")
        }
    }

    static func json(_ bytes: [UInt8]) -> JSON? {
        // Whoever asks names the line.
        try? JSON(parsing: bytes)
    }
}
