import Base
import HTTP
import Marketplace
import Postgres
import Security
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct AppTests {
    @Test func anAppIsSetUpAndOpensOnce() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        #expect(try stand.get("/account/security", as: ada).text.contains("Your password alone"))
        #expect(try stand.get("/account/security/app", as: ada).text.contains("Show the picture"))
        let app = try stand.enrol(ada)
        #expect(app.recoveryCodes.count == 10 && Set(app.recoveryCodes).count == 10)
        let page = try stand.get("/account/security", as: ada).text
        #expect(page.contains("Nothing is missing") && page.contains("10 of 10 left"))
        for code in app.recoveryCodes { #expect(!page.contains(code)) }

        let browser = try stand.logIn("ada")
        #expect(try stand.get("/login/factor", as: browser).text.contains("Second step"))
        #expect(try stand.get("/account", as: browser).status == 303)
        // The code that confirmed the app counts no more.
        let used = app.code(at: stand.clock.now(), step: -1)
        #expect(try stand.post("/login/factor", [.init("code", used)], as: browser).status == 422)
        let code = app.code(at: stand.clock.now())
        let spaced = code.prefix(3) + " " + code.suffix(3)
        let done = try stand.post("/login/factor", [.init("code", String(spaced))], as: browser)
        #expect(done.status == 303 && done.headers["location"] == "/studio")
        let session = try stand.after(done, browser)
        #expect(try stand.get("/account/security", as: session).status == 200)
        // Neither the pending log-in nor the code opens again.
        #expect(try stand.post("/login/factor", [.init("code", app.code(at: stand.clock.now(), step: 1))], as: browser).headers["location"] == "/login")
        let second = try stand.logIn("ada")
        #expect(try stand.post("/login/factor", [.init("code", code)], as: second).status == 422)
        let letters = try MailReader(site: stand.test).letters(to: "ada@example.org").map(\.subject)
        #expect(letters.contains("A second factor was added to @ada") && letters.contains("New recovery codes for @ada"))
    }

    @Test func recoveryCodesOpenOnceAndAreTold() throws {
        let stand = try FactorStand()
        let app = try stand.enrol(try stand.member("ada"))
        let typed = app.recoveryCodes[3].lowercased().replacing("-", with: " ")
        let done = try stand.post("/login/factor", [.init("code", typed)], as: try stand.logIn("ada"))
        #expect(done.status == 303 && done.headers["location"] == "/studio")
        #expect(try stand.post("/login/factor", [.init("code", typed)], as: try stand.logIn("ada")).status == 422)
        let session = try stand.after(done, stand.visitor())
        #expect(try stand.get("/account/security", as: session).text.contains("9 of 10 left"))
        let letters = try MailReader(site: stand.test).letters(to: "ada@example.org")
        #expect(letters.contains { $0.subject == "A recovery code of @ada was used" && $0.text.contains("9 are left") })
        for code in app.recoveryCodes { #expect(!letters.contains { $0.text.contains(code) }) }

        let fresh = try stand.post("/account/security/recovery-codes", as: session)
        #expect(fresh.status == 200)
        let stale = try stand.post("/login/factor", [.init("code", app.recoveryCodes[5])], as: try stand.logIn("ada"))
        #expect(stale.status == 422)
    }

    @Test func triesAreCountedBeforeTheyAreWeighed() throws {
        let stand = try FactorStand()
        let app = try stand.enrol(try stand.member("ada"))
        let browser = try stand.logIn("ada")
        for _ in 0..<5 { #expect(try stand.post("/login/factor", [.init("code", "000000")], as: browser).status == 422) }
        let right = [Fields.Pair("code", app.code(at: stand.clock.now()))]
        let refused = try stand.post("/login/factor", right, as: browser)
        #expect(refused.status == 429 && refused.headers["retry-after"] != nil && refused.text.contains("Wait 15"))
        stand.clock.move(seconds: 901)
        let later = try stand.logIn("ada")
        #expect(try stand.post("/login/factor", [.init("code", app.code(at: stand.clock.now()))], as: later).status == 303)
    }

    @Test func theOldAppStaysUntilTheNewOneIsConfirmed() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        let old = try stand.enrol(ada)
        #expect(try stand.post("/account/security/app", as: ada).status == 303)
        let wrong = try stand.post("/account/security/app/confirmation", [.init("code", old.code(at: stand.clock.now()))], as: ada)
        #expect(wrong.status == 422 && wrong.text.contains("not the code that the app shows"))
        #expect(try stand.post("/login/factor", [.init("code", old.code(at: stand.clock.now()))], as: try stand.logIn("ada")).status == 303)
        let new = try stand.enrol(ada)
        // The recovery codes stay: they were not used.
        #expect(new.recoveryCodes == [])
        #expect(try stand.post("/login/factor", [.init("code", old.code(at: stand.clock.now(), step: 1))], as: try stand.logIn("ada")).status == 422)
        #expect(try stand.post("/login/factor", [.init("code", new.code(at: stand.clock.now()))], as: try stand.logIn("ada")).status == 303)
    }

    @Test func aSecretWaitsTenMinutes() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        #expect(try stand.post("/account/security/app", as: ada).status == 303)
        #expect(try stand.get("/account/security/app", as: ada).text.contains("<svg class=\"qr\""))
        stand.clock.move(seconds: 601)
        try stand.write(ada.tenant) { tx in
            try tx.run(Statement("test.prove", "UPDATE login_sessions SET proved_at = now() + interval '1 hour'"))
        }
        #expect(!(try stand.get("/account/security/app", as: ada).text.contains("<svg class=\"qr\"")))
        #expect(try stand.post("/account/security/app/confirmation", [.init("code", "123456")], as: ada).status == 422)
    }

    private static let makeTeam = Statement("test.team", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, 'team')")
    private static let nameTeam = Statement("test.name_team", "INSERT INTO handles (tenant_id, handle, display_name) VALUES ($1, 'crew', 'Crew')")
    private static let demand = Statement("test.demand", "INSERT INTO teams (tenant_id, require_second_factor) VALUES ($1, true)")
    private static let join = Statement(
        "test.join", "INSERT INTO memberships (tenant_id, member_id, role, home_tenant_id) VALUES ($1, $2, 'viewer', $3)")

    @Test func theLastFactorStaysWhileATeamAsksForOne() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        _ = try stand.enrol(ada)
        let team: ID<Tenant> = newID(), member = try #require(ada.member)
        try stand.write(team) { tx in
            try tx.run(Self.makeTeam, .uuid(team))
            try tx.run(Self.nameTeam, .uuid(team))
            try tx.run(Self.demand, .uuid(team))
            try tx.run(Self.join, .uuid(team), .uuid(member), .uuid(ada.tenant))
        }
        let refused = try stand.post("/account/security/app/removal", as: ada)
        #expect(refused.status == 409 && refused.text.contains("@crew"))
        var key = SoftPasskey()
        #expect(try stand.register(&key, ada).status == 303)
        #expect(try stand.post("/account/security/app/removal", as: ada).status == 303)
        #expect(try stand.get("/account/security", as: ada).text.contains("Set up an authenticator app"))
    }

    @Test func changesEndOtherSessions() throws {
        let stand = try FactorStand()
        let ada = try stand.member("ada")
        let other = try stand.after(
            try stand.post(
                "/login", [.init("login", "ada"), .init("email", "ada@example.org"), .init("password", FactorStand.password)], as: stand.visitor()),
            stand.visitor())
        #expect(try stand.get("/account/security", as: other).status == 200)
        _ = try stand.enrol(ada)
        #expect(try stand.get("/account/security", as: other).status == 303)
        #expect(try stand.get("/account/security", as: ada).status == 200)
        let events = try stand.write(ada.tenant) { tx in
            try tx.run(Statement("test.actions", "SELECT action FROM audit_events WHERE tenant_id = $1"), .uuid(ada.tenant)).map { try $0.text("action") }
        }
        #expect(Set(events).isSuperset(of: ["factor.totp_added", "factor.recovery_codes_made"]))
    }
}
