public import Base
internal import Foundation
public import Jobs
internal import Marketplace
public import Postgres
public import Security
internal import Storage

/// Gives every audit event a leaf of the transparency log, and signs checkpoints of it.
///
/// Every engine has one; a lock lets one at a time work. A round takes what waits, appends leaves and a checkpoint in one
/// transaction, and then writes the checkpoint outside the database. It starts by holding the database against the
/// newest checkpoint outside: where they contradict each other it signs nothing, because a second history must not get a
/// signature.
public struct AuditSequencer: Sendable {
    /// What one round did.
    public enum Outcome: Sendable, Hashable {
        /// Nothing waited and the newest checkpoint is fresh.
        case idle
        /// Another engine is at work.
        case busy
        /// So many events got leaves, under a new checkpoint; 0 for a quiet log's checkpoint of the minute.
        case signed(events: Int)
    }

    /// The database says something else than a checkpoint that was signed before.
    public struct Contradiction: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// Milliseconds between rounds, and so between checkpoints.
    public static let intervalMilliseconds = 1_000
    /// A quiet log gets a checkpoint after so long, so that nothing can be slipped in with an older date unseen.
    public static let quietMilliseconds: Int64 = 50_000
    /// Events a round takes.
    static let batchEventsMax = 5_000

    private let connect: @Sendable () throws -> Connection
    private let key: LogSigningKey
    private let folder: CheckpointFolder
    private let clock: any Clock
    private let log: Log
    /// The log's name in checkpoints.
    public let name: String

    /// `connect` opens connections as the engine role; `folder` is where checkpoints are kept outside the database.
    public init(
        connect: @escaping @Sendable () throws -> Connection, key: LogSigningKey, folder: CheckpointFolder, log: Log,
        clock: any Clock = SystemClock()
    ) {
        self.connect = connect
        self.key = key
        self.folder = folder
        self.log = log
        self.clock = clock
        name = AuditSequencer.name(of: key.verification)
    }

    /// The name of the log that a key signs: every installation has its own without being told.
    public static func name(of key: LogVerificationKey) -> String {
        "tradecraft-log-" + Digest.of(key.publicBytes).hex.prefix(8)
    }

    /// Works until `stop`. Failures are logged and tried again; a contradiction is said once a minute as long as it holds.
    public func run(until stop: StopSignal) {
        var connection: Connection?
        var lastComplaint = Int64.min
        repeat {
            do {
                let usable = try connection ?? connect()
                connection = usable
                if case .signed(let events) = try round(on: usable), events > 0 {
                    log.info("\(events) audit events were added to the log", ["events": .int(events)])
                }
                lastComplaint = .min
            } catch {
                if connection?.isUsable != true { connection = nil }
                let now = SystemClock.monotonicNanoseconds()
                if lastComplaint == .min || now - lastComplaint > 60_000_000_000 {
                    lastComplaint = now
                    let fact = error is Contradiction ? "No checkpoint is signed: " : "Audit events wait for their leaves: "
                    log.error(fact + "\(error)", ["halted": .bool(error is Contradiction)])
                }
            }
        } while !stop.wait(milliseconds: Self.intervalMilliseconds)
    }

    /// One round. Throws `Contradiction` when nothing may be signed.
    public func round(on connection: Connection) throws -> Outcome {
        guard let lock = try folder.lock() else { return .busy }
        defer { withExtendedLifetime(lock) {} }
        do {
            let newest = try catchUp(on: connection)
            let outcome = try sequence(after: newest, on: connection)
            if case .signed = outcome { _ = try catchUp(on: connection) }
            folder.setHalt(nil)
            return outcome
        } catch {
            let reason = Self.contradiction(in: error)
            if let reason { folder.setHalt(reason.description) }
            throw reason ?? error
        }
    }

    private static func contradiction(in error: any Error) -> Contradiction? {
        switch error {
        case let error as Contradiction: error
        case let error as LogTable.MissingNode: Contradiction(description: error.description)
        case let error as CheckpointFolder.Damage: Contradiction(description: error.description)
        default: nil
        }
    }

    // MARK: Outside the database

    /// Writes the checkpoints that the database has and the folder lacks, once each is known to follow from the one
    /// before. Gives the newest of both.
    private func catchUp(on connection: Connection) throws -> LogCheckpoint? {
        var newest = try folder.newest().map { note in
            try verified(note, "The newest checkpoint outside the database")
        }
        while true {
            let (rows, checked) = try connection.transaction(.platform, .readOnly) { tx in
                let rows = try LogTable.checkpoints(after: Int(newest?.number ?? 0) - 1, limit: 500, in: tx)
                return (rows, try check(rows, after: newest, in: tx))
            }
            var day: (date: CalendarDate, notes: [String])?
            for (row, checkpoint) in zip(rows.suffix(checked.count), checked) {
                if let open = day, open.date != checkpoint.time.date {
                    try folder.append(open.notes, day: open.date)
                    day = nil
                }
                day = (checkpoint.time.date, (day?.notes ?? []) + [row.note])
            }
            if let open = day { try folder.append(open.notes, day: open.date) }
            newest = checked.last ?? newest
            if checked.isEmpty { return newest }
        }
    }

