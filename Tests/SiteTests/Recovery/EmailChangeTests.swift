import Base
import HTTP
import Marketplace
import Postgres
import Site
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct EmailChangeTests {
    private let site: TestSite
    private let mail: MailReader

    init() throws {
        site = try TestSite()
        mail = MailReader(site: site)
    }

    private func ask(_ email: String, as reader: TestSite.Reader) throws -> Response {
        try site.post("/account/email", [.init("email", email)], as: reader)
    }

    private func hasAddress(_ email: String) throws -> Bool {
        try site.count("SELECT count(*) FROM members WHERE email = '\(email)' AND email_verified_at IS NOT NULL") == 1
    }

    @Test(arguments: [true, false]) func bothMailboxesSayYes(oldFirst: Bool) throws {
        let ada = try site.member("ada")
        #expect(try ask("New@Example.net", as: ada).headers["location"] == "/account/email")
        let old = try mail.link(.changeEmailOld, to: "ada@example.org"), new = try mail.link(.changeEmailNew, to: "new@example.net")
        #expect(try site.get("/account/email", as: ada).text.contains("A change to new@example.net is under way"))
        #expect(try site.get(old).status == 200 && site.get(new).status == 200)
        let first = try site.press(oldFirst ? old : new)
        #expect(first.status == 200 && first.text.contains("must confirm"))
        #expect(try hasAddress("ada@example.org"), "one yes is not enough")
        #expect(try site.press(oldFirst ? old : new).status == 410, "one mailbox has one yes")
        let second = try site.press(oldFirst ? new : old, as: ada)
        #expect(second.status == 200 && second.text.contains("The address is changed"))
        #expect(try hasAddress("new@example.net"))
        #expect(try site.get("/account", as: ada).status == 200, "the session that did it stays")
        for address in ["ada@example.org", "new@example.net"] {
            #expect(try mail.letters(to: address).last?.subject == "The address of @ada was changed")
        }
        #expect(try site.press(try mail.link(.changeEmailCancel, to: "ada@example.org")).status == 410)
        #expect(try site.count("SELECT count(*) FROM audit_events WHERE action = 'account.email_changed'") == 1)
    }

    @Test func otherSessionsEnd() throws {
        let ada = try site.member("ada")
        _ = try ask("new@example.net", as: ada)
        _ = try site.press(try mail.link(.changeEmailOld, to: "ada@example.org"))
        // Opened by somebody who is logged in as another.
        let bob = try site.member("bob")
        #expect(try site.press(try mail.link(.changeEmailNew, to: "new@example.net"), as: bob).status == 200)
        #expect(try site.get("/account", as: ada).status == 303)
        #expect(try site.get("/account", as: bob).status == 200)
    }

    @Test func aFreshProofIsNeeded() throws {
        let now = SystemClock().now()
        let ada = try site.member("ada", provedAt: now.advanced(byMilliseconds: -3_600_000))
        let refused = try ask("new@example.net", as: ada)
        #expect(refused.status == 403)
        #expect(try mail.envelopes().isEmpty)
    }

    @Test func theOldMailboxCancels() throws {
        let ada = try site.member("ada")
        _ = try ask("new@example.net", as: ada)
        let cancel = try mail.link(.changeEmailCancel, to: "ada@example.org"), new = try mail.link(.changeEmailNew, to: "new@example.net")
        let old = try mail.link(.changeEmailOld, to: "ada@example.org")
        #expect(try site.press(new).status == 200)
        #expect(try site.get(cancel).status == 200)
        #expect(try site.press(cancel).text.contains("The change is cancelled"))
        #expect(try site.press(old).status == 410)
        #expect(try hasAddress("ada@example.org"))
    }

    @Test func thePageCancelsToo() throws {
        let ada = try site.member("ada")
        _ = try ask("new@example.net", as: ada)
        #expect(try site.post("/account/email/cancel", as: ada).status == 303)
        #expect(!(try site.get("/account/email", as: ada).text.contains("under way")))
        #expect(try site.press(try mail.link(.changeEmailOld, to: "ada@example.org")).status == 410)
    }

    /// The answer is the same for an address with an account; its mailbox alone is told.
    @Test func nobodyLearnsWhoHasTheAddress() throws {
        let ada = try site.member("ada"), bob = try site.member("bob")
        let taken = try ask("bob@example.org", as: ada)
        let pageOfTaken = try site.get("/account/email", as: ada).text
        _ = try site.post("/account/email/cancel", as: ada)
        let free = try ask("free@example.org", as: ada)
        #expect(taken.status == free.status && taken.headers["location"] == free.headers["location"])
        let pageOfFree = try site.get("/account/email", as: ada).text
        let time = try Regex(#"\d\d:\d\d(:\d\d(\.\d+)?)?"#)
        func tidied(_ page: String) -> String { page.replacing("bob@", with: "free@").replacing(time, with: "") }
        #expect(tidied(pageOfTaken) == tidied(pageOfFree))
        let letters = try mail.letters(to: "bob@example.org")
        #expect(letters.count == 1 && letters.first?.text.contains("token=") == false)
        _ = bob
    }

    @Test func anotherAccountMayBeFaster() throws {
        let ada = try site.member("ada")
        _ = try ask("carol@example.org", as: ada)
        let new = try mail.link(.changeEmailNew, to: "carol@example.org"), old = try mail.link(.changeEmailOld, to: "ada@example.org")
        #expect(try site.press(new).status == 200)
        _ = try site.member("carol")
        let late = try site.press(old)
        #expect(late.status == 409 && late.text.contains("Another account has this address"))
        #expect(try hasAddress("ada@example.org"))
        #expect(!(try site.get("/account/email", as: ada).text.contains("under way")))
    }

    @Test func anUnconfirmedAddressHasNoSay() throws {
        let ada = try site.member("ada", isVerified: false)
        _ = try ask("right@example.net", as: ada)
        #expect(try mail.letters(to: "ada@example.org").isEmpty)
        #expect(try site.press(try mail.link(.changeEmailNew, to: "right@example.net"), as: ada).text.contains("The address is changed"))
        #expect(try hasAddress("right@example.net"))
    }

    @Test func aSecondTryReplacesTheFirst() throws {
        let ada = try site.member("ada")
        _ = try ask("one@example.net", as: ada)
        let first = try mail.link(.changeEmailNew, to: "one@example.net")
        #expect(try site.press(first).status == 200)
        _ = try ask("two@example.net", as: ada)
        #expect(try site.press(try mail.link(.changeEmailOld, to: "ada@example.org")).text.contains("new address must confirm"))
        #expect(try site.press(try mail.link(.changeEmailNew, to: "two@example.net")).status == 200)
        #expect(try hasAddress("two@example.net"))
    }

    @Test func wrongAddressesComeBack() throws {
        let ada = try site.member("ada")
        for typed in ["no address", "ada@example.org", "a@b.example\r\nBcc: x@y.example"] {
            let answer = try ask(typed, as: ada)
            #expect(answer.status == 422 && answer.text.contains("href=\"#email\""))
        }
        #expect(try mail.envelopes().isEmpty)
    }

    @Test func aResetEndsAChangeUnderWay() throws {
        let ada = try site.member("ada")
        _ = try ask("new@example.net", as: ada)
        let new = try mail.link(.changeEmailNew, to: "new@example.net")
        _ = try site.post("/recover", [.init("email", "ada@example.org")], as: TestSite.visitor)
        let reset = try mail.link(.resetPassword, to: "ada@example.org")
        #expect(try site.press(reset, [.init("password", "nine silent lanterns")]).status == 200)
        #expect(try site.press(new).status == 410)
    }
}
