import Base
import Engine
import Foundation
import Marketplace
import Postgres
import Security
import Storage
import TestSupport
import Testing

/// Whoever rules the database and changes the log is found out: each attack is tried on a log that verifies, with every
/// right there is.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct AuditAttackTests {
    @Test func everyAttackIsFound() throws {
        let stand = try AuditStand()
        try stand.build(rounds: 9, eventsEach: 6)
        stand.clock.advance(milliseconds: 65_000)
        let owner = try AuditAttack.superuser(of: stand)
        let notes = try stand.checkpoints.notes()
        let honest = try AuditAttack("nothing").run(on: stand, as: owner, number: 0, notes: notes)
        #expect(honest.findings == [] && honest.leaves == 48 && honest.checkpoints == 10)

        let ids = try owner.transaction(.platform, .readOnly) { tx in try LogTable.leaves(from: 0, limit: 100, in: tx).map(\.source) }
        let attacks = Self.columns(ids) + Self.rows(ids) + Self.tree() + Self.order(ids) + Self.forgeries(ids)
            + Self.rewrites(stand, ids) + Self.filesAlone(stand, notes) + Self.setBack(notes) + Self.exports()
        var undetected: [String] = []
        for (number, attack) in attacks.enumerated() {
            let report = try attack.run(on: stand, as: owner, number: number + 1, notes: notes)
            if report.isSound { undetected.append(attack.name) }
        }
        #expect(undetected == [])
        #expect(attacks.count >= 200, "\(attacks.count) attacks")
        #expect(Set(attacks.map(\.name)).count == attacks.count)
        // Every attack was undone: the log is as it was.
        let after = try AuditAttack("nothing").run(on: stand, as: owner, number: 0, notes: notes)
        #expect(after.findings == [])
        print("audit attacks: \(attacks.count) tried, \(attacks.count - undetected.count) found")
    }

    /// An event forged with an older date that even gets a leaf, because it was put in the queue as well.
    @Test func forgedEventsThatTheSequencerTakesAreFound() throws {
        let stand = try AuditStand()
        try stand.build(rounds: 4, eventsEach: 3)
        let owner = try AuditAttack.superuser(of: stand)
        stand.clock.advance(milliseconds: 1_000)
        let newest = stand.clock.now()
        for milliseconds: Int64 in [130_000, 240_000, 3_600_000, 86_400_000, 31_536_000_000] {
            let at = newest.advanced(byMilliseconds: -milliseconds)
            let event = AuditStand.event(stand.tenants.alpha, number: Int(milliseconds), at: at)
            let id = try owner.transaction(.tenant(stand.tenants.alpha), .readWrite) { tx in try AuditTable.record(event, in: tx) }
            _ = try stand.sequencer().round(on: stand.engine)
            let report = try stand.verify()
            #expect(report.findings.contains { $0.kind == .backdated && $0.subject == "event \(id)" }, "\(milliseconds) ms")
            stand.clock.advance(milliseconds: 1_000)
        }
        // And one from the future.
        let event = AuditStand.event(stand.tenants.beta, number: 1, at: stand.clock.now().advanced(byMilliseconds: 60_000))
        let id = try owner.transaction(.tenant(stand.tenants.beta), .readWrite) { tx in try AuditTable.record(event, in: tx) }
        _ = try stand.sequencer().round(on: stand.engine)
        #expect(try stand.verify().findings.contains { $0.kind == .backdated && $0.subject == "event \(id)" })
    }

    private static let picked = [0, 17, 47]

    /// Every column of every table, in the first, a middle and the last row.
    static func columns(_ ids: [String]) -> [AuditAttack] {
        var attacks: [AuditAttack] = []
        let changes = [
            ("tenant_id", "(SELECT tenant_id FROM audit_events o WHERE o.tenant_id <> e.tenant_id LIMIT 1)"), ("event_id", "gen_random_uuid()"),
            ("at", "at - interval '1 microsecond'"), ("at", "at - interval '1 day'"), ("at", "at + interval '1 hour'"), ("at", "'infinity'"),
            ("actor_id", "gen_random_uuid()"), ("actor_id", "NULL"), ("actor_kind", "'operator'"), ("action", "'skill.made'"),
            ("object_kind", "coalesce(object_kind, '') || 'x'"), ("object_id", "''"), ("outcome", "'refused'"), ("request_id", "request_id || ' '"),
            ("details", "'{}'"), ("details", "replace(details, '0.25', '0.250000000000000000001')"), ("details", "details || ' '"),
            ("details", "replace(details, 'é', 'e' || chr(769))"), ("place_sha256", "sha256(place_sha256)"),
        ]
        for row in picked {
            for (column, value) in changes {
                attacks.append(AuditAttack(
                    "audit_events.\(column) = \(value) of leaf \(row)",
                    "UPDATE audit_events e SET \(column) = \(value) WHERE event_id = '\(ids[row])'"))
            }
            for (column, value) in [("salt", "sha256(salt)"), ("network", "'10.0.0.1'"), ("user_agent", "user_agent || 'x'"), ("event_id", "gen_random_uuid()")] {
                attacks.append(AuditAttack(
                    "audit_places.\(column) of leaf \(row)", "UPDATE audit_places SET \(column) = \(value) WHERE event_id = '\(ids[row])'"))
            }
            for (column, value) in [("number", "-1"), ("number", "1000"), ("kind", "'other'"), ("source_id", "gen_random_uuid()"), ("leaf_hash", "sha256(leaf_hash)")] {
                attacks.append(AuditAttack("log_leaves.\(column) = \(value) of \(row)", "UPDATE log_leaves SET \(column) = \(value) WHERE number = \(row)"))
            }
            for (column, value) in [
                ("number", "1000"), ("event_tenant_id", "gen_random_uuid()"), ("event_id", "gen_random_uuid()"), ("at", "at - interval '1 microsecond'"),
                ("actor_id", "NULL"), ("action", "'skill.made'"), ("outcome", "'refused'"), ("tenant_id", "gen_random_uuid()"),
            ] {
                attacks.append(AuditAttack("audit_index.\(column) of \(row)", "UPDATE audit_index SET \(column) = \(value) WHERE number = \(row)"))
            }
        }
        for row in [0, 4, 9] {
            for (column, value) in [
                ("number", "1000"), ("tree_size", "tree_size + 1"), ("root_hash", "sha256(root_hash)"), ("note", "replace(note, 'time', 'tame')"),
                ("note", "(SELECT note FROM log_checkpoints WHERE number = 3)"), ("created_at", "created_at - interval '1 microsecond'"),
            ] {
                attacks.append(AuditAttack("log_checkpoints.\(column) = \(value) of \(row)", "UPDATE log_checkpoints SET \(column) = \(value) WHERE number = \(row)"))
            }
        }
        return attacks
    }

    /// Rows that go, alone and with what points to them; whole tables; the log's end.
    static func rows(_ ids: [String]) -> [AuditAttack] {
        var attacks: [AuditAttack] = []
        for row in picked {
            let event = "DELETE FROM audit_events WHERE event_id = '\(ids[row])'"
            let leaf = "DELETE FROM log_leaves WHERE number = \(row)"
            let index = "DELETE FROM audit_index WHERE number = \(row)"
            let place = "DELETE FROM audit_places WHERE event_id = '\(ids[row])'"
            attacks += [
                AuditAttack("delete the event of leaf \(row)", event), AuditAttack("delete leaf \(row)", leaf),
                AuditAttack("delete index entry \(row)", index), AuditAttack("delete event and leaf \(row)", event, leaf, index, place),
                AuditAttack("delete event and leaf \(row) and renumber", event, leaf, index, place,
                            "UPDATE log_leaves SET number = number - 1 WHERE number > \(row)",
                            "UPDATE audit_index SET number = number - 1 WHERE number > \(row)"),
            ]
        }
        for row in [0, 5, 9] { attacks.append(AuditAttack("delete checkpoint \(row)", "DELETE FROM log_checkpoints WHERE number = \(row)")) }
        for first in [47, 42, 24, 1] {
            let events = "DELETE FROM audit_events WHERE event_id IN (SELECT source_id FROM log_leaves WHERE number >= \(first))"
            let rest = ["DELETE FROM audit_places p WHERE NOT EXISTS (SELECT FROM audit_events e WHERE e.event_id = p.event_id)",
                        "DELETE FROM log_leaves WHERE number >= \(first)", "DELETE FROM audit_index WHERE number >= \(first)"]
            let nodes = "DELETE FROM log_nodes WHERE (position + 1) << level > \(first)"
            let checkpoints = "DELETE FROM log_checkpoints WHERE tree_size > \(first)"
            func cut(_ name: String, _ steps: [String]) -> AuditAttack {
                var attack = AuditAttack("cut \(name) from \(first)")
                attack.sql = steps
                return attack
            }
            attacks += [
                cut("events", [events]), cut("events and leaves", [events] + rest), cut("events, leaves, nodes", [events] + rest + [nodes]),
                cut("all", [events] + rest + [nodes, checkpoints]),
            ]
        }
        let tables = ["audit_events", "audit_index", "log_leaves", "log_nodes", "log_checkpoints"]
        for table in tables {
            attacks.append(AuditAttack("truncate \(table)", "TRUNCATE \(table)"))
            attacks.append(AuditAttack("delete half of \(table)", "DELETE FROM \(table) WHERE ctid::text LIKE '%0)' OR ctid::text LIKE '%2)'"))
            attacks.append(AuditAttack("double a row of \(table)", "INSERT INTO \(table) SELECT * FROM \(table) LIMIT 1"))
        }
        attacks.append(AuditAttack("truncate everything", "TRUNCATE audit_events, audit_places, audit_pending, audit_index, log_leaves, log_nodes, log_checkpoints"))
        return attacks
    }

    static func tree() -> [AuditAttack] {
        [(1, 0), (1, 23), (2, 5), (3, 0), (4, 1), (5, 0)].flatMap { level, position in
            let row = "WHERE level = \(level) AND position = \(position)"
            return [
                AuditAttack("node \(level)/\(position) changed", "UPDATE log_nodes SET hash = sha256(hash) \(row)"),
                AuditAttack("node \(level)/\(position) deleted", "DELETE FROM log_nodes \(row)"),
                AuditAttack("node \(level)/\(position) moved", "UPDATE log_nodes SET position = position + 1000 \(row)"),
            ]
        }
    }

    /// Rows that trade places.
    static func order(_ ids: [String]) -> [AuditAttack] {
        [(0, 1), (3, 4), (10, 40), (46, 47), (23, 24)].flatMap { a, b in
            [
                AuditAttack("swap numbers \(a) and \(b)", "UPDATE log_leaves SET number = CASE number WHEN \(a) THEN \(b) ELSE \(a) END WHERE number IN (\(a), \(b))"),
                AuditAttack("swap sources \(a) and \(b)", """
                    UPDATE log_leaves l SET source_id = o.source_id FROM log_leaves o
                     WHERE (l.number, o.number) IN ((\(a), \(b)), (\(b), \(a)))
                    """),
                AuditAttack("swap events \(a) and \(b)", """
                    UPDATE audit_events SET event_id = CASE event_id WHEN '\(ids[a])' THEN '\(ids[b])'::uuid ELSE '\(ids[a])'::uuid END
                     WHERE event_id IN ('\(ids[a])', '\(ids[b])')
                    """),
                AuditAttack("swap times \(a) and \(b)", """
                    UPDATE audit_events l SET at = o.at FROM audit_events o
                     WHERE (l.event_id, o.event_id) IN (('\(ids[a])', '\(ids[b])'), ('\(ids[b])', '\(ids[a])'))
                    """),
            ]
        } + [
            AuditAttack("renumber in reverse", "UPDATE log_leaves SET number = 47 - number"),
            AuditAttack("shift by one", "UPDATE log_leaves SET number = number + 1"),
        ]
    }

    /// Events that the platform never wrote.
    static func forgeries(_ ids: [String]) -> [AuditAttack] {
        var attacks: [AuditAttack] = []
        for (age, row) in [("1 minute", 3), ("5 minutes", 12), ("1 day", 30), ("1 year", 45)] {
            let event = """
                INSERT INTO audit_events SELECT tenant_id, gen_random_uuid(), at - interval '\(age)', actor_id, actor_kind, 'account.deleted',
                    object_kind, object_id, outcome, request_id, details, place_sha256 FROM audit_events WHERE event_id = '\(ids[row])'
                """
            let added = "(SELECT event_id FROM audit_events WHERE action = 'account.deleted')"
            attacks += [
                AuditAttack("forge an event \(age) old", event),
                AuditAttack("forge an event \(age) old with a leaf", event,
                            "INSERT INTO log_leaves SELECT 48, 'audit', event_id, sha256('x') FROM audit_events WHERE action = 'account.deleted'"),
                AuditAttack("forge an event \(age) old over leaf \(row)", event, "UPDATE log_leaves SET source_id = \(added) WHERE number = \(row)"),
            ]
        }
        attacks += [
            AuditAttack("queue an event that has a leaf", "INSERT INTO audit_pending SELECT tenant_id, event_id FROM audit_events LIMIT 1"),
            AuditAttack("queue an event that is none", "INSERT INTO audit_pending SELECT tenant_id, gen_random_uuid() FROM audit_events LIMIT 1"),
            AuditAttack("place without an event", "INSERT INTO audit_places SELECT tenant_id, gen_random_uuid(), salt, network, user_agent FROM audit_places LIMIT 1"),
        ]
        return attacks
    }

    /// An event is changed, and everything after it made to fit: leaves, nodes, roots, checkpoints under a foreign key.
    static func rewrites(_ stand: AuditStand, _ ids: [String]) -> [AuditAttack] {
        let foreign = LogSigningKey()
        var attacks: [AuditAttack] = []
        for (step, row) in [0, 9, 20, 33, 47].enumerated() {
            for (kind, sql) in [
                ("changed", "UPDATE audit_events SET action = 'skill.made' WHERE event_id = '\(ids[row])'"),
                ("deleted", "DELETE FROM audit_events WHERE event_id = '\(ids[row])'"),
            ] {
                var attack = AuditAttack("rewrite everything, event \(row) \(kind)", sql, "DELETE FROM audit_places", "DELETE FROM audit_index",
                                         "DELETE FROM log_leaves l WHERE NOT EXISTS (SELECT FROM audit_events e WHERE e.event_id = l.source_id)")
                let number = attacks.count
                attack.program = { tx in _ = try AuditAttack.rewrite(stand, key: foreign, number: number, in: tx) }
                attacks.append(attack)
            }
            // The files outside as well, but not the key.
            var both = AuditAttack("rewrite everything and the files, event \(row)", "UPDATE audit_events SET outcome = 'refused' WHERE event_id = '\(ids[row])'")
            let kept = KeptNotes()
            both.program = { tx in kept.notes = try AuditAttack.rewrite(stand, key: foreign, number: 100 + step, in: tx) }
            both.files = { _ in kept.notes }
            attacks.append(both)
        }
        return attacks
    }

    final class KeptNotes { var notes: [String] = [] }

    /// The files outside are changed; the database is as it was.
    static func filesAlone(_ stand: AuditStand, _ notes: [String]) -> [AuditAttack] {
        func attack(_ name: String, _ change: @escaping ([String]) -> [String]) -> AuditAttack {
            var attack = AuditAttack("files: " + name)
            attack.files = change
            return attack
        }
        var attacks = [
            attack("none") { _ in [] }, attack("last two gone") { Array($0.dropLast(2)) }, attack("first gone") { Array($0.dropFirst()) },
            attack("one gone") { $0.enumerated().filter { $0.offset != 5 }.map(\.element) }, attack("reversed") { $0.reversed() },
            attack("the last one again") { $0 + $0.suffix(1) }, attack("an older one as the newest") { $0 + [$0[2]] },
            attack("an older one in place of the newest") { $0.dropLast() + [$0[2]] },
            attack("two swapped") { notes in var changed = notes; changed.swapAt(3, 4); return changed },
            attack("a time") { $0.dropLast() + [$0[9].replacing(":", with: ";", maxReplacements: 1)] },
            attack("a size") { notes in notes.map { $0.replacing("\n48\n", with: "\n47\n") } },
            attack("no signature") { notes in notes.map { String($0.prefix { $0 != "—" }) } },
        ]
        var wrong = AuditAttack("files: another key")
        wrong.key = LogSigningKey().verification
        attacks.append(wrong)
        return attacks
    }

    /// Database and files set back together to an earlier moment: only a checkpoint that somebody else kept tells.
    static func setBack(_ notes: [String]) -> [AuditAttack] {
        (1..<9).map { number in
            var attack = AuditAttack(
                "set back to checkpoint \(number)",
                "DELETE FROM audit_events WHERE event_id IN (SELECT source_id FROM log_leaves WHERE number >= (SELECT tree_size FROM log_checkpoints WHERE number = \(number)))",
                "DELETE FROM audit_places p WHERE NOT EXISTS (SELECT FROM audit_events e WHERE e.event_id = p.event_id)",
                "DELETE FROM audit_index WHERE number >= (SELECT tree_size FROM log_checkpoints WHERE number = \(number))",
                "DELETE FROM log_leaves WHERE number >= (SELECT tree_size FROM log_checkpoints WHERE number = \(number))",
                "DELETE FROM log_nodes WHERE (position + 1) << level > (SELECT tree_size FROM log_checkpoints WHERE number = \(number))",
                "DELETE FROM log_checkpoints WHERE number > \(number)")
            attack.files = { Array($0.prefix(number + 1)) }
            attack.known = [notes[number + 1 + (number == 3 ? 1 : 0)]]
            return attack
        }
    }

    /// The exported files are changed on their way.
    static func exports() -> [AuditAttack] {
        func attack(_ file: String, _ name: String, _ change: @escaping ([String]) -> [String]) -> AuditAttack {
            var attack = AuditAttack("export: \(file) \(name)")
            attack.export = { folder in
                let path = "\(folder)/\(file).jsonl"
                let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
                try (change(lines).map { $0 + "\n" }.joined()).write(toFile: path, atomically: false, encoding: .utf8)
            }
            return attack
        }
        return ["events", "leaves", "nodes", "checkpoints", "index"].flatMap { file in
            [
                attack(file, "without its first line") { Array($0.dropFirst()) }, attack(file, "without its last line") { Array($0.dropLast()) },
                attack(file, "with a line twice") { $0 + $0.prefix(1) }, attack(file, "with a broken line") { ["{"] + $0.dropFirst() },
            ]
        }
    }
}
