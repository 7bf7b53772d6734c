import Base
import HTTP
import Jobs
import Marketplace
import Postgres
import Security
import Site
import Storage
import Testing
import TestSupport

/// What is left of an account that was deleted, searched in every row there is.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct AccountDeletionTests {
    private static let job = Statement("test.erase_job", "SELECT arguments FROM jobs WHERE tenant_id = app.tenant_id() AND kind = 'erase-account'")
    private static let token = Statement("test.token", """
        INSERT INTO api_tokens (tenant_id, token_id, member_id, name, token_sha256, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, '{skills:read}', now(), now() + interval '1 hour')
        """)
    private static let passkey = Statement("test.passkey", """
        INSERT INTO passkeys (tenant_id, credential_id, passkey_id, member_id, name, public_key, algorithm, sign_count, transports,
            backup_eligible, backed_up, aaguid, created_at)
        VALUES ($1, '\\x01', $2, $3, $4, '\\x02', -7, 0, '{}', false, false, $2, now())
        """)
    private static let link = Statement("test.link", """
        INSERT INTO mail_links (tenant_id, link_id, member_id, purpose, token_sha256, address, created_at, expires_at)
        VALUES ($1, $2, $3, 'change_email_new', $4, $5, now(), now() + interval '1 hour')
        """)
    private static let invite = Statement("test.invite", """
        INSERT INTO invitations (tenant_id, invitation_id, email, role, token_sha256, invited_by, created_at, expires_at)
        VALUES ($1, $2, $3, 'viewer', $4, $2, now(), now() + interval '1 hour')
        """)
    private static let team = Statement("test.team", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, 'team')")
    private static let rules = Statement("test.team_rules", "INSERT INTO teams (tenant_id) VALUES ($1)")
    private static let name = Statement("test.team_name", "INSERT INTO handles (tenant_id, handle, display_name) VALUES ($1, $2, $2)")
    private static let join = Statement(
        "test.team_join", "INSERT INTO memberships (tenant_id, member_id, role, home_tenant_id) VALUES ($1, $2, $3, $4)")

    private static let handle = "zebra-quokka"
    private static let network = "203.0.113.77"

    private let fixture: APIFixture
    private let reader: TestSite.Reader
    private let member: ID<Member>

    init() throws {
        fixture = try APIFixture()
        reader = try fixture.site.member(Self.handle)
        member = try #require(reader.member)
    }

    private func write(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Void) throws {
        try fixture.site.database.transaction(.tenant(tenant), .readWrite, body)
    }

    private func makeTeam(_ handle: String, others: [(TestSite.Reader, Role)], role: Role) throws -> ID<Tenant> {
        let team: ID<Tenant> = newID()
        try write(team) { tx in
            try tx.run(Self.team, .uuid(team))
            try tx.run(Self.rules, .uuid(team))
            try tx.run(Self.name, .uuid(team), .text(handle))
            for (person, role) in others + [(reader, role)] {
                try tx.run(Self.join, .uuid(team), .uuid(try unwrap(person.member)), .text(role.rawValue), .uuid(person.tenant))
            }
        }
        return team
    }

    private func unwrap<Value>(_ value: Value?) throws -> Value { try #require(value) }

    private func delete(typing handle: String = AccountDeletionTests.handle) throws -> Response {
        try fixture.site.post("/account/deletion", [.init("handle", handle)], as: reader)
    }

    @Test func nothingThatNamesThePersonIsLeft() throws {
        let secret = "canary-of-private-skill", place = "canary-browser/1.0", named = "canary-name"
        // Private work, published work, a fork of it by another, an evaluation.
        _ = try fixture.create(APIFixture.skill(slug: "canary-private", note: secret), as: reader)
        let published = try fixture.create(APIFixture.skill(slug: "shared"), as: reader)
        _ = try fixture.publish(published, as: reader)
        let fork = try fixture.call("POST", "/forks", ["handle": .string(Self.handle), "slug": "shared", "new_slug": "mine"], as: fixture.beta)
        #expect(fork.status == 201, "\(fork.json.text)")
        // A draft after the publication is private too.
        let saved = try fixture.call("PUT", "/studio/skills/\(published)", APIFixture.skill(slug: "shared", note: secret + "-2"), as: reader)
        #expect(saved.status < 300, "\(saved.json.text)")
        let link: Digest = .of("link"), email = "\(Self.handle)@example.org"
        try write(reader.tenant) { tx in
            try tx.run(Self.token, .uuid(reader.tenant), .uuid(member), .uuid(member), .text(named), .digest(.of("token")))
            try tx.run(Self.passkey, .uuid(reader.tenant), .uuid(member), .uuid(member), .text(named))
            try tx.run(Self.link, .uuid(reader.tenant), .uuid(member), .uuid(member), .digest(link), .text(named + "@example.org"))
            try AuditTable.record(
                AuditEvent(tenant: reader.tenant, actor: member, actorKind: .session, action: .loggedIn,
                           place: .init(network: Self.network, userAgent: place), requestID: "", at: SystemClock().now()), in: tx)
        }
        let joined = try makeTeam("crew", others: [(fixture.alpha, .owner)], role: .author)
        let own = try makeTeam("zebra-team", others: [], role: .owner)
        try write(joined) { tx in
            try tx.run(Self.invite, .uuid(joined), .uuid(member), .text(email), .digest(.of("invitation")))
            try AuditTable.record(
                AuditEvent(tenant: joined, actor: member, actorKind: .session, action: .skillSaved,
                           place: .init(network: Self.network, userAgent: place), requestID: "", at: SystemClock().now()), in: tx)
        }
        let everybody = [reader.tenant, fixture.alpha.tenant, fixture.beta.tenant, joined, own]
        let texts = [email, Self.handle, "argon2id$none", Self.network, secret, place, named, "canary-private", "zebra-team"]
        let before = try DatabaseScan(fixture.site.clone, tenants: [reader.tenant, joined, own])
        for text in texts { #expect(!before.rows(with: text).isEmpty, "\(text): the search finds nothing even before") }

        // The stale handle is refused, the right one is not.
        #expect(try delete(typing: "somebody").status == 422)
        let answer = try delete()
        #expect(answer.status == 303 && answer.headers["location"] == "/account/deleted", "\(fixture.site.lines.all.suffix(1))")
        #expect(answer.cookies.contains { $0.name == "tc_session" && $0.value.isEmpty })
        #expect(try fixture.site.get("/account", as: reader).status == 303, "the session has ended")
        let letters = try MailReader(site: fixture.site).letters(to: email)
        #expect(letters.map(\.subject) == ["The account @\(Self.handle) was deleted"])
        #expect(try fixture.site.get("/account/deleted").status == 200)
        try erase()

        let scan = try DatabaseScan(fixture.site.clone, tenants: everybody)
        for text in texts where text != "argon2id$none" {
            #expect(scan.rows(with: text) == [], "\(text)")
        }
        #expect(scan.rows(with: "argon2id$none").allSatisfy { !$0.contains(member.description) })
        // The others' work is untouched, and the fork still says where it is from.
        #expect(!scan.rows(with: "alpha@example.org").isEmpty)
        let attribution = try fixture.site.database.transaction(.tenant(fixture.beta.tenant), .readOnly) { tx in
            try SkillTable.find(slug: "mine", in: tx)?.source?.handle
        }
        #expect(attribution?.hasPrefix("deleted-") == true)
        let handle = try #require(attribution)
        #expect(try fixture.site.get("/@\(handle)/shared").status == 200, "published versions stay")
        #expect(try fixture.site.get("/@\(handle)").text.contains("Deleted account"))
        #expect(try fixture.site.get("/@\(Self.handle)/shared").status == 404)
    }

    /// What the engine does, by hand: the job's arguments, as its role.
    private func erase() throws {
        let arguments = try fixture.site.clone.connect(.engine).transaction(.tenant(reader.tenant), .readOnly) { tx in
            try tx.run(Self.job).only { try $0.json("arguments") }
        }
        let task = try #require(EraseAccount(arguments))
        let engine = try fixture.site.clone.connect(.engine)
        for _ in 1...2 {  // Doing it again does no harm.
            try engine.transaction(.tenant(reader.tenant), .readWrite) { tx in
                for tenant in task.tenants { try ErasureTable.erase(tenant, home: reader.tenant, in: tx) }
                try ErasureTable.forgetPlaces(of: task.member, home: reader.tenant, in: tx)
            }
        }
    }

    @Test func theLastOwnerOfATeamWithOthersStays() throws {
        _ = try makeTeam("crew", others: [(fixture.alpha, .author)], role: .owner)
        #expect(try fixture.site.get("/account/deletion", as: reader).text.contains("last owner of @crew"))
        let answer = try delete()
        #expect(answer.status == 409 && answer.text.contains("@crew"))
        #expect(try MailReader(site: fixture.site).letters(to: "\(Self.handle)@example.org").isEmpty, "nothing was deleted, nothing is told")
        #expect(try fixture.site.get("/account", as: reader).status == 200)
    }

    @Test func administratorsStay() throws {
        let admin = try fixture.site.member("boss-one", isAdmin: true)
        #expect(try fixture.site.post("/account/deletion", [.init("handle", "boss-one")], as: admin).status == 409)
    }

    @Test func theExportHasEverythingButSecrets() throws {
        _ = try fixture.create(APIFixture.skill(slug: "mine", note: "my words"), as: reader)
        for answer in [
            try fixture.site.post("/account/data", as: reader), try fixture.site.get("/api/v1/account/export", as: reader),
        ] {
            #expect(answer.status == 200 && answer.headers["content-disposition"]?.contains("attachment") == true)
            let json = try JSON(parsing: answer.bytes)
            #expect(json["account"]?.array?.first?["email"]?.string == "\(Self.handle)@example.org")
            #expect(json["versions"]?.array?.first?["skill_md"]?.string?.contains("my words") == true)
            #expect(json["sessions"]?.array?.count == 1)
            #expect(!answer.text.contains("argon2id") && !answer.text.contains("sha256\""))
        }
        let log = try fixture.site.clone.connect(.web).transaction(.tenant(reader.tenant), .readOnly) { tx in
            try tx.run(Self.exports).map { try $0.text(0) }
        }
        #expect(log == ["account.exported", "account.exported"])
    }

    private static let exports = Statement("test.exports", "SELECT action FROM audit_events WHERE tenant_id = app.tenant_id() AND action = 'account.exported'")
}
