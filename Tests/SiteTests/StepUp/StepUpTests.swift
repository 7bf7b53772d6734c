import Base
import HTTP
import Postgres
import Security
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct StepUpTests {
    /// A member whose proof is older than five minutes.
    private func stale(_ stand: FactorStand, _ handle: String = "ada") throws -> TestSite.Reader {
        let reader = try stand.member(handle)
        stand.clock.move(seconds: 420)
        return reader
    }

    @Test func aFormIsKeptUntilThePasswordIsRight() throws {
        let stand = try FactorStand()
        let ada = try stale(stand)
        let typed: [Fields.Pair] = [.init("email", "new@example.org"), .init("note", "a\r\nb \"<x>"), .init("new_password", "hush hush hush")]
        let asked = try stand.post("/account/email?from=here", typed, as: ada)
        #expect(asked.status == 403 && asked.text.contains("action=\"/account/email?from=here\""))
        #expect(asked.text.contains("name=\"email\" value=\"new@example.org\"") && asked.text.contains("a\r\nb &quot;&lt;x&gt;"))
        #expect(!asked.text.contains("hush"))
        let wrong = try stand.post("/account/email", typed + [.init("proof_password", "wrong words here")], as: ada)
        #expect(wrong.status == 403 && wrong.text.contains("not your password") && wrong.text.contains("new@example.org"))
        #expect(!wrong.text.contains("wrong words here"))
        let done = try stand.post("/account/email", typed + [.init("proof_password", FactorStand.password)], as: ada)
        #expect(done.status == 303)
        // The session has a new token; the old one is nobody's.
        let after = try stand.after(done, ada)
        #expect(after.cookie != ada.cookie && after.session == ada.session)
        #expect(try stand.get("/account", as: ada).status == 303)
        #expect(try stand.post("/account/email", [.init("email", "other@example.org")], as: after).status == 303)
    }

    @Test func thePasswordAloneIsNotEnoughBesideAFactor() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        let app = try stand.enrol(ada)
        stand.clock.move(seconds: 420)
        let asked = try stand.post("/account/security/recovery-codes", as: ada)
        #expect(asked.status == 403 && asked.text.contains("name=\"proof_code\"") && !asked.text.contains("name=\"proof_password\""))
        let password = try stand.post("/account/security/recovery-codes", [.init("proof_password", FactorStand.password)], as: ada)
        #expect(password.status == 403 && password.text.contains("the password alone is not enough"))
        let code = app.code(at: stand.clock.now())
        let done = try stand.post("/account/security/recovery-codes", [.init("proof_code", code)], as: ada)
        #expect(done.status == 200)
        // The same code proves nothing again.
        let after = try stand.after(done, ada)
        stand.clock.move(seconds: 20)
        try stand.write(ada.tenant) { tx in try tx.run(Statement("test.stale", "UPDATE login_sessions SET proved_at = 'epoch'")) }
        #expect(try stand.post("/account/security/recovery-codes", [.init("proof_code", code)], as: after).status == 403)
    }

    @Test func wrongProofsAreCounted() throws {
        let stand = try FactorStand()
        let ada = try stale(stand)
        for _ in 0..<5 {
            #expect(try stand.post("/account/email", [.init("email", "n@example.org"), .init("proof_password", "wrong words here")], as: ada).status == 403)
        }
        let refused = try stand.post("/account/email", [.init("email", "n@example.org"), .init("proof_password", FactorStand.password)], as: ada)
        #expect(refused.status == 429 && refused.text.contains("n@example.org"))
        let events = try stand.write(ada.tenant) { tx in
            try tx.run(Statement("test.refusals", "SELECT 1 FROM audit_events WHERE action = 'session.proof_refused'")).count
        }
        #expect(events == 6)
    }

    @Test func pagesAskOnAPageOfTheirOwn() throws {
        let stand = try FactorStand()
        let ada = try stale(stand)
        let sent = try stand.get("/account/security/passkeys/new", as: ada)
        #expect(sent.status == 303 && sent.headers["location"] == "/account/confirm?next=%2Faccount%2Fsecurity%2Fpasskeys%2Fnew")
        #expect(try stand.get("/account/confirm?next=/account/security/passkeys/new", as: ada).text.contains("value=\"/account/security/passkeys/new\""))
        let wrong = try stand.post("/account/confirm", [.init("next", "/docs"), .init("proof_password", "x")], as: ada)
        #expect(wrong.status == 403 && wrong.text.contains("value=\"/docs\""))
        let done = try stand.post("/account/confirm", [.init("next", "/docs"), .init("proof_password", FactorStand.password)], as: ada)
        #expect(done.status == 303 && done.headers["location"] == "/docs")
        let after = try stand.after(done, ada)
        #expect(try stand.get("/account/confirm?next=/docs", as: after).headers["location"] == "/docs")
        // Never to another site.
        #expect(try stand.get("/account/confirm?next=//evil.example", as: after).headers["location"] == "/account/security")
    }

    @Test func whatAPageCannotHoldIsSaid() throws {
        let stand = try FactorStand()
        let ada = try stale(stand)
        let large = String(repeating: "x", count: Limits.bodyBytesMax - 8_000)
        let answer = try stand.post("/account/email", [.init("email", large)], as: ada)
        #expect(answer.status == 403 && answer.text.contains("too large") && answer.bytes.count < 20_000)
        let many = (0..<198).map { Fields.Pair("f\($0)", "1") }
        #expect(try stand.post("/account/email", many, as: ada).text.contains("too large"))
    }

    @Test func scriptsProveByJSON() throws {
        let stand = try FactorStand()
        let ada = try stale(stand)
        let path = "/api/v1/account/proof"
        #expect(try stand.postJSON(path, [:], as: ada).status == 422)
        #expect(try stand.postJSON(path, ["password": "a", "code": "b"], as: ada).status == 422)
        #expect(try stand.postJSON(path, ["password": "wrong words here"], as: ada).status == 403)
        let done = try stand.postJSON(path, ["password": .string(FactorStand.password)], as: ada)
        #expect(done.status == 200 && done.text.contains("proved_until"))
        let after = try stand.after(done, ada)
        #expect(try stand.get("/account/security/passkeys/new", as: after).status == 200)
        // A request for JSON is refused as JSON.
        let bob = try stale(stand, "bob")
        let refused = try stand.postJSON("/account/security/passkeys/options", as: bob)
        #expect(refused.status == 403 && refused.text.contains("step-up-required"))
    }
}
