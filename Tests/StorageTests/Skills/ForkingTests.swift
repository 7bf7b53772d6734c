import Base
import Marketplace
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct ForkingTests {
    private func fork(
        _ fixture: StorageFixture, _ tenant: ID<Tenant>, handle: String = "alpha", number: Int? = nil, as slug: String? = nil
    ) throws -> String {
        try fixture.write(tenant) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            return try Forking.fork(handle: handle, slug: "drift", number: number, as: slug, ids: &ids, in: tx).slug
        }
    }

    @Test func keepsSourceAndLineageAndTheAuthorsText() throws {
        let fixture = try StorageFixture(withCandles: true)
        let source = try fixture.create(for: fixture.tenants.alpha)
        _ = try fixture.publish(source, for: fixture.tenants.alpha, handle: "alpha")
        #expect(try fork(fixture, fixture.tenants.beta) == "drift")
        #expect(try fork(fixture, fixture.tenants.beta) == "drift-2")
        #expect(try fork(fixture, fixture.tenants.beta, number: 1, as: "my-drift") == "my-drift")
        try fixture.read(fixture.tenants.beta) { tx in
            let copy = try unwrap(try SkillTable.find(slug: "my-drift", in: tx))
            #expect(copy.lineage == source.lineage)
            #expect(copy.source == ForkSource(
                skill: source.id, version: source.latestVersion, handle: "alpha", slug: "drift", number: 1, hash: source.latestHash))
            let files = try unwrap(try VersionTable.find(copy.latestVersion, in: tx)).files
            #expect(files.entry == StorageFixture.files().entry)
            #expect(files.skillMD == StorageFixture.files().skillMD.replacing("slug: drift  # the address", with: "slug: my-drift"))
            #expect(try Authoring.manifest(of: files).slug == "my-drift")
        }
        #expect(try fixture.read(fixture.tenants.alpha) { tx in try SkillTable.list(limit: 9, in: tx).count } == 1)
    }

    @Test func aForkOfAForkStaysInTheFamily() throws {
        let fixture = try StorageFixture(withCandles: true)
        let source = try fixture.create(for: fixture.tenants.alpha)
        _ = try fixture.publish(source, for: fixture.tenants.alpha, handle: "alpha")
        _ = try fork(fixture, fixture.tenants.beta)
        let child = try #require(try fixture.read(fixture.tenants.beta) { tx in try SkillTable.find(slug: "drift", in: tx) })
        _ = try fixture.publish(child, for: fixture.tenants.beta, handle: "beta")
        #expect(try fork(fixture, fixture.tenants.alpha, handle: "beta") == "drift-2")
        let grandchild = try #require(try fixture.read(fixture.tenants.alpha) { tx in try SkillTable.find(slug: "drift-2", in: tx) })
        #expect(grandchild.lineage == source.id)
        #expect(grandchild.source?.handle == "beta")
    }

    @Test func refusals() throws {
        let fixture = try StorageFixture(withCandles: true)
        #expect(throws: Forking.Refusal.notFound(handle: "alpha", slug: "drift", number: nil)) { try fork(fixture, fixture.tenants.beta) }
        let closed = try fixture.create(StorageFixture.files(licence: "closed"), for: fixture.tenants.alpha)
        _ = try fixture.publish(closed, for: fixture.tenants.alpha, handle: "alpha")
        #expect(throws: Forking.Refusal.closedLicence(handle: "alpha", slug: "drift")) { try fork(fixture, fixture.tenants.beta) }
        let open = try fixture.create(for: fixture.tenants.beta)
        _ = try fixture.publish(open, for: fixture.tenants.beta, handle: "beta")
        #expect(throws: Forking.Refusal.notFound(handle: "beta", slug: "drift", number: 7)) {
            try fork(fixture, fixture.tenants.alpha, handle: "beta", number: 7)
        }
        #expect(throws: Forking.Refusal.slugNotValid("No Slug")) {
            try fork(fixture, fixture.tenants.alpha, handle: "beta", as: "No Slug")
        }
    }
}
