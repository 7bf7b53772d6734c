import Base
import Engine
import Foundation
import Marketplace
import Postgres
import Security
import Storage
import TestSupport

/// Something that whoever rules the database, or the files, or both, does to the log.
struct AuditAttack {
    let name: String
    /// SQL that runs with every right, one statement after another.
    var sql: [String] = []
    /// Changes the notes that are kept outside.
    var files: ([String]) -> [String] = { $0 }
    /// Changes the exported folder.
    var export: (String) throws -> Void = { _ in }
    /// Works on the tables as a program would.
    var program: ((borrowing Transaction) throws -> Void)?
    /// A checkpoint that somebody else kept.
    var known: [String] = []
    var key: LogVerificationKey?

    init(_ name: String, _ sql: String...) {
        self.name = name
        self.sql = sql
    }

    /// A connection that nothing stops: the owner's, with every constraint gone and row level security not forced.
    static func superuser(of stand: AuditStand) throws -> Connection {
        let owner = try stand.database.connect(.owner, options: .unlimited(applicationName: "tests"))
        try owner.runScript("""
            DO $$
            DECLARE one record;
            BEGIN
                FOR one IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
                    WHERE conrelid::regclass::text IN ('audit_events', 'audit_places', 'audit_pending', 'audit_index', 'log_leaves',
                        'log_nodes', 'log_checkpoints') AND contype IN ('f', 'c', 'u', 'p') ORDER BY contype = 'f' DESC
                LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', one.t, one.conname); END LOOP;
            END $$;
            ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY; ALTER TABLE audit_places NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE audit_pending NO FORCE ROW LEVEL SECURITY; ALTER TABLE audit_index NO FORCE ROW LEVEL SECURITY
            """, name: "test.superuser")
        return owner
    }

    private struct RolledBack: Error { let report: AuditVerification.Report }

    /// Does it, verifies, and undoes it.
    func run(on stand: AuditStand, as owner: Connection, number: Int, notes: [String]) throws -> AuditVerification.Report {
        let target = stand.folder + "/attack-\(number)"
        defer { try? FileManager.default.removeItem(atPath: target) }
        do {
            try owner.transaction(.tenant(RunTable.house), .readWrite) { tx in
                for (step, text) in sql.enumerated() { try tx.run(Statement("attack.\(number).\(step)", text)) }
                try program?(tx)
                _ = try AuditExport.write(to: target, at: stand.clock.now(), in: tx)
                try export(target)
                throw RolledBack(report: try AuditVerification.verify(
                    export: target, checkpoints: files(notes), key: key ?? stand.key.verification, known: known))
            }
        } catch let done as RolledBack { return done.report }
        preconditionFailure("Invariant: every attack is rolled back.")
    }

    /// Grows the tree anew over the events as they are now and signs every checkpoint with `key`: all of it consistent.
    static func rewrite(_ stand: AuditStand, key: LogSigningKey, number: Int, in tx: borrowing Transaction) throws -> [String] {
        var bytes: [String: [UInt8]] = [:]
        try AuditSnapshotTable.events(in: tx) { line in if let leaf = AuditLeaf(bytes: line) { bytes[leaf.id] = line } }
        var frontier = MerkleFrontier()
        var roots: [Int64: Digest] = [0: MerkleTree.emptyRoot]
        var leaves: [LogTable.Leaf] = []
        var nodes: [(address: LogTable.Address, hash: Digest)] = []
        for leaf in try LogTable.leaves(from: 0, limit: 10_000, in: tx) {
            guard let event = bytes[leaf.source] else { continue }
            let hash = MerkleTree.leafHash(event)
            leaves.append(.init(number: Int(frontier.size), kind: leaf.kind, source: leaf.source, hash: hash))
            nodes += frontier.append(hash).filter { $0.level > 0 }.map { (.init(level: $0.level, position: $0.position), $0.hash) }
            roots[frontier.size] = frontier.root
        }
        let checkpoints = try LogTable.checkpoints(after: -1, limit: 10_000, in: tx)
        for (step, table) in ["log_leaves", "log_nodes", "log_checkpoints"].enumerated() {
            try tx.run(Statement("rewrite.\(number).\(step)", "DELETE FROM \(table)"))
        }
        try LogTable.append(leaves, nodes: nodes, in: tx)
        var notes: [String] = []
        for old in checkpoints {
            let size = min(Int64(old.treeSize), frontier.size)
            guard let root = roots[size], let made = LogCheckpoint(
                origin: AuditSequencer.name(of: stand.key.verification), size: size, root: root, number: Int64(old.number),
                time: old.createdAt) else { continue }
            notes.append(made.sign(key))
            try LogTable.append(
                .init(number: old.number, treeSize: Int(size), root: root, note: made.sign(key), createdAt: old.createdAt), in: tx)
        }
        return notes
    }
}
