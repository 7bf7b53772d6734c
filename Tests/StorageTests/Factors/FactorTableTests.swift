import Base
import Foundation
import Postgres
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct FactorTableTests {
    let database: TestDatabase
    let web: Connection
    let now = SystemClock().now()

    init() throws {
        database = try TestDatabase.clone()
        web = try database.connect(.web)
    }

    private func member(_ handle: String) throws -> (member: ID<Member>, tenant: ID<Tenant>) {
        let new = MemberTable.NewMember(
            member: newID(), tenant: newID(), email: "\(handle)@example.org", handle: handle, displayName: handle,
            passwordHash: Secret("$argon2id$x"))
        try web.transaction(.tenant(new.tenant), .readWrite) { try MemberTable.insert(new, in: $0) }
        return (new.member, new.tenant)
    }

    private func write<Value>(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
        try web.transaction(.tenant(tenant), .readWrite, body)
    }

    /// Runs `body` in that many threads at once, each with a connection of its own; how many said true.
    private func race(_ threads: Int, rounds: Int, _ body: @escaping @Sendable (Connection) throws -> Bool) throws -> Int {
        let wins = Mutex(0), failures = Mutex<[String]>([])
        let database = database
        let group = (0..<threads).map { _ in
            Thread {
                do {
                    let connection = try database.connect(.web)
                    for _ in 0..<rounds where try body(connection) { wins.withLock { $0 += 1 } }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
        }
        for thread in group { thread.start() }
        try waitUntil("all threads are done", seconds: 60) { group.allSatisfy { $0.isFinished } }
        #expect(failures.withLock { $0 } == [])
        return wins.withLock { $0 }
    }

    private func confirmedApp(_ who: (member: ID<Member>, tenant: ID<Tenant>)) throws -> ID<TotpFactor> {
        let id: ID<TotpFactor> = newID()
        try write(who.tenant) { tx in
            try TotpFactorTable.insert(id, sealedSecret: [1, 2, 3], member: who.member, tenant: who.tenant, at: now, in: tx)
            let isConfirmed = try TotpFactorTable.confirm(id, step: 10, member: who.member, tenant: who.tenant, at: now, in: tx)
            check(isConfirmed)
            try FactorTable.settle(who.member, tenant: who.tenant, at: now, in: tx)
        }
        return id
    }

    @Test func ofTwoHundredTriesWithOneCodeOneCounts() throws {
        let who = try member("alpha")
        let app = try confirmedApp(who)
        let tenant = who.tenant
        let wins = try race(20, rounds: 10) { connection in
            try connection.transaction(.tenant(tenant), .readWrite) { try TotpFactorTable.accept(app, step: 11, tenant: tenant, in: $0) }
        }
        #expect(wins == 1)
        // The step of the first code, and older ones, count no more.
        let older = try write(tenant) { try TotpFactorTable.accept(app, step: 10, tenant: tenant, in: $0) }
        #expect(!older)
    }

    @Test func ofTwoHundredTriesWithOneRecoveryCodeOneCounts() throws {
        let who = try member("alpha")
        let tenant = who.tenant, person = who.member, now = now
        try write(tenant) {
            try RecoveryCodeTable.replace(
                [.init(selector: "AB", hash: "h1"), .init(selector: "CD", hash: "h2")], of: person, tenant: tenant, at: now, in: $0)
        }
        let wins = try race(20, rounds: 10) { connection in
            try connection.transaction(.tenant(tenant), .readWrite) {
                try RecoveryCodeTable.use("AB", hash: Secret("h1"), of: person, tenant: tenant, at: now, in: $0)
            }
        }
        #expect(wins == 1)
        let (left, gone) = try write(tenant) { tx in
            (try RecoveryCodeTable.left(of: person, tenant: tenant, in: tx),
             try RecoveryCodeTable.hash("AB", of: person, tenant: tenant, in: tx) == nil)
        }
        #expect(left == 1 && gone)
        // A hash that was verified before new codes were made opens nothing afterwards.
        let stale = try write(tenant) { tx in
            try RecoveryCodeTable.replace([.init(selector: "CD", hash: "h3")], of: person, tenant: tenant, at: now, in: tx)
            return try RecoveryCodeTable.use("CD", hash: Secret("h2"), of: person, tenant: tenant, at: now, in: tx)
        }
        #expect(!stale)
    }

    @Test func aNewAppReplacesTheOldOneOnlyWhenConfirmed() throws {
        let who = try member("alpha")
        let old = try confirmedApp(who)
        let fresh: ID<TotpFactor> = newID()
        let late = now.advanced(byMilliseconds: TotpFactorTable.pendingMilliseconds + 1)
        try write(who.tenant) { tx in
            try TotpFactorTable.insert(fresh, sealedSecret: [4], member: who.member, tenant: who.tenant, at: now, in: tx)
            check(try TotpFactorTable.confirmed(of: who.member, tenant: who.tenant, in: tx)?.id == old)
            check(try TotpFactorTable.pending(of: who.member, tenant: who.tenant, at: now, in: tx)?.id == fresh)
            check(try TotpFactorTable.pending(of: who.member, tenant: who.tenant, at: late, in: tx) == nil)
            let isConfirmed = try TotpFactorTable.confirm(fresh, step: 20, member: who.member, tenant: who.tenant, at: now, in: tx)
            check(isConfirmed)
            check(try TotpFactorTable.confirmed(of: who.member, tenant: who.tenant, in: tx)?.id == fresh)
        }
    }

    private func passkey(_ credential: [UInt8], name: String = "Phone") -> PasskeyTable.New {
        PasskeyTable.New(
            id: newID(), name: name, credentialID: credential, publicKey: [1], algorithm: -7, signCount: 0, transports: ["internal"],
            isBackupEligible: true, isBackedUp: false, aaguid: [UInt8](repeating: 7, count: 16))
    }

    @Test func credentialsAreOneMembersAlone() throws {
        let alpha = try member("alpha"), beta = try member("beta")
        try write(alpha.tenant) { try PasskeyTable.insert(passkey([1, 2]), of: alpha.member, tenant: alpha.tenant, at: now, in: $0) }
        #expect(throws: PasskeyTable.Refusal.taken) {
            try write(beta.tenant) { try PasskeyTable.insert(passkey([1, 2]), of: beta.member, tenant: beta.tenant, at: now, in: $0) }
        }
        let found = try #require(try web.transaction(.platform, .readOnly) { try PasskeyTable.find(credential: [1, 2], in: $0) })
        #expect(found.member == alpha.member && found.transports == ["internal"])
        // Another member neither renames nor removes nor uses it.
        let isTouched = try write(beta.tenant) { tx in
            let renamed = try PasskeyTable.rename(found.id, to: "Mine", of: beta.member, tenant: alpha.tenant, in: tx)
            let deleted = try PasskeyTable.delete(found.id, of: alpha.member, tenant: alpha.tenant, in: tx)
            let used = try PasskeyTable.use(found, signCount: 5, isBackedUp: false, at: now, in: tx)
            return renamed || deleted || used
        }
        #expect(!isTouched)
    }

    @Test func aCounterNeverGoesBack() throws {
        let who = try member("alpha")
        try write(who.tenant) { try PasskeyTable.insert(passkey([9]), of: who.member, tenant: who.tenant, at: now, in: $0) }
        let row = try #require(try web.transaction(.platform, .readOnly) { try PasskeyTable.find(credential: [9], in: $0) })
        let outcomes = try write(who.tenant) { tx in
            try ([0, 0, 5, 5, 4, 0, 6] as [UInt32]).map {
                try PasskeyTable.use(row, signCount: $0, isBackedUp: true, at: now, in: tx)
            }
        }
        #expect(outcomes == [true, true, true, false, false, false, true])
    }

    @Test func challengesCountOnceInTheirBrowserAndCeremony() throws {
        let end = now.advanced(byMilliseconds: 300_000), now = now
        func made(_ name: String) throws -> Digest {
            let challenge = Digest.of(name)
            try web.transaction(.platform, .readWrite) {
                try PasskeyChallengeTable.insert(challenge, for: .logIn, browser: .of("mine"), at: now, until: end, in: $0)
            }
            return challenge
        }
        func take(_ challenge: Digest, _ ceremony: PasskeyChallengeTable.Ceremony, _ browser: String, _ at: Instant) throws -> Bool {
            try web.transaction(.platform, .readWrite) {
                try PasskeyChallengeTable.take(challenge, for: ceremony, browser: .of(browser), at: at, in: $0)
            }
        }
        let other = try made("a"), late = try made("b"), foreign = try made("c"), good = try made("d")
        #expect(try !take(other, .prove, "mine", now))
        #expect(try !take(other, .logIn, "mine", now), "the wrong ceremony ended it")
        #expect(try !take(late, .logIn, "mine", end))
        #expect(try !take(foreign, .logIn, "theirs", now))
        #expect(try !take(.of("never made"), .logIn, "mine", now))
        let wins = try race(20, rounds: 5) { connection in
            try connection.transaction(.platform, .readWrite) {
                try PasskeyChallengeTable.take(good, for: .logIn, browser: .of("mine"), at: now, in: $0)
            }
        }
        #expect(wins == 1)
    }

    @Test func theMemberKnowsWhetherThereIsAFactor() throws {
        let who = try member("alpha")
        _ = try confirmedApp(who)
        func hasFactor() throws -> Bool {
            try write(who.tenant) { try MemberTable.credentials(of: who.member, tenant: who.tenant, in: $0)?.hasSecondFactor ?? false }
        }
        #expect(try hasFactor())
        let overview = try write(who.tenant) { tx in
            try RecoveryCodeTable.replace([.init(selector: "AB", hash: "h")], of: who.member, tenant: who.tenant, at: now, in: tx)
            _ = try TotpFactorTable.delete(of: who.member, tenant: who.tenant, in: tx)
            try FactorTable.settle(who.member, tenant: who.tenant, at: now, in: tx)
            return try FactorTable.overview(of: who.member, tenant: who.tenant, in: tx)
        }
        // Recovery codes are no factor, and go with the last one.
        #expect(overview == .init(hasApp: false, passkeys: 0, recoveryCodesLeft: 0))
        #expect(try !hasFactor())
    }
}
