import Base
import Postgres
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct AccountTableTests {
    private static func new(_ handle: String, in connection: Connection) throws -> MemberTable.NewMember {
        let new = MemberTable.NewMember(
            member: newID(), tenant: newID(), email: "\(handle)@example.org", handle: handle, displayName: handle,
            passwordHash: Secret("$argon2id$x"))
        try connection.transaction(.tenant(new.tenant), .readWrite) { try MemberTable.insert(new, in: $0) }
        return new
    }

    @Test func aTenantWritesOnlyItsOwnRows() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        let alpha = try Self.new("alpha", in: web), beta = try Self.new("beta", in: web)
        let now = SystemClock().now()
        let token = Digest.of("token of beta")
        let session = LoginSessionTable.New(id: newID(), member: beta.member, tenant: beta.tenant, userAgent: "b", network: "127.0.0.1")
        try web.transaction(.tenant(beta.tenant), .readWrite) { try LoginSessionTable.insert(session, token: token, at: now, in: $0) }
        // Alpha cannot start, use or end a session of beta's.
        #expect(throws: PostgresError.self) {
            try web.transaction(.tenant(alpha.tenant), .readWrite) {
                let stolen = LoginSessionTable.New(id: newID(), member: beta.member, tenant: beta.tenant, userAgent: "", network: "")
                try LoginSessionTable.insert(stolen, token: .of("x"), at: now, in: $0)
            }
        }
        try web.transaction(.tenant(alpha.tenant), .readWrite) { try LoginSessionTable.delete(session.id, tenant: beta.tenant, in: $0) }
        let found = try web.transaction(.platform, .readOnly) { try LoginSessionTable.find(token, at: now, in: $0) }
        #expect(found?.member.handle == "beta" && found?.acting.tenant == beta.tenant)
        // Nobody inserts a member into another tenant, or makes themselves an administrator later.
        let intruder = MemberTable.NewMember(
            member: newID(), tenant: beta.tenant, email: "i@example.org", handle: "intruder", displayName: "i", passwordHash: Secret("x"))
        #expect(throws: PostgresError.self) {
            try web.transaction(.tenant(alpha.tenant), .readWrite) { try MemberTable.insert(intruder, in: $0) }
        }
    }

    @Test func theEngineReadsNoSecrets() throws {
        let database = try TestDatabase.clone()
        let engine = try database.connect(.engine)
        for table in ["members", "login_sessions", "memberships"] {
            #expect(throws: PostgresError.self) {
                try engine.transaction(.platform, .readOnly) { try $0.run(Statement("test.\(table)", "SELECT * FROM \(table)")) }
            }
        }
    }

    @Test func namesAreTakenOnce() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        let first = try Self.new("alpha", in: web)
        // Unverified accounts may share an address; a verified one is alone with it.
        let second = MemberTable.NewMember(
            member: newID(), tenant: newID(), email: first.email, handle: "second", displayName: "s", passwordHash: Secret("x"),
            verifiedAt: SystemClock().now())
        try web.transaction(.tenant(second.tenant), .readWrite) { try MemberTable.insert(second, in: $0) }
        let known = try web.transaction(.platform, .readOnly) { try MemberTable.credentials(email: first.email, in: $0) }
        #expect(known?.member == second.member)
        let other = MemberTable.NewMember(
            member: newID(), tenant: newID(), email: "other@example.org", handle: "alpha", displayName: "a", passwordHash: Secret("x"))
        #expect(throws: MemberTable.Refusal.handleTaken) {
            try web.transaction(.tenant(other.tenant), .readWrite) { try MemberTable.insert(other, in: $0) }
        }
    }
}
