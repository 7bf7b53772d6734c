import Base
import HTTP
import Marketplace
import Postgres
@testable import Site
import Storage
import Synchronization
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct SignUpTests {
    private static func fields(_ handle: String, email: String? = nil, _ password: String = AccountStand.password) -> [Fields.Pair] {
        [.init("email", email ?? "\(handle)@example.org"), .init("handle", handle), .init("password", password)]
    }

    @Test func aMemberComesAndGoes() throws {
        let stand = try AccountStand()
        let browser = stand.browser()
        let welcome = try browser.send("/signup", at: "/signup?next=/skills", [
            .init("email", " Ada@Example.org "), .init("handle", "Ada-B"), .init("password", AccountStand.password), .init("next", "/skills"),
        ])
        #expect(welcome.status == 303 && welcome.headers["location"] == "/skills")
        let account = try browser.get("/account")
        #expect(account.status == 200 && account.text.contains("ada@example.org") && account.text.contains("You are @ada-b."))
        #expect(try browser.get("/login?next=/docs").headers["location"] == "/docs")
        let token = browser.cookie("tc_session")
        #expect(try browser.send("/logout", at: "/account").status == 303)
        #expect(try browser.get("/account").status == 303)
        #expect(try browser.logIn("ADA@example.org").status == 303)
        #expect(try browser.isLoggedIn && browser.cookie("tc_session") != token)
        #expect(try browser.get("/@Ada-B").headers["location"] == "/@ada-b")
        #expect(try stand.audited("account.signed_up", for: "ada-b") == 1)
        #expect(try stand.audited("session.logged_in", for: "ada-b") == 2)
    }

    @Test func theAnswerDoesNotTellWhetherTheAddressIsKnown() throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        try stand.change("ada", "email_verified_at = now()")
        let known = stand.browser(), unknown = stand.browser()
        let first = try known.send("/signup", at: "/signup", Self.fields("bea", email: "ada@example.org"))
        let second = try unknown.send("/signup", at: "/signup", Self.fields("cee"))
        #expect(first.status == 303 && second.status == 303)
        #expect(first.headers["location"] == second.headers["location"])
        #expect(first.cookies.map(\.name) == second.cookies.map(\.name))
        #expect(try stand.letters() == 3)
        // The address still opens the account that confirmed it.
        let ada = stand.browser()
        #expect(try ada.logIn("ada@example.org").status == 303)
        #expect(try ada.get("/account").text.contains("You are @ada."))
    }

    @Test(arguments: ["ada", "ADA", "a-da"])
    func handlesThatLookAlikeAreTakenAndFreeOnesOffered(typed: String) throws {
        let stand = try AccountStand()
        _ = try stand.member("ada")
        let browser = stand.browser()
        let answer = try browser.send("/signup", at: "/signup", Self.fields(typed, email: "new@example.org"))
        #expect(answer.status == 422 && answer.text.contains("is taken, or looks like one that is"))
        #expect(answer.text.contains("href=\"#handle\""))
        let free = try #require(answer.text.firstMatch(of: /Free: @([a-z0-9-]+) or @([a-z0-9-]+)</))
        for handle in [String(free.1), String(free.2)] {
            #expect(try stand.browser().send("/signup", at: "/signup", Self.fields(handle)).status == 303, "\(handle)")
        }
    }

    @Test func suggestionsAreHandlesAndFree() throws {
        var random = SeededRandom(seed: 7)
        for text in ["ada", String(repeating: "x", count: 30), "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o"] {
            let candidates = HandleSuggestions.candidates(for: try Handle(text), random: &random)
            #expect(candidates.count >= 10 && Set(candidates).count == candidates.count)
            for candidate in candidates { #expect(try Handle(candidate).text == candidate) }
        }
    }

    @Test func aHandleInUpperCaseIsShownAsItWillLook() throws {
        let stand = try AccountStand()
        let answer = try stand.browser().send("/signup", at: "/signup", Self.fields("Ada", "short"))
        #expect(answer.status == 422 && answer.text.contains("It will look like this: @ada."))
    }

    @Test func aSecondClickMakesNoSecondAccount() throws {
        let stand = try AccountStand()
        let browser = stand.browser()
        let token = try browser.formToken(at: "/signup")
        let fields = Self.fields("ada") + [.init("form_token", token)]
        let answers = Mutex<[Int]>([])
        let cookies = browser.cookies.map { ($0.name, $0.value) }
        try inParallel(2) { [stand] _ in
            let window = stand.browser()
            window.cookies = cookies.map { (name: $0.0, value: $0.1) }
            let status = (try? window.request("POST", "/signup", fields: fields))?.status ?? 0
            let isIn = (try? window.isLoggedIn) == true
            answers.withLock { $0.append(isIn ? status : -status) }
        }
        #expect(answers.withLock { $0 } == [303, 303])
        // Later clicks of the same browser too, but not with another password, and nobody else's.
        let later = browser.copy()
        #expect(try later.request("POST", "/signup", fields: fields).status == 303)
        let guess = browser.copy()
        #expect(try guess.request("POST", "/signup", fields: Self.fields("ada", "another good password") + [.init("form_token", token)]).status == 422)
        #expect(try stand.browser().send("/signup", at: "/signup", Self.fields("ada")).status == 422)
        #expect(try stand.number("SELECT count(*)::int FROM members WHERE email = 'ada@example.org'") == 1)
        #expect(try stand.letters() == 1)
    }

    @Test func aNetworkMakesSoManyAccountsAnHour() throws {
        let stand = try AccountStand()
        let web = try stand.clone.connect(.web)
        // Counted as sign-ups are, without the time of that many hashes.
        let bucket = ThrottleBucket.network("192.0.2.77", act: "sign-up")
        for _ in 0..<Limits.signUpsPerNetworkHourMax {
            try web.transaction(.platform, .readWrite) { tx in
                _ = try ThrottleTable.take(
                    bucket, max: Limits.signUpsPerNetworkHourMax, windowSeconds: 3_600, at: stand.clock.now(), in: tx)
            }
        }
        let refused = try stand.browser(from: "192.0.2.1").send("/signup", at: "/signup", Self.fields("ada"))
        #expect(refused.status == 429 && refused.headers["retry-after"] == "3600")
        #expect(try stand.browser(from: "192.0.3.1").send("/signup", at: "/signup", Self.fields("ada")).status == 303)
        stand.clock.advance(minutes: 60)
        #expect(try stand.browser(from: "192.0.2.1").send("/signup", at: "/signup", Self.fields("bea")).status == 303)
    }

    @Test func onePasswordHasOneForm() throws {
        let stand = try AccountStand()
        // The same text composed and decomposed, with a ligature and full-width digits.
        let composed = "caf\u{e9} o\u{fb03}ce 12 blue", decomposed = "cafe\u{301} office \u{ff11}\u{ff12} blue"
        #expect(try stand.browser().send("/signup", at: "/signup", Self.fields("ada", composed)).status == 303)
        #expect(try stand.browser().logIn("ada", decomposed).status == 303)
    }
}
