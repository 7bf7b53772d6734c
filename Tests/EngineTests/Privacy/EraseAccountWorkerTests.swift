import Base
import Engine
import Jobs
import Marketplace
import Postgres
import Security
import Storage
import TestSupport
import Testing

/// The job that follows the deletion of an account, in an engine that runs as its role.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct EraseAccountWorkerTests {
    private static let makeMember = Statement("test.erase_member", """
        INSERT INTO members (tenant_id, member_id, email, password_hash, email_verified_at) VALUES ($1, $2, $3, '$argon2id$none', now())
        """)
    private static let makeMembership = Statement(
        "test.erase_membership", "INSERT INTO memberships (tenant_id, member_id, role) VALUES ($1, $2, 'owner')")
    private static let makeHandle = Statement(
        "test.erase_handle", "INSERT INTO handles (tenant_id, handle, display_name) VALUES ($1, $2, $2)")
    private static let jobs = Statement(
        "test.erase_jobs", "SELECT job_id FROM jobs WHERE tenant_id = app.tenant_id() AND kind = 'erase-account'")
    /// What there is of a tenant, as text that two looks can compare.
    private static let left = Statement("test.erase_left", """
        SELECT (SELECT coalesce(string_agg(s.slug, ' ' ORDER BY s.slug), '') FROM skills s WHERE s.tenant_id = $1) AS skills,
               (SELECT coalesce(string_agg(v.skill_md, ' ' ORDER BY v.version_id), '') FROM versions v WHERE v.tenant_id = $1) AS versions,
               (SELECT count(*) FROM runs r WHERE r.tenant_id = $1) AS runs,
               (SELECT count(*) FROM audit_places p WHERE p.tenant_id = $1) AS places,
               (SELECT count(*) FROM audit_events e WHERE e.tenant_id = $1) AS events
        """)
    private static let authors = Statement("test.erase_authors", "SELECT author_handle FROM runs WHERE tenant_id = app.house() AND skill_id = $1")

    private struct Left: Equatable {
        var skills: String, versions: String, runs: Int, places: Int, events: Int
    }

    private let fixture: EngineFixture
    private let member: ID<Member> = newID()
    private let other: ID<Tenant>

    init() throws {
        fixture = try EngineFixture()
        other = try Tenants.create(on: fixture.web)
        for (tenant, handle, person) in [(fixture.tenant, "alpha", member), (other, "beta-b", newID())] {
            try fixture.web.transaction(.tenant(tenant), .readWrite) { tx in
                try tx.run(Self.makeMember, .uuid(tenant), .uuid(person), .text("\(handle)@example.org"))
                try tx.run(Self.makeMembership, .uuid(tenant), .uuid(person))
                try tx.run(Self.makeHandle, .uuid(tenant), .text(handle))
            }
        }
    }

    private func left(_ tenant: ID<Tenant>) throws -> Left {
        try fixture.database.connect(.owner).transaction(.tenant(tenant), .readOnly) { tx in
            try tx.run(Self.left, .uuid(tenant)).only { row in
                Left(skills: try row.text("skills"), versions: try row.text("versions"), runs: try row.int("runs"),
                     places: try row.int("places"), events: try row.int("events"))
            }
        }
    }

    private func act(in tenant: ID<Tenant>) throws {
        try fixture.web.transaction(.tenant(tenant), .readWrite) { tx in
            _ = try AuditTable.record(
                AuditEvent(tenant: tenant, actor: member, actorKind: .session, action: .skillSaved,
                           place: .init(network: "203.0.113.9", userAgent: "canary"), requestID: "", at: SystemClock().now()), in: tx)
        }
    }

    private func deleteAccount() throws -> ID<Job> {
        let home = fixture.tenant
        return try fixture.web.transaction(.tenant(home), .readWrite) { tx in
            _ = try AccountErasureTable.erase(member, home: home, requestID: "", at: SystemClock().now(), in: tx)
            return try tx.run(Self.jobs).only { try $0.id("job_id") }
        }
    }

    /// Runs an engine until the job ends.
    private func run(_ job: ID<Job>) throws -> JobStatus {
        let address = fixture.database.address(.engine)
        var settings = JobRunnerSettings()
        settings.retryMilliseconds = 10
        let engine = RunningEngine(JobRunner(
            connect: { try Connection(address, options: ConnectionOptions(applicationName: "engine")) },
            handlers: [EraseAccountWorker()], threads: 1, guests: 0, settings: settings, log: .silent))
        defer { engine.stop() }
        func status() throws -> JobStatus? {
            try fixture.web.transaction(.tenant(fixture.tenant), .readOnly) { tx in try JobQueue.status(job, in: tx) }
        }
        try waitUntil("the job ends", seconds: 20) { try status()?.state.isFinal == true }
        return try #require(try status())
    }

    private func enqueue(_ arguments: JSON) throws -> ID<Job> {
        try fixture.web.transaction(.tenant(fixture.tenant), .readWrite) { tx in
            try JobQueue.enqueue(
                JobRequest(kind: EraseAccount.kind, version: EraseAccount.version, arguments: arguments, tenant: fixture.tenant), in: tx)
        }
    }

    @Test func privateWorkGoesAndPublishedWorkStaysHoweverOften() throws {
        let own = try fixture.create(EngineFixture.files(slug: "private-one"))
        _ = try fixture.order(own)
        let files = EngineFixture.files(slug: "shared")
        let shared = try fixture.create(files)
        _ = try fixture.publish(shared, files)
        try act(in: fixture.tenant)
        try act(in: other)
        let before = try left(fixture.tenant), untouched = try left(other)
        #expect(before.skills == "private-one shared" && before.runs == 1 && before.places == 1 && untouched.places == 1)

        let job = try deleteAccount()
        let status = try run(job)
        #expect(status.state == .completed && status.attempt == 1, "\(status.error?.text ?? "")")
        let after = try left(fixture.tenant)
        #expect(after.skills == "shared" && after.runs == 0 && after.versions == files.skillMD)
        #expect(after.events > before.events, "the log itself stays")
        #expect(after.places == 0)
        #expect(try left(other).places == 0 && left(other).events == untouched.events, "wherever the member acted")
        let authors = try fixture.database.connect(.owner).transaction(.tenant(RunTable.house), .readOnly) { tx in
            try tx.run(Self.authors, .uuid(shared.id)).map { try $0.text(0) }
        }
        #expect(authors.count == 1 && authors.allSatisfy { $0.hasPrefix("deleted-") })

        // An engine that died after the commit and before it said so does it all again.
        let task = EraseAccount(member: member, tenants: [fixture.tenant])
        let again = try run(enqueue(task.request(home: fixture.tenant).arguments))
        #expect(again.state == .completed && again.attempt == 1, "\(again.error?.text ?? "")")
        #expect(try left(fixture.tenant) == after)
    }

    @Test func argumentsOfAnotherShapeFailAtOnce() throws {
        for arguments: JSON in [[:], ["member": "x", "tenants": []], ["member": .string(member.description), "tenants": ["x"]]] {
            let status = try run(enqueue(arguments))
            #expect(status.state == .failed && status.attempt == 1)
        }
    }
}
