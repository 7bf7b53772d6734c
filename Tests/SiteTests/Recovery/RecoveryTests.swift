import Base
import Foundation
import HTTP
import Marketplace
import Postgres
import Security
import Site
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct RecoveryTests {
    private let site: TestSite
    private let mail: MailReader

    init() throws {
        site = try TestSite()
        mail = MailReader(site: site)
    }

    private func recover(_ email: String, from network: String? = nil) throws -> Response {
        try site.post("/recover", [.init("email", email)], as: TestSite.visitor)
    }

    private func credentials(_ email: String) throws -> MemberTable.Credentials {
        let found = try site.database.transaction(.platform, .readOnly) { try MemberTable.credentials(email: email, in: $0) }
        return try #require(found)
    }

    private static let password = "nine silent lanterns"

    // MARK: Password reset

    @Test func aForgottenPasswordIsSetByMail() throws {
        let ada = try site.member("ada", isVerified: false)
        #expect(try recover("Ada@Example.org").text.contains("If ada@example.org has an account"))
        let link = try mail.link(.resetPassword, to: "ada@example.org")
        let page = try site.get(link, as: TestSite.visitor)
        #expect(page.status == 200 && page.text.contains("New password for @ada"))
        #expect(page.headers["referrer-policy"] == "strict-origin" && page.caching == .noStore)
        // A page opened by a mail program changes nothing.
        #expect(try site.get(link).status == 200)
        #expect(try site.get("/account", as: ada).status == 200)
        let done = try site.press(link, [.init("password", Self.password)])
        #expect(done.status == 200 && done.text.contains("The password of @ada is set"))
        let stored = try credentials("ada@example.org")
        #expect(try PasswordHash.verify(Secret(Self.password), against: stored.passwordHash.reveal()))
        #expect(try site.get("/account", as: ada).status == 303, "every session ends")
        #expect(try site.count("SELECT count(*) FROM members WHERE email_verified_at IS NOT NULL") == 1, "the mailbox is proven")
        #expect(try site.count("SELECT count(*) FROM members WHERE second_factor_at IS NOT NULL") == 1, "the second factor stays")
        #expect(try mail.letters(to: "ada@example.org").last?.subject == "The password of @ada was changed")
        for action in ["account.password_reset_requested", "account.email_verified", "account.password_changed"] {
            #expect(try site.count("SELECT count(*) FROM audit_events WHERE action = '\(action)'") == 1, "\(action)")
        }
        // Once only.
        #expect(try site.get(link, as: TestSite.visitor).status == 410)
        #expect(try site.press(link, [.init("password", Self.password)]).status == 410)
    }

    @Test func nobodyLearnsWhoHasAnAccount() throws {
        _ = try site.member("ada")
        let known = try recover("ada@example.org"), unknown = try recover("bob@example.org")
        #expect(known.status == 200 && known.text.replacing("ada@", with: "bob@") == unknown.text)
        // One job of the same size for either; one of them is nothing.
        let envelopes = try mail.envelopes()
        #expect(envelopes.count == 2 && envelopes.last == .nothing)
        #expect(try site.count("SELECT count(DISTINCT length(arguments::text)) FROM jobs") == 1)
        #expect(try site.count("SELECT count(*) FROM audit_events") == 2)
        #expect(try site.count("SELECT count(*) FROM mail_links") == 1)
    }

    /// The time for an address with an account and for one without, taken in turns.
    @Test func theAnswerTakesAsLong() throws {
        _ = try site.member("ada")
        var known: [Double] = [], unknown: [Double] = []
        for round in 0..<12 {
            // The throttle is not what is measured.
            let owner = try site.clone.connect(.owner)
            try owner.runScript("DELETE FROM throttles", name: "test.no_throttle")
            for (email, isKnown) in [("ada@example.org", true), ("n\(round)@example.org", false)] {
                let start = SystemClock.monotonicNanoseconds()
                #expect(try recover(email).status == 200)
                let milliseconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e6
                if isKnown { known.append(milliseconds) } else { unknown.append(milliseconds) }
            }
        }
        let medians = [known, unknown].map { $0.sorted()[$0.count / 2] }
        print("median of an address with an account \(medians[0]) ms, without \(medians[1]) ms")
        #expect(abs(medians[0] - medians[1]) < 8, "\(known) \(unknown)")
    }

    @Test func aNewerLinkReplacesTheOlder() throws {
        _ = try site.member("ada")
        _ = try recover("ada@example.org")
        let old = try mail.link(.resetPassword, to: "ada@example.org")
        _ = try recover("ada@example.org")
        let new = try mail.link(.resetPassword, to: "ada@example.org")
        #expect(old != new)
        #expect(try site.get(old).status == 410)
        #expect(try site.press(old, [.init("password", Self.password)]).status == 410)
        #expect(try site.press(new, [.init("password", Self.password)]).status == 200)
    }

    @Test func linksEndWithTheirTime() throws {
        _ = try site.member("ada")
        _ = try recover("ada@example.org")
        let link = try mail.link(.resetPassword, to: "ada@example.org")
        let owner = try site.unforced()
        try owner.runScript("UPDATE mail_links SET expires_at = expires_at - interval '59 minutes'", name: "test.earlier")
        #expect(try site.get(link).status == 200)
        try owner.runScript("UPDATE mail_links SET expires_at = expires_at - interval '61 seconds'", name: "test.earlier_still")
        #expect(try site.get(link).status == 410)
        #expect(try site.press(link, [.init("password", Self.password)]).status == 410)
    }

    @Test func aLinkServesItsPurposeAlone() throws {
        let ada = try site.member("ada", isVerified: false)
        _ = try recover("ada@example.org")
        let reset = MailReader.token(try mail.link(.resetPassword, to: "ada@example.org"))
        _ = try site.post("/account/verification", as: ada)
        let verify = MailReader.token(try mail.link(.verifyEmail, to: "ada@example.org"))
        for (token, purpose) in [(reset, MailLinkPurpose.verifyEmail), (verify, .resetPassword), (reset, .changeEmailOld), (verify, .changeEmailNew), (verify, .changeEmailCancel)] {
            #expect(try site.get("\(purpose.path)?token=\(token)").status == 410)
            #expect(try site.press("\(purpose.path)?token=\(token)", [.init("password", Self.password)]).status == 410)
        }
        for token in ["", "A", String(repeating: "A", count: 43), String(repeating: "A", count: 5_000), "%00", "' OR 1=1", "../../x"] {
            let target = "/link/reset?token=" + PercentCoding.encode(token)
            if target.utf8.count < Limits.queryBytesMax { #expect(try site.get(target).status == 410) }
            #expect(try site.post("/link/reset", [.init("token", token), .init("password", Self.password)], as: TestSite.visitor).status == 410)
        }
        #expect(try site.get("/link/reset").status == 410)
        #expect(try site.get("/link/reset?token=\(reset)").status == 200, "nothing was used up")
    }

    @Test func weakPasswordsKeepTheLink() throws {
        _ = try site.member("ada")
        _ = try recover("ada@example.org")
        let link = try mail.link(.resetPassword, to: "ada@example.org")
        for wrong in ["", "short", "ada@example.org", "1234567890"] {
            let answer = try site.press(link, [.init("password", wrong)])
            #expect(answer.status == 422 && answer.text.contains("href=\"#password\"") && answer.text.contains(MailReader.token(link)))
        }
        #expect(try site.press(link, [.init("password", Self.password)]).status == 200)
    }

    @Test func formsOfOtherSitesOpenNothing() throws {
        _ = try site.member("ada")
        _ = try recover("ada@example.org")
        let link = try mail.link(.resetPassword, to: "ada@example.org")
        let forged = TestSite.Reader(cookie: "tc_visit=visitor", formToken: "A", tenant: ID(high: 0, low: 0))
        #expect(try site.press(link, as: forged, [.init("password", Self.password)]).status == 403)
        #expect(try site.press(link, as: nil, [.init("password", Self.password)]).status == 403)
        #expect(try site.get(link).status == 200)
    }

    /// Of many who press at once, one sets the password.
    @Test func oneOfManyPostsWins() throws {
        _ = try site.member("ada")
        _ = try recover("ada@example.org")
        let token = MailReader.token(try mail.link(.resetPassword, to: "ada@example.org"))
        let digest = try #require(SessionToken.digest(of: token))
        let now = SystemClock().now()
        let found = try #require(try site.database.transaction(.platform, .readOnly) { try MailLinkTable.find(digest, for: .resetPassword, at: now, in: $0) })
        let clone = site.clone
        let wins = Counter()
        let group = (0..<8).map { _ in
            let thread = Thread {
                do {
                    let won = try clone.connect(.web).transaction(.tenant(found.tenant), .readWrite) { tx in
                        try MailLinkTable.use(found, at: now, in: tx)
                    }
                    wins.add(won ? 1 : 0)
                } catch { wins.add(100) }
                wins.done()
            }
            thread.start()
            return thread
        }
        try waitUntil("all have tried", seconds: 20) { wins.finished == group.count }
        #expect(wins.total == 1)
    }

    @Test func mailIsThrottledPerAddress() throws {
        _ = try site.member("ada")
        for email in ["ada@example.org", "nobody@example.org"] {
            for _ in 0..<5 { #expect(try recover(email).status == 200) }
            let refused = try recover(email)
            #expect(refused.status == 429 && (refused.headers["retry-after"].flatMap { Int($0) } ?? 0) > 3_500)
        }
        #expect(try recover("else@example.org").status == 200)
    }

    @Test func mailIsThrottledPerNetwork() throws {
        for number in 0..<30 { #expect(try recover("n\(number)@example.org").status == 200) }
        #expect(try recover("n30@example.org").status == 429)
    }

    @Test func addressesWithLineBreaksAreNone() throws {
        for typed in ["ada@example.org\r\nBcc: eve@example.com", "ada@example.org\nX", "a b@example.org", "ada@example.org,eve@example.com", "<ada@example.org>", ""] {
            #expect(try recover(typed).status == 422)
        }
        #expect(try mail.envelopes().isEmpty)
    }

    // MARK: Verified addresses

    @Test func anAddressIsVerifiedOnce() throws {
        let ada = try site.member("ada", isVerified: false)
        #expect(try site.get("/account/verification", as: ada).text.contains("Confirm your address"))
        let sent = try site.post("/account/verification", as: ada)
        #expect(sent.headers["location"] == "/account/verification?sent=1")
        let link = try mail.link(.verifyEmail, to: "ada@example.org")
        #expect(try site.get(link).text.contains("ada@example.org belongs to @ada"))
        #expect(try site.count("SELECT count(*) FROM members WHERE email_verified_at IS NOT NULL") == 0, "a GET changes nothing")
        #expect(try site.press(link, as: ada).status == 200)
        #expect(try site.count("SELECT count(*) FROM members WHERE email_verified_at IS NOT NULL") == 1)
        #expect(try site.press(link, as: ada).status == 410)
        #expect(try site.get("/account/verification", as: ada).text.contains("Your address is confirmed"))
        #expect(try site.post("/account/verification", as: ada).headers["location"] == "/account/verification")
        #expect(try mail.letters(to: "ada@example.org").count == 1, "what is verified needs no letter")
    }

    @Test func oneVerifiedAccountPerAddress() throws {
        let ada = try site.member("ada", isVerified: false), eve = try site.member("eve", isVerified: false)
        let owner = try site.unforced()
        try owner.runScript("UPDATE members SET email = 'ada@example.org'", name: "test.share")
        _ = try site.post("/account/verification", as: eve)
        let eves = try mail.link(.verifyEmail, to: "ada@example.org")
        _ = try site.post("/account/verification", as: ada)
        let adas = try mail.link(.verifyEmail, to: "ada@example.org")
        #expect(eves != adas)
        #expect(try site.press(adas, as: ada).status == 200)
        let late = try site.press(eves, as: eve)
        #expect(late.status == 409 && late.text.contains("Another account has this address"))
        #expect(try site.count("SELECT count(*) FROM members WHERE email_verified_at IS NOT NULL") == 1)
        // Asking again writes to the mailbox that it has an account, without a link that verifies.
        let before = try mail.letters(to: "ada@example.org").count
        _ = try site.post("/account/verification", as: eve)
        let letter = try #require(try mail.letters(to: "ada@example.org").last)
        #expect(try mail.letters(to: "ada@example.org").count == before + 1)
        #expect(letter.subject == "You already have an account: @ada" && !letter.text.contains("token="))
    }

    @Test func noTokenReachesTheLogOrTheDatabase() throws {
        _ = try site.member("ada", isVerified: false)
        _ = try recover("ada@example.org")
        let link = try mail.link(.resetPassword, to: "ada@example.org")
        let token = MailReader.token(link)
        _ = try site.get(link)
        _ = try site.press(link, [.init("password", "short")])
        _ = try site.press(link, [.init("password", Self.password)])
        _ = try site.press(link, [.init("password", Self.password)])
        #expect(!site.lines.all.isEmpty && site.lines.all.allSatisfy { !$0.contains(token) && !$0.contains("ada@example.org") && !$0.contains("lanterns") })
        for table in ["jobs", "mail_links", "audit_events", "audit_places", "throttles"] {
            #expect(try site.count("SELECT count(*) FROM \(table) AS t WHERE t::text LIKE '%\(token)%'") == 0, "\(table)")
        }
        for table in ["jobs", "audit_events", "audit_places", "throttles"] {
            #expect(try site.count("SELECT count(*) FROM \(table) AS t WHERE t::text LIKE '%ada@example%'") == 0, "\(table)")
        }
    }
}
