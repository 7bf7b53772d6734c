import Base
import HTTP
import Postgres
import Security
@testable import Site
import Storage
import Synchronization
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct LogInTests {
    private static let wrong = "wrong words here"

    @Test(arguments: ["ada@example.org", "ADA@Example.org", "ada", "@ada", "@Ada"])
    func aNameIsAnAddressOrAHandle(typed: String) throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        let browser = stand.browser()
        #expect(try browser.logIn(typed).status == 303)
        #expect(try browser.isLoggedIn)
    }

    @Test func wrongPasswordsAndUnknownNamesLookAlike() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        let browser = stand.browser()
        let wrong = try browser.logIn("ada@example.org", Self.wrong), unknown = try browser.logIn("bob@example.org", Self.wrong)
        #expect(wrong.status == 422 && unknown.status == 422)
        #expect(wrong.text.replacing("ada@", with: "bob@") == unknown.text)
        #expect(!wrong.text.contains(Self.wrong) && wrong.cookies.isEmpty)
        #expect(try stand.audited("session.log_in_refused", for: "ada") == 1)
        #expect(try stand.audited("session.log_in_refused", for: nil) == 1)
    }

    /// What one log-in makes the database do: transactions, scans, rows written.
    private static func work(_ browser: Browser, _ name: String) throws -> [Int] {
        let token = try browser.formToken(at: "/login")
        func counters() throws -> [Int] {
            // Both on the browser's own connection: its figures are known once they are flushed.
            try browser.database.transaction(.platform, .readWrite) {
                try $0.run(Statement("test.flush", "SELECT pg_stat_force_next_flush()::text AS done")).forEach { _ in }
            }
            return try browser.database.transaction(.platform, .readOnly) {
                try $0.run(Statement("test.counters", """
                    SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::bigint AS scans, coalesce(sum(n_tup_ins), 0)::bigint AS inserted,
                           coalesce(sum(n_tup_upd), 0)::bigint AS updated FROM pg_stat_user_tables
                    """)).only { [try $0.int("scans"), try $0.int("inserted"), try $0.int("updated")] }
            }
        }
        let before = try counters()
        #expect(try browser.request("POST", "/login", fields: [
            .init("email", name), .init("password", wrong), .init("form_token", token),
        ]).status == 422)
        return zip(try counters(), before).map { $0 - $1 }
    }

    @Test func anUnknownNameIsAsMuchWorkAsAWrongPassword() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        let browser = stand.browser(from: "192.0.2.9")
        // Once each before, so that rows of the network and the plans are there.
        for name in ["ada", "nobody"] { _ = try Self.work(browser, name) }
        let known = try Self.work(browser, "ada"), unknown = try Self.work(browser, "nobody-else")
        let again = try Self.work(browser, "ada"), other = try Self.work(browser, "nobody-else")
        #expect(known[1] > 0, "the counters count")
        #expect(abs(known[0] - unknown[0]) <= 3, "\(known) for a member, \(unknown) for nobody")
        #expect(abs(again[0] - other[0]) <= 3, "\(again) for a member, \(other) for nobody")
        #expect(again[1] == other[1] || abs(again[1] - other[1]) <= 1, "\(again) for a member, \(other) for nobody")
    }

    @Test func anUnknownNameTakesAsLongAsAWrongPassword() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        let browser = stand.browser(from: "192.0.2.9")
        let token = try browser.formToken(at: "/login")
        func milliseconds(_ name: String) throws -> Double {
            let start = SystemClock.monotonicNanoseconds()
            let answer = try browser.request("POST", "/login", fields: [
                .init("email", name), .init("password", Self.wrong), .init("form_token", token),
            ])
            #expect(answer.status == 422)
            return Double(SystemClock.monotonicNanoseconds() - start) / 1e6
        }
        _ = try milliseconds("ada")
        _ = try milliseconds("nobody")
        var known: [Double] = [], unknown: [Double] = []
        for number in 0..<15 {
            known.append(try milliseconds("ada"))
            unknown.append(try milliseconds("nobody-\(number)"))
        }
        let ratio = known.sorted()[7] / unknown.sorted()[7]
        #expect((0.6...1.6).contains(ratio), "medians \(known.sorted()[7]) and \(unknown.sorted()[7]) ms")
    }

    @Test func parallelGuessesAreCountedExactly() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada", from: "198.51.100.1")
        let sites = [stand.site, stand.another()]
        let wrong = Mutex(0), refused = Mutex(0), failures = Mutex<[String]>([])
        try inParallel(40, seconds: 120) { [stand] number in
            do {
                let browser = stand.browser(from: "192.0.\(number).1")
                while true {
                    let answer = try browser.logIn("ada", Self.wrong, on: sites[number % 2])
                    if answer.status == 422 { return wrong.withLock { $0 += 1 } }
                    if answer.text.contains("Too many wrong passwords") { return refused.withLock { $0 += 1 } }
                    // No place to hash: that try counts nowhere, and comes again.
                    guard answer.status == 429 else { return failures.withLock { $0.append("\(answer.status)") } }
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(wrong.withLock { $0 } == 20 && refused.withLock { $0 } == 20)
    }

    @Test(arguments: ["ada", "nobody"]) func twentyGuessesAnHourThenNone(name: String) throws {
        let stand = try AccountStand()
        let owner = try stand.member("ada", from: "198.51.100.1")
        for number in 0..<20 {
            #expect(try stand.browser(from: "192.0.\(number).1").logIn(name, Self.wrong).status == 422)
            stand.clock.advance(milliseconds: 60_000)
        }
        // Another process, the right password, another form of the name: all the same.
        let start = SystemClock.monotonicNanoseconds()
        let refused = try stand.browser(from: "203.0.113.1").logIn("@" + name, on: stand.another())
        #expect(refused.status == 429 && refused.text.contains("Too many wrong passwords"))
        #expect(refused.headers["retry-after"] == "2400")
        #expect(SystemClock.monotonicNanoseconds() - start < 500_000_000)
        // The owner's own browser comes in.
        _ = try owner.send("/logout", at: "/account")
        #expect(try owner.logIn("ada").status == 303)
        // When the oldest guess is an hour old, one more is looked at.
        stand.clock.advance(minutes: 40)
        #expect(try stand.browser(from: "203.0.113.1").logIn(name, Self.wrong).status == 422)
        #expect(try stand.browser(from: "203.0.113.1").logIn(name, Self.wrong).status == 429)
    }

    @Test func twoNamesOfOneAccountAreNoTwoChances() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada", from: "198.51.100.1")
        for number in 0..<20 { #expect(try stand.browser(from: "192.0.\(number).1").logIn("ada", Self.wrong).status == 422) }
        // Nobody learns that the address is hers: the answer is that of a wrong password, though it is right.
        let silent = try stand.browser(from: "203.0.113.1").logIn("ada@example.org")
        #expect(silent.status == 422 && silent.text.contains("do not belong together"))
        stand.clock.advance(minutes: 61)
        #expect(try stand.browser(from: "203.0.113.1").logIn("ada@example.org").status == 303)
    }

    @Test func aNetworkGuessesSoOftenAnHour() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada", from: "198.51.100.1")
        let web = try stand.clone.connect(.web)
        for _ in 0..<Limits.logInTriesPerNetworkHourMax - 1 {
            try web.transaction(.platform, .readWrite) { tx in
                _ = try ThrottleTable.take(
                    .network("192.0.2.1", act: "log-in"), max: 100, windowSeconds: 3_600, at: stand.clock.now(), in: tx)
            }
        }
        #expect(try stand.browser(from: "192.0.2.200").logIn("nobody", Self.wrong).status == 422)
        #expect(try stand.browser(from: "192.0.2.100").logIn("ada").status == 429)
        #expect(try stand.browser(from: "192.0.3.100").logIn("ada").status == 303)
    }

    @Test func theRightPasswordIsNoGuess() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada", from: "198.51.100.1")
        for number in 0..<25 { #expect(try stand.browser(from: "192.0.\(number).1").logIn("ada").status == 303) }
        #expect(try stand.number("SELECT coalesce(sum(cardinality(tries)), 0)::int FROM throttles") <= 3)
    }

    @Test func aKnownDeviceHasACountOfItsOwn() throws {
        let stand = try AccountStand()
        let owner = try stand.member("ada", from: "198.51.100.1")
        _ = try owner.send("/logout", at: "/account")
        for _ in 0..<20 { #expect(try owner.logIn("ada", Self.wrong).status == 422) }
        #expect(try owner.logIn("ada").status == 429)
        // It is no key to other accounts.
        let stranger = try stand.member("eve", from: "192.0.2.1")
        _ = try stranger.send("/logout", at: "/account")
        for _ in 0..<20 { #expect(try stranger.logIn("ada", Self.wrong).status == 422) }
        #expect(try stranger.logIn("ada", Self.wrong).status == 429)
    }

    @Test func suspensionIsToldToTheRightPasswordAlone() throws {
        let stand = try AccountStand()
        let owner = try stand.member("ada")
        try stand.change("ada", "state = 'suspended'")
        #expect(try owner.get("/account").status == 303)
        let wrong = try stand.browser().logIn("ada", Self.wrong)
        #expect(wrong.status == 422 && !wrong.text.contains("suspended"))
        let right = try stand.browser().logIn("ada")
        #expect(right.status == 403 && right.text.contains("This account is suspended") && right.cookies.allSatisfy { $0.name == "tc_visit" })
        try stand.change("ada", "state = 'deleted'")
        #expect(try stand.browser().logIn("ada").status == 422)
    }

    @Test func anOldHashIsMadeAnewAtLogIn() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        // Made by argon2-cffi, with 8 MiB and one pass.
        let old = "$argon2id$v=19$m=8192,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$SWBgFzsla31oSupvzUr+ixKTMqgN68G1HSJRnvKn/zg"
        #expect(PasswordHash.needsRehash(old))
        try stand.change("ada", "password_hash = '\(old)'")
        #expect(try stand.browser().logIn("ada", Self.wrong).status == 422)
        #expect(try stand.number("SELECT count(*)::int FROM members WHERE password_hash = '\(old)'") == 1)
        #expect(try stand.browser().logIn("ada").status == 303)
        #expect(try stand.number("SELECT count(*)::int FROM members WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'") == 1)
        #expect(try stand.browser().logIn("ada").status == 303)
    }

    @Test func aMemberWithASecondFactorIsNotInYet() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        try stand.change("ada", "second_factor_at = now()")
        let browser = stand.browser()
        let answer = try browser.send("/login", at: "/login?next=/skills", [
            .init("email", "ada"), .init("password", AccountStand.password), .init("next", "/skills"),
        ])
        #expect(answer.status == 303 && answer.headers["location"] == "/login/factor")
        #expect(browser.cookie("tc_session") == nil && browser.cookie("tc_device") == nil)
        let token = try #require(browser.cookie("tc_pending").flatMap { SessionToken.digest(of: $0) })
        let web = try stand.clone.connect(.web)
        func pending() throws -> PendingLogInTable.Row? {
            try web.transaction(.platform, .readOnly) { try PendingLogInTable.find(token, at: stand.clock.now(), in: $0) }
        }
        let row = try #require(try pending())
        #expect(row.next == "/skills")
        stand.clock.advance(milliseconds: Int64(Limits.pendingLogInSecondsMax) * 1_000)
        #expect(try pending() == nil)
        let taken = try web.transaction(.tenant(row.tenant), .readWrite) { tx in
            [try PendingLogInTable.finish(token, tenant: row.tenant, in: tx), try PendingLogInTable.finish(token, tenant: row.tenant, in: tx)]
        }
        #expect(taken == [true, false])
    }

    @Test func aNewBrowserIsToldByMailAndAKnownOneIsNot() throws {
        let stand = try AccountStand()
        let owner = try stand.member("ada")
        try stand.change("ada", "email_verified_at = now()")
        #expect(try stand.letters() == 1)
        _ = try owner.send("/logout", at: "/account")
        #expect(try owner.logIn("ada").status == 303)
        #expect(try stand.letters() == 1)
        let other = stand.browser()
        #expect(try other.logIn("ada").status == 303)
        #expect(try stand.letters() == 2)
        let device = other.cookie("tc_device")
        _ = try other.send("/logout", at: "/account")
        #expect(try other.logIn("ada").status == 303 && other.cookie("tc_device") == device)
        #expect(try stand.letters() == 2)
    }

    @Test(arguments: ["", " ", "two words", String(repeating: "a", count: 300)]) func textsThatAreNoNameCostNothing(typed: String) throws {
        let stand = try AccountStand()
        let answer = try stand.browser().logIn(typed)
        #expect(answer.status == 422 && answer.text.contains("Enter the email address you signed up with, or your handle."))
        #expect(try stand.number("SELECT count(*)::int FROM throttles") == 0)
    }

    @Test func aMegabyteOfPasswordIsWrong() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        #expect(try stand.browser().logIn("ada", String(repeating: "x", count: 1_000_000)).status == 422)
        #expect(try stand.browser().logIn("ada", String(repeating: "\u{fdfa}", count: 1_300)).status == 422)
    }
}
