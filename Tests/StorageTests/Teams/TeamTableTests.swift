import Base
import Foundation
import Marketplace
import Postgres
import Storage
import Synchronization
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct TeamTableTests {
    private struct Person {
        let member: ID<Member> = newID()
        let home: ID<Tenant> = newID()
        let handle: String
        var email: String { handle + "@example.org" }
    }

    /// @crew with two owners and a viewer, @beta who is in no team, and a connection as the web's.
    private struct Stand {
        let database: TestDatabase
        let web: Connection
        let team: ID<Tenant> = newID()
        let ada = Person(handle: "ada"), bob = Person(handle: "bob"), cyd = Person(handle: "cyd"), beta = Person(handle: "beta")
        let now = SystemClock().now()

        init() throws {
            database = try TestDatabase.clone()
            web = try database.connect(.web)
            for person in [ada, bob, cyd, beta] {
                try write(person.home) { tx in
                    try MemberTable.insert(
                        .init(member: person.member, tenant: person.home, email: person.email, handle: person.handle,
                              displayName: person.handle, passwordHash: Secret("x"), verifiedAt: now), in: tx)
                }
            }
            let handle = try Handle("crew"), name = try TeamName("Crew")
            try write(ada.home) { tx in
                try TeamActs.make(team, handle: handle, name: name, maker: ada.member, home: ada.home, at: now, in: tx)
            }
            try join(bob, as: .owner)
            try join(cyd, as: .viewer)
        }

        func write<Value>(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
            try web.transaction(.tenant(tenant), .readWrite, body)
        }

        func invite(_ email: String, as role: Role = .author, by actor: Person? = nil, at instant: Instant? = nil) throws -> Digest {
            let token = Digest.of("token \(email) \(newID() as ID<Job>)")
            let address = try #require(EmailAddress(email))
            try write(team) { tx in
                try TeamActs.invite(
                    address, as: role, id: newID(), token: token, by: (actor ?? ada).member, at: instant ?? now, in: tx)
            }
            return token
        }

        func join(_ person: Person, as role: Role) throws {
            let token = try invite(person.email, as: role)
            _ = try write(person.home) { tx in try accept(token, person, on: tx) }
        }

        func accept(_ token: Digest, _ person: Person, on tx: borrowing Transaction) throws -> TeamActs.Joined? {
            guard let row = try InvitationTable.find(token: token, at: now, in: tx) else { return nil }
            return try TeamActs.accept(row, member: person.member, home: person.home, email: person.email, at: now, in: tx)
        }

        func roles() throws -> [String: Role] {
            let rows = try write(team) { try MembershipTable.list(in: $0) }
            return Dictionary(uniqueKeysWithValues: rows.map { ($0.handle, $0.role) })
        }
    }

    /// Runs all at once on connections of their own; what each was refused with.
    private static func race(_ stand: Stand, _ bodies: [@Sendable (Connection) throws -> Void]) throws -> [TeamRefusal?] {
        let results = Mutex<[Int: TeamRefusal?]>([:])
        let failures = Mutex<[String]>([])
        let group = DispatchGroup()
        for (index, body) in bodies.enumerated() {
            group.enter()
            Thread.detachNewThread { [database = stand.database] in
                defer { group.leave() }
                do {
                    try body(try database.connect(.web))
                    results.withLock { $0[index] = .some(nil) }
                } catch let refusal as TeamRefusal {
                    results.withLock { $0[index] = refusal }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(group.wait(timeout: .now() + 30) == .success)
        #expect(failures.withLock { $0 } == [])
        return results.withLock { found in bodies.indices.map { found[$0] ?? nil } }
    }

    @Test func twoOwnersCannotBothGo() throws {
        for round in 0..<6 {
            let stand = try Stand()
            let (ada, bob, team) = (stand.ada, stand.bob, stand.team)
            let refusals = try Self.race(stand, [
                { web in
                    try web.transaction(.tenant(team), .readWrite) { tx in
                        if round % 2 == 0 {
                            try TeamActs.changeRole(of: bob.member, to: .viewer, by: ada.member, in: tx)
                        } else {
                            try TeamActs.remove(bob.member, by: ada.member, in: tx)
                        }
                    }
                },
                { web in
                    if round < 3 {
                        try web.transaction(.tenant(team), .readWrite) { tx in
                            try TeamActs.changeRole(of: ada.member, to: .viewer, by: bob.member, in: tx)
                        }
                    } else {
                        _ = try web.transaction(.tenant(ada.home), .readWrite) { tx in
                            try TeamActs.leave(team, member: ada.member, home: ada.home, in: tx)
                        }
                    }
                },
            ])
            let owners = try stand.roles().filter { $0.value == .owner }.keys.sorted()
            #expect(owners.count == 1, "round \(round): \(owners)")
            #expect(refusals.compactMap { $0 }.count == 1, "round \(round): \(refusals)")
        }
    }

    @Test func twoClicksMakeOneMembership() throws {
        let stand = try Stand()
        let (beta, now) = (stand.beta, stand.now)
        let token = try stand.invite(beta.email)
        let joins = Atomic<Int>(0)
        let refusals = try Self.race(stand, (0..<6).map { _ in
            { web in
                let isNew = try web.transaction(.tenant(beta.home), .readWrite) { tx in
                    guard let row = try InvitationTable.find(token: token, at: now, in: tx) else { return false }
                    return try TeamActs.accept(
                        row, member: beta.member, home: beta.home, email: beta.email, at: now, in: tx).isNew
                }
                if isNew { joins.add(1, ordering: .relaxed) }
            }
        })
        #expect(refusals.compactMap { $0 } == [] && joins.load(ordering: .relaxed) == 1)
        #expect(try stand.roles() == ["ada": .owner, "bob": .owner, "cyd": .viewer, "beta": .author])
    }

    @Test func whoWasOwnerAMomentAgoDoesNothing() throws {
        let stand = try Stand()
        let (ada, bob, cyd) = (stand.ada, stand.bob, stand.cyd)
        let stale = try stand.invite("friend@example.org", as: .owner, by: bob)
        try stand.write(stand.team) { tx in try TeamActs.changeRole(of: bob.member, to: .trader, by: ada.member, in: tx) }
        #expect(throws: TeamRefusal.ownersOnly) {
            try stand.write(stand.team) { tx in try TeamActs.remove(cyd.member, by: bob.member, in: tx) }
        }
        #expect(throws: TeamRefusal.ownersOnly) { _ = try stand.invite("x@example.org", by: bob) }
        // An owner who stepped down does not come back by an invitation of their own.
        let found = try stand.write(stand.team) { tx in try InvitationTable.find(token: stale, at: stand.now, in: tx) }
        #expect(found == nil)
    }

    @Test func anInvitationOpensOnceAndForItsAddressAlone() throws {
        let stand = try Stand()
        let beta = stand.beta
        let older = try stand.invite(beta.email, as: .owner)
        let newer = try stand.invite(beta.email, as: .viewer)
        let foundOlder = try stand.write(beta.home) { tx in try InvitationTable.find(token: older, at: stand.now, in: tx) }
        #expect(foundOlder == nil)
        let row = try #require(try stand.write(beta.home) { tx in try InvitationTable.find(token: newer, at: stand.now, in: tx) })
        #expect(row.email == beta.email && row.role == .viewer && row.inviter == "ada")
        // Not by another member, and not when it is seven days old.
        #expect(throws: TeamRefusal.invitationClosed) {
            let thief = stand.cyd
            try stand.write(stand.team) { tx in try TeamActs.remove(thief.member, by: stand.ada.member, in: tx) }
            _ = try stand.write(thief.home) { tx in
                try TeamActs.accept(row, member: thief.member, home: thief.home, email: thief.email, at: stand.now, in: tx)
            }
        }
        let late = Invitation.end(from: stand.now)
        let foundLate = try stand.write(beta.home) { tx in try InvitationTable.find(token: newer, at: late, in: tx) }
        #expect(foundLate == nil)
        #expect(throws: TeamRefusal.invitationClosed) {
            _ = try stand.write(beta.home) { tx in
                try TeamActs.accept(row, member: beta.member, home: beta.home, email: beta.email, at: late, in: tx)
            }
        }
        _ = try stand.write(beta.home) { tx in try stand.accept(newer, beta, on: tx) }
        #expect(try stand.roles()["beta"] == .viewer)
        // Closed rows keep no address.
        let kept = try stand.database.connect(.owner)
        try kept.runScript("ALTER TABLE invitations NO FORCE ROW LEVEL SECURITY", name: "test.unforce")
        let count = try kept.transaction(.platform, .readOnly) { tx in
            try tx.run(Statement("test.addresses", "SELECT count(*) AS n FROM invitations WHERE email IS NOT NULL")).only { try $0.int("n") }
        }
        #expect(count == 0)
    }

    @Test func anotherTeamsInvitationsAndMembersAreNotThere() throws {
        let stand = try Stand()
        let (ada, beta) = (stand.ada, stand.beta)
        let other: ID<Tenant> = newID()
        let handle = try Handle("other-team"), name = try TeamName("Other")
        try stand.write(beta.home) { tx in
            try TeamActs.make(other, handle: handle, name: name, maker: beta.member, home: beta.home, at: stand.now, in: tx)
        }
        let token = try stand.invite("friend@example.org")
        let id = try #require(try stand.write(stand.team) { tx in try InvitationTable.find(token: token, at: stand.now, in: tx)?.id })
        let seen = try stand.write(other) { tx in
            (try InvitationTable.find(id, at: stand.now, in: tx), try InvitationTable.list(at: stand.now, in: tx).count,
             try MembershipTable.find(ada.member, in: tx), try MembershipTable.list(in: tx).map(\.handle))
        }
        #expect(seen.0 == nil && seen.1 == 0 && seen.2 == nil && seen.3 == ["beta"])
        for attack in [id, newID()] as [ID<Invitation>] {
            #expect(throws: TeamRefusal.notFound) {
                try stand.write(other) { tx in try TeamActs.revoke(attack, by: beta.member, in: tx) }
            }
        }
        for attack in [ada.member, newID()] as [ID<Member>] {
            #expect(throws: TeamRefusal.notFound) {
                try stand.write(other) { tx in try TeamActs.remove(attack, by: beta.member, in: tx) }
            }
            #expect(throws: TeamRefusal.notFound) {
                try stand.write(other) { tx in try TeamActs.changeRole(of: attack, to: .viewer, by: beta.member, in: tx) }
            }
        }
        // A stranger leaves neither a team nor somebody's own account.
        for place in [stand.team, ada.home, newID()] as [ID<Tenant>] {
            #expect(throws: TeamRefusal.notFound) {
                _ = try stand.write(beta.home) { tx in try TeamActs.leave(place, member: beta.member, home: beta.home, in: tx) }
            }
        }
        // A membership is written only in the scope of its team, and only for a member that there is.
        let insert = Statement("test.join", "INSERT INTO memberships (tenant_id, member_id, role, home_tenant_id) VALUES ($1, $2, 'owner', $3)")
        for (scope, member, home) in [(beta.home, beta.member, beta.home), (stand.team, newID(), beta.home), (stand.team, ada.member, beta.home)] {
            #expect(throws: PostgresError.self) {
                try stand.write(scope) { tx in _ = try tx.run(insert, .uuid(stand.team), .uuid(member), .uuid(home)) }
            }
        }
    }

    @Test func aDeletedTeamIsNobodys() throws {
        let stand = try Stand()
        let ada = stand.ada
        #expect(throws: TeamRefusal.otherHandle("crew")) {
            _ = try stand.write(stand.team) { tx in try TeamActs.delete(typed: "crow", by: ada.member, at: stand.now, in: tx) }
        }
        let token = try stand.invite(stand.beta.email)
        let members = try stand.write(stand.team) { tx in try TeamActs.delete(typed: "@Crew", by: ada.member, at: stand.now, in: tx) }
        #expect(members.count == 3)
        let after = try stand.write(ada.home) { tx in
            (try MembershipTable.places(of: ada.member, in: tx).map(\.handle), try InvitationTable.find(token: token, at: stand.now, in: tx),
             try AuthorTable.find(handle: "crew", in: tx)?.handle, try AuthorTable.find(handle: "ada", in: tx)?.handle)
        }
        #expect(after.0 == ["ada"] && after.1 == nil && after.2 == nil && after.3 == "ada")
        // Its handle, and what looks like it, stays taken.
        for handle in ["crew", "cr-ew"] {
            let wanted = try Handle(handle), name = try TeamName("Crew")
            #expect(throws: TeamRefusal.handleTaken(handle)) {
                try stand.write(ada.home) { tx in
                    try TeamActs.make(newID(), handle: wanted, name: name, maker: ada.member, home: ada.home, at: stand.now, in: tx)
                }
            }
        }
        #expect(throws: TeamRefusal.notFound) {
            try stand.write(stand.team) { tx in try TeamActs.remove(stand.bob.member, by: ada.member, in: tx) }
        }
    }

    @Test func aPersonalTenantStaysPersonal() throws {
        let stand = try Stand()
        let ada = stand.ada
        let address = try #require(EmailAddress("x@example.org"))
        #expect(throws: TeamRefusal.personal) {
            try stand.write(ada.home) { tx in
                try TeamActs.invite(address, as: .viewer, id: newID(), token: .of("t"), by: ada.member, at: stand.now, in: tx)
            }
        }
        #expect(throws: TeamRefusal.personal) {
            try stand.write(ada.home) { tx in try TeamActs.remove(ada.member, by: ada.member, in: tx) }
        }
        #expect(throws: TeamRefusal.personal) {
            try stand.write(ada.home) { tx in _ = try TeamActs.leave(ada.home, member: ada.member, home: ada.home, in: tx) }
        }
        #expect(throws: TeamRefusal.personal) {
            _ = try stand.write(ada.home) { tx in try TeamActs.delete(typed: "ada", by: ada.member, at: stand.now, in: tx) }
        }
    }

    @Test func invitingIsNoWayToWriteToStrangers() throws {
        let stand = try Stand()
        for number in 0..<Invitation.mailsPerDayMax - 2 {
            _ = try stand.invite("same@example.org", at: stand.now.advanced(byMilliseconds: Int64(number)))
        }
        // Two were sent when the team was made up; the next is one too many, for another owner too.
        #expect(throws: TeamRefusal.mailsMax) { _ = try stand.invite("next@example.org") }
        #expect(throws: TeamRefusal.mailsMax) { _ = try stand.invite("next@example.org", by: stand.bob) }
        _ = try stand.invite("next@example.org", at: stand.now.advanced(byMilliseconds: Instant.millisecondsPerDay + 1_000))
    }
}
