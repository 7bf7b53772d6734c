public import Base
public import Marketplace
public import Postgres

/// The transparency log: leaves, hashes of complete subtrees, signed checkpoints, the keys they were signed with.
/// Append-only, and public: nothing in it says whose an event is.
public enum LogTable {
    /// One leaf. `kind` names what it is about, `source` which one: for `audit` the event.
    public struct Leaf: Sendable, Hashable {
        public let number: Int
        public let kind: String
        public let source: String
        public let hash: Digest
        public init(number: Int, kind: String, source: String, hash: Digest) {
            self.number = number
            self.kind = kind
            self.source = source
            self.hash = hash
        }
    }

    /// One signed tree head. The columns repeat what the note says.
    public struct Checkpoint: Sendable, Hashable {
        public let number: Int
        public let treeSize: Int
        public let root: Digest
        /// The signed note, as it is served.
        public let note: String
        public let createdAt: Instant
        public init(number: Int, treeSize: Int, root: Digest, note: String, createdAt: Instant) {
            self.number = number
            self.treeSize = treeSize
            self.root = root
            self.note = note
            self.createdAt = createdAt
        }
    }

    /// Where the hash of a complete subtree is stored: `2^level` leaves from `position << level` on; level 0 is a leaf.
    public struct Address: Sendable, Hashable {
        public let level: Int
        public let position: Int64
        public init(level: Int, position: Int64) {
            self.level = level
            self.position = position
        }
    }

    /// A subtree that the log should have and does not.
    public struct MissingNode: Error, Sendable, Hashable, CustomStringConvertible {
        public let address: Address
        public var description: String {
            "The log lacks the hash of the subtree at level \(address.level), position \(address.position)."
        }
    }

    static let insertLeaf = Statement("log_leaves.insert", """
        INSERT INTO log_leaves (number, kind, source_id, leaf_hash) VALUES ($1, $2, $3, $4)
        """)
    static let insertNode = Statement("log_nodes.insert", "INSERT INTO log_nodes (level, position, hash) VALUES ($1, $2, $3)")
    static let insertCheckpoint = Statement("log_checkpoints.insert", """
        INSERT INTO log_checkpoints (number, tree_size, root_hash, note, created_at) VALUES ($1, $2, $3, $4, $5)
        """)
    static let insertKey = Statement("log_keys.insert", """
        INSERT INTO log_keys (verifier_key, since) VALUES ($1, $2) ON CONFLICT (verifier_key) DO NOTHING
        """)
    static let countLeaves = Statement("log_leaves.count", "SELECT coalesce(max(number) + 1, 0) AS leaves FROM log_leaves")
    static let listLeaves = Statement("log_leaves.list", """
        SELECT number, kind, source_id::text AS source_id, leaf_hash FROM log_leaves WHERE number >= $1 ORDER BY number LIMIT $2
        """)
    static let findLeafByHash = Statement("log_leaves.find_by_hash", """
        SELECT number, kind, source_id::text AS source_id, leaf_hash FROM log_leaves WHERE leaf_hash = $1 ORDER BY number LIMIT 1
        """)
    static let findLeafOfSource = Statement("log_leaves.find_by_source", """
        SELECT number, kind, source_id::text AS source_id, leaf_hash FROM log_leaves WHERE kind = $1 AND source_id = $2
        """)
    static let numbersOfSources = Statement("log_leaves.numbers", """
        SELECT source_id, number FROM log_leaves WHERE kind = $1 AND source_id = ANY ($2)
        """)
    static let readNodes = Statement("log_nodes.read", """
        SELECT wanted.level, wanted.position, n.hash
          FROM unnest($1::text[]::smallint[], $2::text[]::bigint[]) AS wanted (level, position)
          JOIN log_nodes n USING (level, position)
        UNION ALL
        SELECT wanted.level, wanted.position, l.leaf_hash
          FROM unnest($1::text[]::smallint[], $2::text[]::bigint[]) AS wanted (level, position)
          JOIN log_leaves l ON wanted.level = 0 AND l.number = wanted.position
        """)
    static let newestCheckpoint = Statement("log_checkpoints.newest", """
        SELECT number, tree_size, root_hash, note, created_at FROM log_checkpoints ORDER BY number DESC LIMIT 1
        """)
    static let listCheckpoints = Statement("log_checkpoints.list", """
        SELECT number, tree_size, root_hash, note, created_at FROM log_checkpoints WHERE number > $1 ORDER BY number LIMIT $2
        """)
    static let coveringCheckpoint = Statement("log_checkpoints.covering", """
        SELECT number, tree_size, root_hash, note, created_at FROM log_checkpoints WHERE tree_size > $1
         ORDER BY tree_size, number LIMIT 1
        """)
    static let newestKey = Statement("log_keys.newest", "SELECT verifier_key FROM log_keys ORDER BY since DESC, verifier_key LIMIT 1")
    public static let statements: [Statement] = [
        insertLeaf, insertNode, insertCheckpoint, insertKey, countLeaves, listLeaves, findLeafByHash, findLeafOfSource,
        numbersOfSources, readNodes, newestCheckpoint, listCheckpoints, coveringCheckpoint, newestKey,
    ]

    // MARK: Writing, for the sequencer

