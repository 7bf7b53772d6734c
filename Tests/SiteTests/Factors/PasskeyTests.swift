import Base
import HTTP
import Marketplace
import Postgres
import Security
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct PasskeyTests {
    /// Answers of the site to a passkey that logs in by itself.
    private func logIn(_ key: inout SoftPasskey, _ stand: FactorStand) throws -> Response {
        let options = try JSON(parsing: stand.postJSON("/login/passkey/options", as: stand.visitor()).bytes)
        return try stand.post("/login/passkey", [.init("passkey", try key.get(options).text)], as: stand.visitor())
    }

    @Test func aPasskeyLogsInWithoutAPassword() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        var key = SoftPasskey()
        let added = try stand.register(&key, ada)
        #expect(added.status == 200 && added.text.contains("Your recovery codes"))
        #expect(try stand.get("/account/security", as: ada).text.contains("<strong>Phone</strong>"))
        let done = try logIn(&key, stand)
        #expect(done.status == 303 && done.headers["location"] == "/studio")
        let session = try stand.after(done, stand.visitor())
        #expect(session.member == ada.member)

        // The same passkey is no second one, for nobody.
        let bob = try stand.member("bob")
        #expect(try stand.register(&key, ada).status == 409)
        #expect(try stand.register(&key, bob).status == 409)
    }

    @Test func aPasskeyIsTheSecondStepAndTheProof() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        var key = SoftPasskey()
        _ = try stand.register(&key, ada)
        let browser = try stand.logIn("ada")
        let options = try JSON(parsing: stand.postJSON("/login/factor/options", as: browser).bytes)
        #expect(options["allowCredentials"]?.array?.count == 1)
        let answer = try key.get(options).text
        let done = try stand.post("/login/factor", [.init("passkey", answer)], as: browser)
        #expect(done.status == 303 && done.headers["location"] == "/studio")

        let session = try stand.after(done, browser)
        stand.clock.move(seconds: 301)
        #expect(try stand.post("/account/security/recovery-codes", as: session).status == 403)
        let proof = try JSON(parsing: stand.postJSON("/account/proof/options", as: session).bytes)
        let proved = try stand.post("/account/security/recovery-codes", [.init("proof_passkey", try key.get(proof).text)], as: session)
        #expect(proved.status == 200 && proved.text.contains("Your recovery codes"))
    }

    @Test func challengesCountOnceAndInTheirBrowser() throws {
        let stand = try FactorStand()
        var key = SoftPasskey()
        _ = try stand.register(&key, try stand.member("ada"))
        let options = try JSON(parsing: stand.postJSON("/login/passkey/options", as: stand.visitor()).bytes)
        let answer = try key.get(options).text
        let stranger = TestSite.Reader(cookie: "tc_visit=stranger", formToken: FormToken.derive(from: "stranger"), tenant: newID())
        #expect(try stand.post("/login/passkey", [.init("passkey", answer)], as: stranger).status == 422)
        // Whoever came first ended it.
        #expect(try stand.post("/login/passkey", [.init("passkey", answer)], as: stand.visitor()).status == 422)
        // A challenge for one ceremony is none for another.
        let browser = try stand.logIn("ada")
        let other = try JSON(parsing: stand.postJSON("/login/passkey/options", as: browser).bytes)
        #expect(try stand.post("/login/factor", [.init("passkey", try key.get(other).text)], as: browser).status == 422)
        // Nor is one that is too old.
        let old = try JSON(parsing: stand.postJSON("/login/passkey/options", as: stand.visitor()).bytes)
        stand.clock.move(seconds: 300)
        #expect(try stand.post("/login/passkey", [.init("passkey", try key.get(old).text)], as: stand.visitor()).status == 422)
    }

    @Test func whatIsNotAsItShouldBeIsRefused() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        var key = SoftPasskey()
        _ = try stand.register(&key, ada)
        var unverified = key, elsewhere = key, somebody = key
        unverified.flags = 0x01
        elsewhere.origin = "http://localhost:9999"
        somebody.userHandle = RandomBytes.make(16)
        #expect(try logIn(&unverified, stand).status == 422)
        #expect(try logIn(&elsewhere, stand).status == 422)
        #expect(try logIn(&somebody, stand).status == 422)
        for junk in ["", "{}", "[", "null", String(repeating: "[", count: 2_000)] {
            #expect(try stand.post("/login/passkey", [.init("passkey", junk)], as: stand.visitor()).status == 422)
        }
        #expect(try logIn(&key, stand).status == 303)
        // A passkey of somebody else is no second factor of mine.
        var other = SoftPasskey()
        _ = try stand.register(&other, try stand.member("bob"))
        let browser = try stand.logIn("ada")
        let options = try JSON(parsing: stand.postJSON("/login/factor/options", as: browser).bytes)
        #expect(try stand.post("/login/factor", [.init("passkey", try other.get(options).text)], as: browser).status == 422)
    }

    @Test func aCounterThatGoesBackIsToldAndRefused() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        var key = SoftPasskey()
        key.signCount = 5
        _ = try stand.register(&key, ada, name: "Key <1>")
        key.signCount = 9
        #expect(try logIn(&key, stand).status == 303)
        key.signCount = 9
        #expect(try logIn(&key, stand).status == 422)
        let letters = try MailReader(site: stand.test).letters(to: "ada@example.org")
        #expect(letters.contains { $0.subject == "A passkey of @ada behaves as if copied" && $0.text.contains("Key <1>") })
        let suspects = try stand.write(ada.tenant) { tx in
            try tx.run(Statement("test.suspects", "SELECT 1 FROM audit_events WHERE action = 'factor.passkey_suspect' AND outcome = 'refused'")).count
        }
        #expect(suspects == 1)
        #expect(try stand.get("/account/security", as: ada).text.contains("Key &lt;1&gt;"))
    }

    @Test func namesChangeAndPasskeysGo() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        var key = SoftPasskey()
        _ = try stand.register(&key, ada)
        let id = try #require(try stand.get("/account/security", as: ada).text.firstMatch(of: /passkeys\/([0-9a-f-]{36})\/name/)?.output.1)
        #expect(try stand.post("/account/security/passkeys/\(id)/name", [.init("name", "Blue key")], as: ada).status == 303)
        #expect(try stand.post("/account/security/passkeys/\(id)/name", [.init("name", " ")], as: ada).status == 422)
        #expect(try stand.get("/account/security", as: ada).text.contains("Blue key"))
        let bob = try stand.member("bob")
        #expect(try stand.post("/account/security/passkeys/\(id)/removal", as: bob).status == 404)
        #expect(try stand.post("/account/security/passkeys/\(id)/removal", as: ada).status == 303)
        let page = try stand.get("/account/security", as: ada).text
        #expect(page.contains("Your password alone") && !page.contains("Blue key"))
        #expect(try logIn(&key, stand).status == 422)
    }
}
