import Base
import Foundation
import HTTP
import Marketplace
import Postgres
import Security
@testable import Site
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct AuditTests {
    let site: TestSite
    let alpha: TestSite.Reader
    let beta: TestSite.Reader

    init() throws {
        site = try TestSite()
        alpha = try site.member("alpha")
        beta = try site.member("beta-b")
    }

    @discardableResult
    private func record(
        _ reader: TestSite.Reader, _ action: AuditAction, object: AuditEvent.Object? = nil, outcome: AuditEvent.Outcome = .done,
        network: String = "192.0.2.7", agent: String = "Mozilla/5.0 (X11; Linux) Firefox/140", at: Instant = SystemClock().now()
    ) throws -> ID<AuditEvent> {
        let event = AuditEvent(
            tenant: reader.tenant, actor: reader.member, actorKind: .session, action: action, object: object, outcome: outcome,
            details: ["version": 2], place: .init(network: network, userAgent: agent), requestID: "r1", at: at)
        return try site.database.transaction(.tenant(reader.tenant), .readWrite) { tx in try AuditTable.record(event, in: tx) }
    }

    /// What the engine's sequencer does, in the words of its tables.
    private func sequence() throws {
        let engine = try site.clone.connect(.engine)
        try engine.transaction(.tenant(RunTable.house), .readWrite) { tx in
            let waiting = try AuditQueueTable.take(limit: 1_000, in: tx)
            let newest = try LogTable.newestCheckpoint(in: tx)
            let size = Int64(newest?.treeSize ?? 0)
            guard var frontier = try LogTable.withNodes(in: tx, { node in try MerkleFrontier(size: size, node: node) }) else { return }
            var leaves: [LogTable.Leaf] = []
            var nodes: [(address: LogTable.Address, hash: Digest)] = []
            for event in waiting {
                let hash = MerkleTree.leafHash(event.leaf.bytes)
                leaves.append(.init(number: Int(frontier.size), kind: "audit", source: event.event.description, hash: hash))
                nodes += frontier.append(hash).filter { $0.level > 0 }.map { (.init(level: $0.level, position: $0.position), $0.hash) }
            }
            try LogTable.append(leaves, nodes: nodes, in: tx)
            try AuditQueueTable.finish(waiting, first: Int(size), house: RunTable.house, in: tx)
            let key = TestSite.engineKeys.log, now = SystemClock().now()
            guard let made = LogCheckpoint(
                origin: "test", size: frontier.size, root: frontier.root, number: Int64(newest.map { $0.number + 1 } ?? 0), time: now) else { return }
            try LogTable.append(
                .init(number: Int(made.number), treeSize: Int(made.size), root: made.root, note: made.sign(key), createdAt: now), in: tx)
            try LogTable.publish(verifierKey: key.verification.noteText(name: "test"), at: now, in: tx)
        }
    }

    private func json(_ target: String, as reader: TestSite.Reader? = nil) throws -> (status: Int, json: JSON) {
        let answer = try site.get(target, as: reader)
        return (answer.status, answer.bytes.isEmpty ? .null : try JSON(parsing: answer.bytes))
    }

    @Test func eachTenantSeesItsOwnLog() throws {
        let mine = try record(alpha, .tokenMade, object: .init("token", "ci"))
        let other = try record(beta, .passwordChanged)
        let page = try site.get("/account/audit", as: alpha).text
        #expect(page.contains("You made the API token “ci”") && !page.contains("changed the password"))
        #expect(page.contains("192.0.2.7") && page.contains("Firefox on Linux") && page.contains("version 2"))
        #expect(try site.get("/account/audit/\(mine)", as: alpha).status == 200)
        // Not yours and not there are the same.
        let theirs = try site.get("/account/audit/\(other)", as: alpha), nobodys = try site.get("/account/audit/\(newID() as ID<AuditEvent>)", as: alpha)
        #expect(theirs.status == 404 && nobodys.status == 404)
        let api = try json("/api/v1/audit", as: alpha)
        let items = api.json["items"]?.array ?? []
        #expect(api.status == 200 && items.count == 1 && items[0]["id"]?.string == mine.description)
        #expect(items[0]["sentence"]?.string == "You made the API token “ci”" && items[0]["leaf"]?.isNull == true)
        #expect(try site.get("/account/audit").status == 303 && site.get("/api/v1/audit").status == 401)
        #expect(try site.get("/admin/audit", as: alpha).status == 404 && site.get("/api/v1/admin/audit", as: alpha).status == 404)
    }

    @Test func filtersAndPagesWork() throws {
        let day = try #require(CalendarDate("2026-03-05")).start
        for number in 0..<120 {
            try record(alpha, number % 3 == 0 ? .logInRefused : .skillSaved, outcome: number % 3 == 0 ? .refused : .done,
                       at: day.advanced(byMilliseconds: Int64(number) * Instant.millisecondsPerHour))
        }
        func count(_ query: String) throws -> Int { (try json("/api/v1/audit?limit=100&\(query)", as: alpha).json["items"]?.array ?? []).count }
        #expect(try count("action=session") == 40 && count("action=skill.saved") == 80 && count("action=team") == 0)
        #expect(try count("outcome=refused") == 40 && count("from=2026-03-06&until=2026-03-06") == 24)
        #expect(try count("actor=\(newID() as ID<Member>)") == 0)
        // Every event once, whatever the page size.
        var seen: [String] = []
        var cursor = ""
        while true {
            let page = try json("/api/v1/audit?limit=7\(cursor)", as: alpha).json
            seen += (page["items"]?.array ?? []).compactMap { $0["id"]?.string }
            guard let next = page["next_cursor"]?.string else { break }
            cursor = "&cursor=\(next)"
        }
        #expect(seen.count == 120 && Set(seen).count == 120 && seen == seen.sorted(by: >))
        for query in ["action=nonsense", "outcome=maybe", "actor=me", "from=yesterday"] {
            #expect(try json("/api/v1/audit?\(query)", as: alpha).status == 422, "\(query)")
            #expect(try site.get("/account/audit?\(query)", as: alpha).status == 422, "\(query)")
        }
        // A form sends the fields that nobody filled; a program that sends one made a mistake.
        for query in ["action=", "outcome=", "actor=", "from=", "until=", "until=%20", "from=2026-03-06&until="] {
            #expect(try json("/api/v1/audit?\(query)", as: alpha).status == 422, "\(query)")
            #expect(try site.get("/account/audit?\(query)", as: alpha).status == 200, "\(query)")
        }
        let page = try site.get("/account/audit?action=session", as: alpha).text
        #expect(page.contains("tried to log in; it was refused") && !page.contains("saved a version"))
        let first = try site.get("/account/audit", as: alpha).text
        #expect(first.contains("rel=\"next\"") && !first.contains("rel=\"prev\""))
        #expect(try site.get("/account/audit?action=team", as: alpha).text.contains("No event matches"))
        #expect(try site.get("/account/audit", as: beta).text.contains("Nothing has happened yet"))
    }

    @Test func exportsAreSafeInSpreadsheets() throws {
        try record(alpha, .tokenMade, object: .init("token", "=HYPERLINK(\"x\")"), network: "+1", agent: "-2, \"@x\"")
        try record(beta, .passwordChanged)
        let answer = try site.post("/account/audit/export", as: alpha)
        #expect(answer.status == 200 && answer.headers["content-type"] == "text/csv; charset=utf-8")
        #expect(answer.headers["content-disposition"]?.hasPrefix("attachment; filename=\"audit-") == true)
        #expect(answer.text.contains("\"'=HYPERLINK(\"\"x\"\")\"") && answer.text.contains(",'+1,\"'-2, \"\"@x\"\"\","))
        #expect(!answer.text.contains("password_changed"))
        #expect(try site.get("/account/audit", as: alpha).text.contains("You exported the audit log"))
        for text in ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx"] { #expect(AuditCSV.field(text).contains("'" + text), "\(text)") }
        #expect(AuditCSV.field("plain") == "plain" && AuditCSV.field("a,b") == "\"a,b\"" && AuditCSV.field("a\"b") == "\"a\"\"b\"")
    }

    @Test func adminsReadTheWholeLog() throws {
        let admin = try site.member("keeper", isAdmin: true)
        try record(alpha, .tokenMade, object: .init("token", "ci"))
        try record(beta, .passwordChanged)
        try record(alpha, .logInRefused, outcome: .refused)
        #expect(try json("/api/v1/admin/audit", as: admin).json["items"]?.array?.count == 0)
        try sequence()
        let all = try json("/api/v1/admin/audit", as: admin)
        #expect(all.status == 200 && (all.json["items"]?.array ?? []).map { $0["leaf"]?.int } == [2, 1, 0])
        #expect(try json("/api/v1/admin/audit?tenant=beta-b", as: admin).json["items"]?.array?.count == 1)
        #expect(try json("/api/v1/admin/audit?tenant=nobody", as: admin).json["items"]?.array?.count == 0)
        #expect(try json("/api/v1/admin/audit?outcome=refused", as: admin).json["items"]?.array?.count == 1)
        let second = try json("/api/v1/admin/audit?limit=2", as: admin).json
        let cursor = try #require(second["next_cursor"]?.string)
        #expect(try json("/api/v1/admin/audit?limit=2&cursor=\(cursor)", as: admin).json["items"]?.array?.count == 1)
        let page = try site.get("/admin/audit", as: admin).text
        #expect(page.contains("@alpha made the API token “ci”") && page.contains("@beta-b changed the password"))
        let csv = try site.post("/admin/audit/export", as: admin)
        #expect(csv.status == 200 && csv.text.contains("password_changed") && csv.text.contains("token.made"))
        // Still nothing for anybody else, and nothing of others in an ordinary scope.
        #expect(try site.post("/admin/audit/export", as: alpha).status == 404)
        let seen = try site.database.transaction(.tenant(alpha.tenant), .readOnly) { tx in
            try tx.run(Statement("test.index", "SELECT count(*) AS n FROM audit_index")).only { try $0.int("n") }
        }
        #expect(seen == 0)
    }

    @Test func everybodyCanCheckTheLog() throws {
        #expect(try site.get("/transparency").text.contains("Nothing is signed yet"))
        #expect(try site.get("/transparency/checkpoint").status == 404 && site.get("/transparency/key").status == 404)
        for _ in 0..<5 { try record(alpha, .skillSaved) }
        try sequence()
        let old = try site.get("/transparency/checkpoint")
        for _ in 0..<8 { try record(beta, .skillSaved) }
        let last = try record(alpha, .skillPublished)
        try sequence()
        let new = try site.get("/transparency/checkpoint")
        #expect(new.headers["content-type"] == "text/plain; charset=utf-8" && new.caching == .public(maxAgeSeconds: 1))
        // With nothing but the two notes and the key.
        let text = try site.get("/transparency/key").text
        let (name, key) = try #require(LogVerificationKey.parse(note: text.trimmingCharacters(in: .newlines)))
        let a = try #require(LogCheckpoint.verify(old.text, origin: name, key: key)), b = try #require(LogCheckpoint.verify(new.text, origin: name, key: key))
        #expect(a.size == 5 && b.size == 14)
        func digests(_ json: JSON?) -> [Digest] { (json?.array ?? []).compactMap { $0.string.flatMap { Digest(hex: $0) } } }
        let consistency = try json("/api/v1/transparency/consistency?from=5&to=14")
        #expect(MerkleTree.isConsistent(old: 5, oldRoot: a.root, new: 14, newRoot: b.root, proof: digests(consistency.json["proof"])))
        let leaves = try json("/api/v1/transparency/leaves?limit=100").json["items"]?.array ?? []
        #expect(leaves.count == 14)
        for leaf in leaves {
            let hash = try #require(leaf["hash"]?.string), number = try #require(leaf["number"]?.int)
            let proof = try json("/api/v1/transparency/inclusion?leaf=\(hash)&tree_size=14").json
            #expect(proof["number"]?.int == number)
            #expect(MerkleTree.isIncluded(try #require(Digest(hex: hash)), leaf: number, size: 14, proof: digests(proof["proof"]), root: b.root))
        }
        #expect(try json("/api/v1/transparency/leaves?from=12").json["items"]?.array?.count == 2)
        for query in ["inclusion", "inclusion?leaf=zz", "inclusion?number=-1", "inclusion?number=0&tree_size=15", "inclusion?number=0&tree_size=0",
                      "consistency?to=3", "consistency?from=9&to=3", "consistency?from=1&to=99", "consistency?from=99999999999999999999", "leaves?from=x"] {
            #expect(try json("/api/v1/transparency/\(query)").status == 422, "\(query)")
        }
        #expect(try json("/api/v1/transparency/inclusion?number=13&tree_size=13").status == 404)
        #expect(try json("/api/v1/transparency/inclusion?leaf=\(Digest.of("x").hex)").status == 404)
        // The owner's page shows the leaf byte for byte.
        let page = try site.get("/account/audit/\(last)", as: alpha).text
        let items = try json("/api/v1/audit?action=skill.published", as: alpha).json["items"]?.array ?? []
        let number = try #require(items.first?["leaf"]?.int)
        #expect(page.contains("It is leaf \(number), first signed in checkpoint 1") && page.contains("inclusion?number=\(number)&amp;tree_size=14"))
        #expect(try site.get("/transparency").text.contains("14\u{A0}entries signed"))
    }

    /// Changes in the database show on the page of the event.
    @Test func changedEventsAreSaidToBe() throws {
        let event = try record(alpha, .tokenMade)
        try sequence()
        let owner = try site.clone.connect(.owner)
        try owner.runScript("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY; ALTER TABLE audit_places NO FORCE ROW LEVEL SECURITY", name: "test.power")
        try owner.runScript("UPDATE audit_places SET network = '10.0.0.1'", name: "test.attack")
        #expect(try site.get("/account/audit/\(event)", as: alpha).text.contains("The place was changed"))
        try owner.runScript("UPDATE audit_events SET outcome = 'refused'", name: "test.attack")
        #expect(try site.get("/account/audit/\(event)", as: alpha).text.contains("The event was changed"))
        try owner.runScript("DELETE FROM audit_places", name: "test.forget")
        #expect(try site.get("/account/audit/\(event)", as: alpha).text.contains("forgotten"))
    }

    @Test func everyActionHasWords() throws {
        let entries = try AuditAction.allCases.map { action in
            try record(alpha, action)
            return action
        }
        let page = try site.get("/api/v1/audit?limit=100", as: alpha)
        let items = try JSON(parsing: page.bytes)["items"]?.array ?? []
        #expect(items.count == entries.count)
        for item in items {
            let sentence = item["sentence"]?.string ?? ""
            #expect(sentence.hasPrefix("You ") && !sentence.contains("."), "\(item["action"]?.string ?? ""): \(sentence)")
        }
    }
}