    /// `nodes` are those that the leaves complete, level 1 and up.
    public static func append(
        _ leaves: [Leaf], nodes: [(address: Address, hash: Digest)], in tx: borrowing Transaction
    ) throws {
        try tx.runAll(insertLeaf, try leaves.map { leaf in
            guard let source = ID<AuditEvent>(leaf.source) else { throw Malformed(what: "a leaf's source") }
            return [.int(leaf.number), .text(leaf.kind), .uuid(source), .digest(leaf.hash)]
        })
        try tx.runAll(insertNode, nodes.map { [.int($0.address.level), .int($0.address.position), .digest($0.hash)] })
    }

    public static func append(_ checkpoint: Checkpoint, in tx: borrowing Transaction) throws {
        try tx.run(
            insertCheckpoint, .int(checkpoint.number), .int(checkpoint.treeSize), .digest(checkpoint.root),
            .text(checkpoint.note), .instant(checkpoint.createdAt))
    }

    /// Notes the key in use; nothing when it is known.
    public static func publish(verifierKey: String, at now: Instant, in tx: borrowing Transaction) throws {
        try tx.run(insertKey, .text(verifierKey), .instant(now))
    }

    // MARK: Reading

    /// One more than the highest number.
    public static func leafCount(in tx: borrowing Transaction) throws -> Int {
        try tx.run(countLeaves).only { try $0.int("leaves") }
    }

    /// Leaves from `number` on, in order.
    public static func leaves(from number: Int, limit: Int, in tx: borrowing Transaction) throws -> [Leaf] {
        try tx.run(listLeaves, .int(number), .int(limit)).map(leaf)
    }

    public static func leaf(hash: Digest, in tx: borrowing Transaction) throws -> Leaf? {
        try tx.run(findLeafByHash, .digest(hash)).first(leaf)
    }

    /// The leaf of an event; nil until the sequencer made it.
    public static func leaf(of event: ID<AuditEvent>, in tx: borrowing Transaction) throws -> Leaf? {
        try tx.run(findLeafOfSource, .text("audit"), .uuid(event)).first(leaf)
    }

    /// The leaf numbers of those events that have one.
    public static func numbers(of events: [ID<AuditEvent>], in tx: borrowing Transaction) throws -> [ID<AuditEvent>: Int] {
        guard !events.isEmpty else { return [:] }
        var numbers: [ID<AuditEvent>: Int] = [:]
        try tx.run(numbersOfSources, .text("audit"), .uuidArray(events)).forEach { row in
            numbers[try row.id("source_id")] = try row.int("number")
        }
        return numbers
    }

    /// What `compute` makes of the hashes of subtrees, all read at once: it runs a first time to learn which it asks for,
    /// and must ask for the same whatever they are. Throws `MissingNode`.
    public static func withNodes<Value>(
        in tx: borrowing Transaction, _ compute: ((Int, Int64) throws -> Digest) throws -> Value
    ) throws -> Value {
        var wanted: [Address] = []
        let unknown = Digest.of([UInt8]())
        _ = try compute { level, position in
            wanted.append(Address(level: level, position: position))
            return unknown
        }
        var known: [Address: Digest] = [:]
        if !wanted.isEmpty {
            try tx.run(
                readNodes, .textArray(wanted.map { String($0.level) }), .textArray(wanted.map { String($0.position) })
            ).forEach { row in
                known[Address(level: try row.int("level"), position: try row.int64("position"))] = try row.digest("hash")
            }
        }
        return try compute { level, position in
            let address = Address(level: level, position: position)
            guard let hash = known[address] else { throw MissingNode(address: address) }
            return hash
        }
    }

    public static func newestCheckpoint(in tx: borrowing Transaction) throws -> Checkpoint? {
        try tx.run(newestCheckpoint).first(checkpoint)
    }

    /// Checkpoints after `number`, in order.
    public static func checkpoints(after number: Int, limit: Int, in tx: borrowing Transaction) throws -> [Checkpoint] {
        try tx.run(listCheckpoints, .int(number), .int(limit)).map(checkpoint)
    }

    /// The first checkpoint whose tree holds the leaf.
    public static func checkpoint(coveringLeaf number: Int, in tx: borrowing Transaction) throws -> Checkpoint? {
        try tx.run(coveringCheckpoint, .int(number)).first(checkpoint)
    }

    /// The key in use, in the form of C2SP signed-note; nil before the first checkpoint.
    public static func verifierKey(in tx: borrowing Transaction) throws -> String? {
        try tx.run(newestKey).first { try $0.text("verifier_key") }
    }

    private static func leaf(_ row: borrowing Row) throws -> Leaf {
        Leaf(number: try row.int("number"), kind: try row.text("kind"), source: try row.text("source_id"), hash: try row.digest("leaf_hash"))
    }

    private static func checkpoint(_ row: borrowing Row) throws -> Checkpoint {
        Checkpoint(
            number: try row.int("number"), treeSize: try row.int("tree_size"), root: try row.digest("root_hash"),
            note: try row.text("note"), createdAt: try row.instant("created_at"))
    }

    /// A value that this program did not write.
    struct Malformed: Error, CustomStringConvertible {
        let what: String
        var description: String { "The log holds \(what) that is malformed." }
    }
}
