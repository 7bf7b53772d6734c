import Base
import Engine
import Foundation
import Marketplace
import Postgres
import Security
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct AuditSequencerTests {
    @Test func honestLogsVerify() throws {
        let stand = try AuditStand()
        let sequencer = stand.sequencer()
        #expect(try sequencer.round(on: stand.engine) == .signed(events: 0))
        #expect(try sequencer.round(on: stand.engine) == .idle)
        var number = 0
        for round in 0..<30 {
            // What waits is no fault yet.
            for _ in 0..<(round * 7 % 11) {
                try stand.record(number, at: stand.clock.now().advanced(byMilliseconds: -Int64(number * 997 % 30_000)))
                number += 1
            }
            if round % 3 == 1 {
                // Places may go.
                _ = try stand.web.transaction(.tenant(stand.tenants.alpha), .readWrite) { tx in
                    try tx.run(Statement("test.forget", "DELETE FROM audit_places WHERE network LIKE '%4'")).affected
                }
            }
            let report = try stand.verify()
            #expect(report.findings == [], "round \(round)")
            _ = try sequencer.round(on: stand.engine)
            stand.clock.advance(milliseconds: Int64(round * 1_571 % 50_000) + 1_000)
            let after = try stand.verify()
            #expect(after.findings == [], "round \(round), sequenced")
            #expect(after.leaves == number && after.events == number)
        }
        #expect(try sequencer.round(on: stand.engine) != .busy)
    }

    /// A checkpoint a minute when nothing happens, and none between.
    @Test func quietLogsAreSignedOnceAMinute() throws {
        let stand = try AuditStand()
        let sequencer = stand.sequencer()
        var signed = 0
        for _ in 0..<300 {
            if case .signed = try sequencer.round(on: stand.engine) { signed += 1 }
            stand.clock.advance(milliseconds: 1_000)
        }
        #expect(signed == 6)
        #expect(try stand.checkpoints.notes().count == 6)
    }

    /// Two engines with one folder and a third with its own; eight writers.
    @Test func manyEnginesMakeOneLog() throws {
        let stand = try AuditStand()
        let clock = SystemClock()
        let own = CheckpointFolder(stand.folder + "/elsewhere")
        let writers = 8, each = 250
        let writing = Atomic<Int>(writers)
        let failures = Mutex<[String]>([])
        let database = stand.database
        let tenants = stand.tenants
        let done = WaitedThreads(threads: writers + 3)
        for writer in 0..<writers {
            done.start {
                defer { writing.subtract(1, ordering: .releasing) }
                do {
                    let web = try database.connect(.web)
                    for number in 0..<each {
                        let tenant = (writer + number) % 2 == 0 ? tenants.alpha : tenants.beta
                        _ = try web.transaction(.tenant(tenant), .readWrite) { tx in
                            try AuditTable.record(AuditStand.event(tenant, number: number, at: clock.now()), in: tx)
                        }
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
        }
        for folder in [stand.checkpoints, stand.checkpoints, own] {
            let sequencer = stand.sequencer(folder: folder, clock: clock)
            done.start {
                do {
                    let engine = try database.connect(.engine)
                    var isLast = false
                    while true {
                        isLast = writing.load(ordering: .acquiring) == 0
                        let outcome = try sequencer.round(on: engine)
                        if isLast, outcome == .idle { break }
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
        }
        try done.wait(seconds: 60)
        #expect(failures.withLock { $0 } == [])
        let notes = try stand.checkpoints.notes()
        #expect(try own.notes() == notes)
        let export = try stand.export(on: stand.engine, at: clock.now())
        let report = try AuditVerification.verify(export: export, checkpoints: notes, key: stand.key.verification)
        #expect(report.findings == [])
        #expect(report.leaves == writers * each && report.events == writers * each)
    }

    /// Killed between the commit and the file, or in the middle of a record: the next round writes what is missing.
    @Test func crashesBetweenDatabaseAndFileHeal() throws {
        let stand = try AuditStand()
        try stand.build(rounds: 3, eventsEach: 2)
        let before = try stand.checkpoints.notes()
        // Another folder saw the later commits; ours did not, as if the process had died each time.
        let elsewhere = CheckpointFolder(stand.folder + "/elsewhere")
        for number in 100..<103 {
            try stand.record(number)
            _ = try stand.sequencer(folder: elsewhere).round(on: stand.engine)
            stand.clock.advance(milliseconds: 1_000)
        }
        #expect(try stand.checkpoints.notes() == before)
        let whole = try elsewhere.notes()
        // Every prefix of the next record may be on the disk.
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: stand.checkpoints.path).filter { $0.hasPrefix("checkpoints-") }.max())
        let path = stand.checkpoints.path + "/" + name
        let clean = try #require(FileManager.default.contents(atPath: path))
        let next = whole[before.count]
        let record = Array("\(next.utf8.count)\n\(next)".utf8)
        for cut in [0, 1, 2, 3, 4, 60, record.count - 1] {
            try (clean + Data(record[..<cut])).write(to: URL(fileURLWithPath: path))
            #expect(try stand.checkpoints.notes() == before, "cut at \(cut)")
            _ = try stand.sequencer().round(on: stand.engine)
            #expect(try stand.checkpoints.notes() == whole, "cut at \(cut)")
        }
        #expect(try stand.verify().findings == [])
        // An empty folder is filled again.
        try FileManager.default.removeItem(atPath: stand.checkpoints.path)
        _ = try stand.sequencer().round(on: stand.engine)
        #expect(try stand.checkpoints.notes() == whole)
    }

    /// The database set back behind what was signed: nothing is signed until it is as it was.
    @Test func aForkIsNeverSigned() throws {
        let stand = try AuditStand()
        try stand.build(rounds: 4, eventsEach: 3)
        // Thirteen leaves: the last one is a subtree of its own.
        try stand.record(999)
        _ = try stand.sequencer().round(on: stand.engine)
        let owner = try AuditAttack.superuser(of: stand)
        let notes = try stand.checkpoints.notes()
        for (number, sql) in [
            "DELETE FROM log_checkpoints WHERE number = (SELECT max(number) FROM log_checkpoints)",
            "UPDATE log_checkpoints SET note = (SELECT note FROM log_checkpoints WHERE number = 0)",
            "DELETE FROM log_leaves WHERE number = (SELECT max(number) FROM log_leaves)",
            "UPDATE log_leaves SET leaf_hash = sha256(leaf_hash) WHERE number = (SELECT max(number) FROM log_leaves)",
            "INSERT INTO log_leaves SELECT number + 1, kind, gen_random_uuid(), leaf_hash FROM log_leaves ORDER BY number DESC LIMIT 1",
            "UPDATE log_nodes SET hash = sha256(hash) WHERE level = 3",
            "DELETE FROM log_nodes", "TRUNCATE log_leaves, log_nodes, log_checkpoints",
        ].enumerated() {
            try owner.runScript("CREATE TABLE kept_\(number)_l AS TABLE log_leaves; CREATE TABLE kept_\(number)_n AS TABLE log_nodes; "
                + "CREATE TABLE kept_\(number)_c AS TABLE log_checkpoints; " + sql, name: "test.attack")
            try stand.record(1_000 + number)
            #expect(throws: AuditSequencer.Contradiction.self, "\(sql)") { try stand.sequencer().round(on: stand.engine) }
            #expect(stand.checkpoints.haltReason != nil)
            #expect(try stand.checkpoints.notes() == notes)
            try owner.runScript("TRUNCATE log_leaves, log_nodes, log_checkpoints; INSERT INTO log_leaves TABLE kept_\(number)_l; "
                + "INSERT INTO log_nodes TABLE kept_\(number)_n; INSERT INTO log_checkpoints TABLE kept_\(number)_c", name: "test.restore")
        }
        // A key of somebody else signs nothing after ours.
        #expect(throws: AuditSequencer.Contradiction.self) { try stand.sequencer(key: LogSigningKey()).round(on: stand.engine) }
        #expect(try stand.sequencer().round(on: stand.engine) == .signed(events: 8))
        #expect(stand.checkpoints.haltReason == nil)
        #expect(try stand.verify().findings == [])
    }

    /// Proofs read from stored subtrees are those of RFC 6962, for every leaf and every pair of sizes.
    @Test func proofsHold() throws {
        let stand = try AuditStand()
        for number in 0..<21 { try stand.record(number) }
        _ = try stand.sequencer().round(on: stand.engine)
        let web = stand.web
        let leaves = try web.transaction(.platform, .readOnly) { tx in try LogTable.leaves(from: 0, limit: 100, in: tx).map(\.hash) }
        #expect(leaves.count == 21)
        for size in 1...21 {
            let root = MerkleTree.root(Array(leaves[..<size]))
            for leaf in 0..<size {
                let proof = try web.transaction(.platform, .readOnly) { tx in
                    try LogTable.withNodes(in: tx) { node in try MerkleTree.inclusionProof(leaf: Int64(leaf), size: Int64(size), node: node) }
                }
                #expect(MerkleTree.isIncluded(leaves[leaf], leaf: Int64(leaf), size: Int64(size), proof: try #require(proof), root: root))
            }
            for old in 1...size {
                let proof = try web.transaction(.platform, .readOnly) { tx in
                    try LogTable.withNodes(in: tx) { node in try MerkleTree.consistencyProof(old: Int64(old), new: Int64(size), node: node) }
                }
                #expect(MerkleTree.isConsistent(
                    old: Int64(old), oldRoot: MerkleTree.root(Array(leaves[..<old])), new: Int64(size), newRoot: root, proof: try #require(proof)))
            }
        }
    }

    /// The roles of the processes add and never change.
    @Test func applicationRolesOnlyAppend() throws {
        let stand = try AuditStand()
        try stand.build(rounds: 2, eventsEach: 2)
        for (role, connection) in [("web", stand.web), ("engine", stand.engine)] {
            for table in ["audit_events", "audit_index", "log_leaves", "log_nodes", "log_checkpoints", "log_keys"] {
                let column = table == "log_keys" ? "since" : table == "audit_events" ? "at" : table == "log_nodes" ? "hash" : "number"
                for sql in ["UPDATE \(table) SET \(column) = \(column)", "DELETE FROM \(table)", "TRUNCATE \(table)"] {
                    do {
                        try connection.runScript(sql, name: "test.refused")
                        Issue.record("\(role) may \(sql)")
                    } catch let error { #expect(error.sqlState == "42501", "\(role): \(sql): \(error)") }
                }
            }
        }
    }
}

/// Threads that are waited for.
final class WaitedThreads: Sendable {
    private let left: Atomic<Int>
    init(threads: Int) { left = Atomic(threads) }
    func start(_ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            body()
            left.subtract(1, ordering: .releasing)
        }
    }
    func wait(seconds: Double) throws {
        try waitUntil("all threads end", seconds: seconds) { left.load(ordering: .acquiring) == 0 }
    }
}
