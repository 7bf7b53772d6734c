import Base
import Marketplace
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct MailLinkTableTests {
    private let database: TestDatabase
    private let web: Connection
    private let now = SystemClock().now()

    init() throws {
        database = try TestDatabase.clone()
        web = try database.connect(.web)
    }

    private func member(_ handle: String) throws -> MemberTable.NewMember {
        let new = MemberTable.NewMember(
            member: newID(), tenant: newID(), email: "\(handle)@example.org", handle: handle, displayName: handle, passwordHash: Secret("x"))
        try web.transaction(.tenant(new.tenant), .readWrite) { try MemberTable.insert(new, in: $0) }
        return new
    }

    private func insert(_ purpose: MailLinkPurpose, _ token: String, for member: MemberTable.NewMember, as scope: ID<Tenant>? = nil) throws {
        let address = try #require(EmailAddress(member.email))
        try web.transaction(.tenant(scope ?? member.tenant), .readWrite) { tx in
            try MailLinkTable.insert(
                purpose, token: .of(token), member: member.member, tenant: member.tenant, address: address, at: now, in: tx)
        }
    }

    private func find(_ token: String, _ purpose: MailLinkPurpose, at instant: Instant? = nil) throws -> MailLinkTable.Found? {
        try web.transaction(.platform, .readOnly) { tx in try MailLinkTable.find(.of(token), for: purpose, at: instant ?? now, in: tx) }
    }

    @Test func aLinkIsItsMembersAndItsPurposesAlone() throws {
        let alpha = try member("alpha"), beta = try member("beta")
        try insert(.resetPassword, "a", for: alpha)
        try insert(.resetPassword, "b", for: beta)
        let found = try #require(try find("b", .resetPassword))
        #expect(found.tenant == beta.tenant && found.handle == "beta" && found.address.text == "beta@example.org")
        #expect(try find("b", .verifyEmail) == nil && find("c", .resetPassword) == nil)
        // In alpha's scope beta's link can neither be used nor voided nor made.
        let used = try web.transaction(.tenant(alpha.tenant), .readWrite) { tx in try MailLinkTable.use(found, at: now, in: tx) }
        #expect(!used)
        try web.transaction(.tenant(alpha.tenant), .readWrite) { tx in
            try MailLinkTable.void(MailLinkPurpose.allCases, member: beta.member, tenant: beta.tenant, in: tx)
        }
        #expect(try find("b", .resetPassword) != nil)
        #expect(throws: PostgresError.self) { try insert(.resetPassword, "forged", for: beta, as: alpha.tenant) }
        #expect(try web.transaction(.tenant(beta.tenant), .readWrite) { tx in try MailLinkTable.use(found, at: now, in: tx) })
        #expect(try find("b", .resetPassword) == nil && find("a", .resetPassword) != nil)
    }

    @Test func timesAreKeptToTheMillisecond() throws {
        let alpha = try member("alpha")
        for purpose in MailLinkPurpose.allCases {
            try insert(purpose, purpose.rawValue, for: alpha)
            let end = purpose.end(from: now)
            #expect(try find(purpose.rawValue, purpose, at: end.advanced(byMilliseconds: -1)) != nil)
            #expect(try find(purpose.rawValue, purpose, at: end) == nil)
            let found = try #require(try find(purpose.rawValue, purpose))
            let late = try web.transaction(.tenant(alpha.tenant), .readWrite) { tx in try MailLinkTable.use(found, at: end, in: tx) }
            #expect(!late)
        }
    }

    @Test func nobodysLinkIsNone() throws {
        let nobody = MemberTable.NewMember(
            member: newID(), tenant: RunTable.house, email: "n@example.org", handle: "nobody-here", displayName: "n", passwordHash: Secret("x"))
        try insert(.resetPassword, "n", for: nobody)
        #expect(try find("n", .resetPassword) == nil)
    }

    @Test func theEngineReadsNoLinks() throws {
        let engine = try database.connect(.engine)
        #expect(throws: PostgresError.self) {
            try engine.transaction(.platform, .readOnly) { try $0.run(Statement("test.links", "SELECT * FROM mail_links")) }
        }
    }

    @Test func oneAccountVerifiesAnAddress() throws {
        let alpha = try member("alpha"), beta = try member("beta")
        let address = try #require(EmailAddress("alpha@example.org"))
        try web.transaction(.tenant(beta.tenant), .readWrite) { tx in
            let account = try unwrap(RecoveryTable.lock(beta.member, tenant: beta.tenant, in: tx))
            try RecoveryTable.changeEmail(of: account, to: address, at: now, in: tx)
        }
        #expect(throws: RecoveryTable.Refusal.addressTaken) {
            try web.transaction(.tenant(alpha.tenant), .readWrite) { tx in
                let account = try unwrap(RecoveryTable.lock(alpha.member, tenant: alpha.tenant, in: tx))
                try RecoveryTable.verify(account, address: address, at: now, in: tx)
            }
        }
        let holder = try web.transaction(.platform, .readOnly) { tx in try RecoveryTable.account(of: address, in: tx) }
        #expect(holder?.member == beta.member && holder?.isVerified == true)
        // Nobody locks or reads for writing what is not theirs.
        let foreign = try web.transaction(.tenant(alpha.tenant), .readWrite) { tx in
            try RecoveryTable.lock(beta.member, tenant: beta.tenant, in: tx) != nil
        }
        #expect(!foreign, "a row of another tenant cannot be locked")
    }
}
