import Base
import Foundation
import Marketplace
import Postgres
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct AuthoringTests {
    @Test func anotherTenantsSkillIsAbsent() throws {
        let fixture = try StorageFixture()
        let skill = try fixture.create(for: fixture.tenants.alpha)
        try fixture.read(fixture.tenants.alpha) { tx in
            try check(SkillTable.list(limit: 10, in: tx).map(\.id) == [skill.id])
            try check(VersionTable.list(skill: skill.id, limit: 10, in: tx).map(\.number) == [1])
        }
        try fixture.read(fixture.tenants.beta) { tx in
            try check(SkillTable.list(limit: 10, in: tx).isEmpty)
            try check(SkillTable.find(skill.id, in: tx) == nil)
            try check(SkillTable.find(slug: "drift", in: tx) == nil)
            try check(VersionTable.list(skill: skill.id, limit: 10, in: tx).isEmpty)
            try check(VersionTable.find(skill.latestVersion, in: tx) == nil)
            try check(VersionTable.find(skill: skill.id, number: 1, in: tx) == nil)
        }
        // The same slug is free for beta.
        #expect(try fixture.create(for: fixture.tenants.beta).slug == "drift")
    }

    @Test func listsPageByPage() throws {
        let fixture = try StorageFixture()
        let made = try ["one", "two", "three"].map { try fixture.create(StorageFixture.files(slug: $0), for: fixture.tenants.alpha).slug }
        try fixture.read(fixture.tenants.alpha) { tx in
            let first = try SkillTable.list(limit: 2, in: tx)
            let second = try SkillTable.list(before: first.last?.id, limit: 2, in: tx)
            #expect(Set((first + second).map(\.slug)) == Set(made))
            #expect(first.count == 2 && second.count == 1)
        }
    }

    @Test func theSameSlugTwiceIsRefused() throws {
        let fixture = try StorageFixture()
        _ = try fixture.create(for: fixture.tenants.alpha)
        #expect(throws: Authoring.Refusal.slugTaken("drift")) { try fixture.create(for: fixture.tenants.alpha) }
    }

    @Test func savingNothingNewIsRefused() throws {
        let fixture = try StorageFixture()
        let skill = try fixture.create(for: fixture.tenants.alpha)
        let files = StorageFixture.files()
        #expect(throws: Authoring.Refusal.unchanged(number: 1)) {
            try fixture.write(fixture.tenants.alpha) { tx in
                var ids = Authoring.Identifiers(now: SystemClock().now())
                return try Authoring.save(try Authoring.manifest(of: files), files: files, as: skill, ids: &ids, in: tx).number
            }
        }
    }

    @Test func concurrentSavesGetDistinctNumbers() throws {
        let fixture = try StorageFixture()
        let skill = try fixture.create(for: fixture.tenants.alpha)
        let tenant = fixture.tenants.alpha
        let numbers = Mutex<[Int]>([])
        let failures = Mutex<[String]>([])
        let group = DispatchGroup()
        for saver in 0..<8 {
            group.enter()
            Thread.detachNewThread { [database = fixture.database] in
                defer { group.leave() }
                do {
                    let files = StorageFixture.files(note: "Saver \(saver).")
                    let number = try database.connect(.web).transaction(.tenant(tenant), .readWrite) { tx in
                        var ids = Authoring.Identifiers(now: SystemClock().now())
                        return try Authoring.save(try Authoring.manifest(of: files), files: files, as: skill, ids: &ids, in: tx).number
                    }
                    numbers.withLock { $0.append(number) }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(group.wait(timeout: .now() + 30) == .success)
        #expect(failures.withLock { $0 } == [])
        #expect(numbers.withLock { $0.sorted() } == Array(2...9))
    }

    private static let changes = [
        "UPDATE versions SET skill_md = 'x'", "DELETE FROM versions", "DELETE FROM skills", "DELETE FROM runs",
        "UPDATE published_versions SET summary = 'x'", "DELETE FROM published_versions", "UPDATE run_decisions SET number = 9",
        "DELETE FROM run_decisions", "DELETE FROM lineage_trials",
    ]

    @Test(arguments: changes)
    func historyCannotBeChanged(_ sql: String) throws {
        let fixture = try StorageFixture()
        let error = #expect(throws: PostgresError.self) {
            try fixture.write(fixture.tenants.alpha) { tx in _ = try tx.run(Statement("test.\(Digest.of(sql).short)", sql)) }
        }
        #expect(error?.sqlState == "42501")
    }

    /// The engine erases the private work of a deleted account, and nobody else's: without the owner's request, which it
    /// cannot write, nothing goes.
    @Test(arguments: changes)
    func theEngineChangesNoHistoryUnasked(_ sql: String) throws {
        let fixture = try StorageFixture(withCandles: true)
        let skill = try fixture.create(for: fixture.tenants.alpha)
        _ = try fixture.publish(skill, for: fixture.tenants.alpha, handle: "alpha")
        let changed: Int
        do {
            changed = try fixture.engine.transaction(.tenant(fixture.tenants.alpha), .readWrite) { tx in
                try tx.run(Statement("test.\(Digest.of(sql).short)", sql)).affected
            }
        } catch let error as PostgresError {
            #expect(error.sqlState == "42501")
            return
        }
        #expect(changed == 0, "the engine did: \(sql)")
        #expect(throws: PostgresError.self) {
            try fixture.engine.transaction(.tenant(fixture.tenants.alpha), .readWrite) { tx in
                _ = try tx.run(Statement("test.ask", "INSERT INTO account_erasures (tenant_id, requested_at) SELECT app.tenant_id(), now()"))
            }
        }
    }

    @Test func publishingTwiceKeepsTheEvaluationAndSetsTheVisibility() throws {
        let fixture = try StorageFixture(withCandles: true)
        let skill = try fixture.create(for: fixture.tenants.alpha)
        let first = try fixture.publish(skill, for: fixture.tenants.alpha, handle: "alpha")
        let again = try fixture.publish(skill, for: fixture.tenants.alpha, handle: "alpha", visibility: .unlisted)
        #expect(first == again)
        try fixture.read(fixture.tenants.beta) { tx in
            let listing = try unwrap(try ListingTable.find(handle: "alpha", slug: "drift", in: tx))
            #expect(listing.publication.visibility == .unlisted)
            #expect(listing.trials == 1)
            try check(ListingTable.browse(ListingTable.Filter(), sort: .newest, limit: 10, in: tx).isEmpty)
        }
    }

    @Test func publishingWithoutCandlesIsRefused() throws {
        let fixture = try StorageFixture()
        let skill = try fixture.create(for: fixture.tenants.alpha)
        #expect(throws: Authoring.Refusal.noCandles(universe: ["SIM-ALPHA"])) {
            try fixture.publish(skill, for: fixture.tenants.alpha, handle: "alpha")
        }
    }

    @Test func anotherSkillAtThePublishedAddressIsRefused() throws {
        let fixture = try StorageFixture(withCandles: true)
        let skill = try fixture.create(for: fixture.tenants.alpha)
        _ = try fixture.publish(skill, for: fixture.tenants.alpha, handle: "alpha")
        // The first moves its draft away; its listing keeps the address until it is published anew.
        let moved = StorageFixture.files(slug: "moved")
        try fixture.write(fixture.tenants.alpha) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            _ = try Authoring.save(try Authoring.manifest(of: moved), files: moved, as: skill, ids: &ids, in: tx)
        }
        let second = try fixture.create(for: fixture.tenants.alpha)
        #expect(throws: Authoring.Refusal.addressTaken("drift")) {
            try fixture.publish(second, for: fixture.tenants.alpha, handle: "alpha")
        }
    }

    @Test func unknownModelsAreRefusedWithTheirLine() throws {
        let text = StorageFixture.files().skillMD
        func problem(_ model: String) -> SkillProblem? {
            let files = VersionTable.Files(
                skillMD: text.replacingOccurrences(of: "model: none", with: "model: \(model)\ntools: [propose_order]"), entry: nil, exit: nil)
            do {
                _ = try SkillDraft.manifest(of: files)
                return nil
            } catch {
                return error.problems.first
            }
        }
        #expect(problem("reference/threshold") == nil)
        let unknown = problem("reference/oracle")
        #expect(unknown?.line == 5 && unknown?.field == "model" && unknown?.message.hasPrefix("There is no such") == true)
        #expect(problem("acme/large")?.message.hasPrefix("Only reference models") == true)
    }
}
