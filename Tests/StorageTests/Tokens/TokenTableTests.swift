import Base
import Marketplace
import Postgres
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct TokenTableTests {
    @Test func countsBeginAnewWithTheMinute() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        let one = Digest.of("one"), two = Digest.of("two")
        func count(_ buckets: [Digest], at milliseconds: Int64) throws -> [Int] {
            try web.transaction(.platform, .readWrite) { try RequestCountTable.count(buckets, at: Instant(milliseconds: milliseconds), in: $0) }
        }
        #expect(try count([one, two], at: 60_000) == [1, 1])
        #expect(try count([two], at: 90_000) == [2])
        #expect(try count([two, one], at: 119_999) == [3, 2])
        #expect(try count([one, two], at: 120_000) == [1, 1])
        // A clock that runs behind counts in the newer minute.
        #expect(try count([one, two], at: 119_000) == [2, 2])
        try web.transaction(.platform, .readWrite) { try RequestCountTable.forget(before: Instant(milliseconds: 180_000), in: $0) }
        #expect(try count([one], at: 121_000) == [3], "a minute is kept while a clock behind may still be in it")
        try web.transaction(.platform, .readWrite) { try RequestCountTable.forget(before: Instant(milliseconds: 240_000), in: $0) }
        #expect(try count([one], at: 121_000) == [1])
        #expect(RequestCountTable.window(of: Instant(milliseconds: -1)) == Instant(milliseconds: -60_000))
    }

    @Test func keysAreClaimedOnceAndFreedByFailure() throws {
        struct Failed: Error {}
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        let tenants = try database.tenants()
        let key = Digest.of("key"), now = SystemClock().now()
        func claim(_ request: String, in tenant: ID<Tenant>, keep answer: [UInt8]?) throws -> (request: Digest, answer: [UInt8]?) {
            let claim = try web.transaction(.tenant(tenant), .readWrite) { tx in
                let claim = try IdempotencyKeyTable.claim(key, request: .of(request), at: now, in: tx)
                if let answer { try IdempotencyKeyTable.keep(answer, for: key, in: tx) }
                return claim
            }
            return (claim.request, claim.sealedAnswer)
        }
        #expect(throws: Failed.self) {
            try web.transaction(.tenant(tenants.alpha), .readWrite) { tx in
                _ = try IdempotencyKeyTable.claim(key, request: .of("a"), at: now, in: tx)
                try IdempotencyKeyTable.keep([1], for: key, in: tx)
                throw Failed()
            }
        }
        // Nothing is known; a request that came to nothing leaves the key to the next.
        #expect(try claim("b", in: tenants.alpha, keep: nil) == (Digest.of("b"), nil as [UInt8]?))
        #expect(try claim("c", in: tenants.alpha, keep: [7]) == (Digest.of("c"), nil as [UInt8]?))
        #expect(try claim("d", in: tenants.alpha, keep: nil) == (Digest.of("c"), [7] as [UInt8]?))
        #expect(try claim("d", in: tenants.beta, keep: [8]) == (Digest.of("d"), nil as [UInt8]?))
    }

    @Test func nobodyReadsTokensOfOthers() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        let now = SystemClock().now()
        func member(_ handle: String) throws -> MemberTable.NewMember {
            let new = MemberTable.NewMember(
                member: newID(), tenant: newID(), email: "\(handle)@example.org", handle: handle, displayName: handle, passwordHash: Secret("x"))
            try web.transaction(.tenant(new.tenant), .readWrite) { try MemberTable.insert(new, in: $0) }
            return new
        }
        let alpha = try member("alpha"), beta = try member("beta-b")
        let token: ID<APIToken> = newID()
        func new(_ id: ID<APIToken>, of member: ID<Member>) -> APITokenTable.New {
            .init(
                id: id, member: member, name: "n", digest: .of(id.description), scopes: [.runsRead], createdAt: now,
                expiresAt: now.advanced(byMilliseconds: 60_000))
        }
        let isMade = try web.transaction(.tenant(alpha.tenant), .readWrite) { try APITokenTable.insert(new(token, of: alpha.member), in: $0) }
        #expect(isMade)
        // Beta, who can find any token by its digest, lists, revokes and makes none of alpha's.
        let seen = try web.transaction(.tenant(beta.tenant), .readWrite) { tx in
            let list = try APITokenTable.list(of: alpha.member, limit: 10, in: tx)
            let isRevoked = try APITokenTable.revoke(token, of: alpha.member, at: now, in: tx)
            let intruder = try APITokenTable.insert(new(newID(), of: alpha.member), in: tx)
            return (list.isEmpty, isRevoked, intruder)
        }
        #expect(seen == (true, false, false))
        let ended = try web.transaction(.tenant(alpha.tenant), .readWrite) { tx in
            let first = try APITokenTable.revoke(token, of: alpha.member, at: now, in: tx)
            let second = try APITokenTable.revoke(token, of: alpha.member, at: now, in: tx)
            return (first, second, try APITokenTable.list(of: alpha.member, limit: 10, in: tx).count)
        }
        #expect(ended == (true, false, 0))
        #expect(try web.transaction(.platform, .readOnly) { try APITokenTable.find(.of(token.description), at: now, in: $0) } == nil)
    }
}