    /// `rows` begin with the newest checkpoint that is outside, when there is one. Gives the ones that follow it.
    private func check(
        _ rows: [LogTable.Checkpoint], after newest: LogCheckpoint?, in tx: borrowing Transaction
    ) throws -> [LogCheckpoint] {
        var known = newest
        var followers = rows[...]
        if let newest {
            guard let row = followers.popFirst(), row.number == newest.number else {
                throw Contradiction(description: "Checkpoint \(newest.number) is kept outside the database, which does not have it.")
            }
            guard let same = LogCheckpoint.verify(row.note, origin: name, key: key.verification), same == newest else {
                throw Contradiction(description: "Checkpoint \(newest.number) in the database is not the one kept outside.")
            }
            try checkRoot(newest, in: tx)
        }
        var checked: [LogCheckpoint] = []
        for row in followers {
            let checkpoint = try verified(row.note, "Checkpoint \(row.number) in the database")
            guard checkpoint.number == row.number, checkpoint.number == (known.map { $0.number + 1 } ?? 0),
                  checkpoint.size >= known?.size ?? 0, checkpoint.time >= known?.time ?? checkpoint.time else {
                throw Contradiction(description: "Checkpoint \(row.number) in the database does not follow the one before it.")
            }
            try checkRoot(checkpoint, in: tx)
            checked.append(checkpoint)
            known = checkpoint
        }
        return checked
    }

    /// The tree in the database has this root at this size.
    private func checkRoot(_ checkpoint: LogCheckpoint, in tx: borrowing Transaction) throws {
        let root = try LogTable.withNodes(in: tx) { node in try MerkleTree.root(size: checkpoint.size, node: node) }
        guard root == checkpoint.root else {
            throw Contradiction(
                description: "The first \(checkpoint.size) leaves in the database are not those of checkpoint \(checkpoint.number).")
        }
    }

    private func verified(_ note: String, _ what: String) throws -> LogCheckpoint {
        guard let checkpoint = LogCheckpoint.verify(note, origin: name, key: key.verification) else {
            throw Contradiction(description: "\(what) is not signed by this engine's key, or is no checkpoint of \(name).")
        }
        return checkpoint
    }

    // MARK: In the database

    /// Appends what waits after `newest`, the newest checkpoint of folder and database.
    private func sequence(after newest: LogCheckpoint?, on connection: Connection) throws -> Outcome {
        try connection.transaction(.tenant(RunTable.house), .readWrite) { tx in
            guard try AuditQueueTable.lock(in: tx) else { return .busy }
            // An engine on another machine, with a folder of its own, may have been faster: the next round catches up.
            guard try LogTable.newestCheckpoint(in: tx)?.number == newest.map({ Int($0.number) }) else { return .busy }
            let size = newest?.size ?? 0
            guard try LogTable.leafCount(in: tx) == size else {
                throw Contradiction(description: "The database has \(try LogTable.leafCount(in: tx)) leaves; the newest checkpoint says \(size).")
            }
            let edge = try LogTable.withNodes(in: tx) { node in try MerkleFrontier(size: size, node: node) }
            guard var frontier = edge, frontier.root == newest?.root ?? MerkleTree.emptyRoot else {
                throw Contradiction(description: "The leaves in the database are not those of checkpoint \(newest?.number ?? 0).")
            }
            let now = clock.now()
            let waiting = try AuditQueueTable.take(limit: Self.batchEventsMax, in: tx)
            if waiting.isEmpty, let newest, now < newest.time.advanced(byMilliseconds: Self.quietMilliseconds) { return .idle }
            var leaves: [LogTable.Leaf] = []
            var nodes: [(address: LogTable.Address, hash: Digest)] = []
            for event in waiting {
                let hash = MerkleTree.leafHash(event.leaf.bytes)
                leaves.append(.init(number: Int(frontier.size), kind: "audit", source: event.event.description, hash: hash))
                nodes += frontier.append(hash).filter { $0.level > 0 }.map { (.init(level: $0.level, position: $0.position), $0.hash) }
            }
            try LogTable.append(leaves, nodes: nodes, in: tx)
            try AuditQueueTable.finish(waiting, first: Int(size), house: RunTable.house, in: tx)
            try sign(frontier, number: newest.map { $0.number + 1 } ?? 0, at: max(now, newest?.time ?? now), in: tx)
            return .signed(events: waiting.count)
        }
    }

    private func sign(_ frontier: MerkleFrontier, number: Int64, at time: Instant, in tx: borrowing Transaction) throws {
        guard let checkpoint = LogCheckpoint(origin: name, size: frontier.size, root: frontier.root, number: number, time: time) else {
            preconditionFailure("Invariant: sizes and numbers are not negative, and the name is ours.")
        }
        try LogTable.append(
            .init(number: Int(number), treeSize: Int(frontier.size), root: frontier.root, note: checkpoint.sign(key), createdAt: time),
            in: tx)
        try LogTable.publish(verifierKey: key.verification.noteText(name: name), at: time, in: tx)
    }
}
