import Base
import HTTP
import Marketplace
import Postgres
import Security
import Site
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct TeamTests {
    @Test func aTeamIsMadeAndWorkedFor() throws {
        let stand = try TeamStand()
        let site = stand.site, ada = try stand.at(stand.ada, stand.team)
        // The browser works for the team: its page, its header, its studio; the name is text.
        let page = try site.get("/account/team?done=made", as: ada)
        #expect(page.status == 200 && page.text.contains("The &lt;b&gt;Crew&lt;/b&gt;") && !page.text.contains("<b>Crew"))
        #expect(page.text.contains("@crew") && page.text.contains("The team is made"))
        let made = try site.post("/studio/skills", [.init("template", "blank")], as: ada)
        #expect(made.status == 303)
        #expect(try stand.site.database.transaction(.tenant(stand.team), .readOnly) { try SkillTable.list(limit: 9, in: $0).count } == 1)
        #expect(try stand.site.database.transaction(.tenant(ada.tenant), .readOnly) { try SkillTable.list(limit: 9, in: $0).count } == 1)
        // A form opened before the switch writes nothing.
        #expect(try site.post("/studio/skills", [.init("template", "blank")], as: stand.ada).status == 403)
        // Back home the team's skill is gone from sight.
        #expect(try site.post("/account/tenant", [.init("tenant", stand.ada.tenant.description), .init("next", "/studio")], as: ada).headers["location"] == "/studio")
        #expect(try site.get("/account/team", as: stand.ada).text.contains("A personal account has one member"))
        #expect(try stand.site.database.transaction(.tenant(stand.ada.tenant), .readOnly) { try SkillTable.list(limit: 9, in: $0).count } == 0)
        // The public sees the team, not who is in it.
        let profile = try site.get("/@crew")
        #expect(profile.status == 200 && profile.text.contains("The &lt;b&gt;Crew") && !profile.text.contains("ada") && !profile.text.contains("owen"))
        #expect(try stand.acts(of: stand.team) == ["team.made", "team.member_invited", "team.member_joined", "skill.made"])
    }

    @Test func namesAndHandlesAreChecked() throws {
        let stand = try TeamStand()
        let beta = stand.beta
        for (name, handle, complaint) in [
            ("", "fine", "Give a name"), ("a\u{202e}b", "fine", "can be seen"), ("Fine", "x", "3 to 30"), ("Fine", "admin", "reserved"),
            ("Fine", "crew", "taken"), ("Fine", "c-rew", "taken"), ("Fine", "ada", "taken"),
        ] {
            let answer = try stand.site.post("/account/teams", [.init("name", name), .init("handle", handle)], as: beta)
            #expect(answer.status == 422 && answer.text.contains(complaint), "\(name) \(handle): \(answer.status)")
        }
        let unverified = try stand.site.member("una", isVerified: false)
        #expect(try stand.site.post("/account/teams", [.init("name", "Una"), .init("handle", "una-team")], as: unverified).status == 403)
        #expect(try stand.site.get("/account/teams/new", as: unverified).status == 403)
    }

    @Test func nobodySwitchesToWhereTheyAreNot() throws {
        let stand = try TeamStand()
        let unknown: ID<Tenant> = newID()
        let refused = try stand.site.post("/account/tenant", [.init("tenant", stand.team.description)], as: stand.beta)
        let missing = try stand.site.post("/account/tenant", [.init("tenant", unknown.description)], as: stand.beta)
        #expect(refused.status == 404 && missing.status == 404)
        func plain(_ response: Response) -> String { response.text.split(separator: "\n").filter { !$0.contains("hash--whole") && !$0.contains("form-token") }.joined() }
        #expect(plain(refused) == plain(missing))
        #expect(try stand.site.post("/account/tenant", [.init("tenant", "x"), .init("next", "//evil")], as: stand.beta).status == 404)
        let home = try stand.site.post(
            "/account/tenant", [.init("tenant", stand.beta.tenant.description), .init("next", "//evil.example")], as: stand.beta)
        #expect(home.headers["location"] == "/account/teams")
    }

    /// Each role, each act: what is allowed leads on, the rest is refused, and a refusal changes nothing.
    @Test func rolesDoWhatTheyMay() throws {
        let stand = try TeamStand()
        let site = stand.site
        for role in [Role.author, .trader, .viewer] {
            let reader = try site.member("the-\(role.rawValue)")
            try stand.join(reader, "the-\(role.rawValue)", as: role)
            let member = try stand.working(reader)
            let before = try stand.roles()
            let page = try site.get("/account/team", as: member)
            #expect(page.status == 200 && page.text.contains("@owen") && !page.text.contains("second factor:") && !page.text.contains("Send invitation"))
            let owen = try #require(stand.owen.member)
            let acts: [(String, [Fields.Pair])] = [
                ("/account/team/invitations", [.init("email", "x@example.org"), .init("role", "owner")]), ("/account/team/name", [.init("name", "Mine")]),
                ("/account/team/members/\(owen)/role", [.init("role", "viewer")]), ("/account/team/members/\(owen)/removal", []),
                ("/account/team/members/\(owen)/transfer", [.init("role", "viewer")]), ("/account/team/second-factor", [.init("required", "1")]),
                ("/account/team/deletion", [.init("confirmation", "crew")]),
            ]
            for (path, fields) in acts { #expect(try site.post(path, fields, as: member).status == 403, "\(role) \(path)") }
            #expect(try site.get("/account/team/members/\(owen)", as: member).status == 403)
            #expect(try stand.json("GET", "/invitations", as: member).status == 403)
            #expect(try stand.json("POST", "/invitations", ["email": "x@example.org", "role": "owner"], as: member).status == 403)
            #expect(try stand.json("PATCH", "/members/\(owen)", ["role": "viewer"], as: member).status == 403)
            #expect(try stand.json("DELETE", "/members/\(owen)", as: member).status == 403)
            let list = try JSON(parsing: try stand.json("GET", "/members", as: member).bytes)["items"]?.array ?? []
            #expect(list.count == before.count && list.allSatisfy { $0["has_second_factor"]?.isNull == true && $0["email"] == nil })
            let skill = try site.post("/studio/skills", [.init("template", "blank")], as: member)
            #expect(skill.status == (role == .author ? 303 : 403), "\(role)")
            #expect(try stand.roles() == before)
        }
    }

    @Test func ownersChangeRolesWithProof() throws {
        let stand = try TeamStand()
        let site = stand.site, ada = try stand.at(stand.ada, stand.team)
        try stand.join(stand.beta, "beta", as: .viewer)
        let beta = try #require(stand.beta.member), owen = try #require(stand.owen.member), me = try #require(stand.ada.member)
        #expect(try site.get("/account/team/members/\(beta)", as: ada).text.contains("viewer of @crew"))
        #expect(try site.post("/account/team/members/\(beta)/role", [.init("role", "author")], as: ada).status == 303)
        #expect(try stand.roles()["beta"] == .author)
        #expect(try site.post("/account/team/members/\(beta)/role", [.init("role", "king")], as: ada).status == 422)
        #expect(try stand.json("PATCH", "/members/\(beta)", ["role": "trader"], as: ada).status == 200)
        #expect(try stand.roles()["beta"] == .trader)
        // The last owner stays one.
        #expect(try site.post("/account/team/members/\(owen)/role", [.init("role", "viewer")], as: ada).status == 303)
        let last = try site.post("/account/team/members/\(me)/role", [.init("role", "viewer")], as: ada)
        #expect(last.status == 409 && last.text.contains("A team needs an owner"))
        #expect(try stand.json("DELETE", "/members/\(me)", as: ada).status == 409)
        #expect(try site.post("/account/teams/\(stand.team)/leaving", as: ada).status == 409)
        // To hand over and step down is one act.
        #expect(try site.post("/account/team/members/\(beta)/transfer", [.init("role", "author")], as: ada).status == 303)
        #expect(try stand.roles() == ["ada": .author, "owen": .viewer, "beta": .owner])
        #expect(try site.post("/account/teams/\(stand.team)/leaving", as: ada).status == 303)
        #expect(try stand.roles() == ["owen": .viewer, "beta": .owner])
        let letters = try MailReader(site: site).letters(to: "beta@example.org").map(\.subject)
        #expect(letters.filter { $0.contains("role in @crew") }.count == 3, "\(letters)")
        #expect(try stand.acts(of: stand.team).suffix(2) == ["team.role_changed", "team.member_left"])
        // Without a fresh proof nothing happens.
        let stale = try site.member("stale-owner", provedAt: SystemClock().now().advanced(byMilliseconds: -600_000))
        #expect(try site.post("/account/teams", [.init("name", "Stale"), .init("handle", "stale-team")], as: stale).status == 303)
        let place = try site.database.transaction(.platform, .readOnly) { tx in
            try MembershipTable.places(of: stale.member ?? newID(), in: tx).first { $0.isTeam }?.tenant
        }
        let owner = try stand.at(stale, try #require(place))
        let asked = try stand.invite("x@example.org", by: owner)
        #expect(asked.status == 403 && asked.text.contains("x@example.org") && asked.text.contains("Confirm that it is you"))
        let problem = try stand.json("POST", "/invitations", ["email": "x@example.org", "role": "viewer"], as: owner)
        #expect(problem.status == 403 && problem.text.contains("/docs/api#step-up-required"))
        #expect(try MailReader(site: site).letters(to: "x@example.org").isEmpty)
    }

    @Test func whoIsRemovedIsOutAtOnce() throws {
        let stand = try TeamStand()
        let site = stand.site, ada = try stand.at(stand.ada, stand.team)
        try stand.join(stand.beta, "beta", as: .author)
        let beta = try stand.working(stand.beta), member = try #require(stand.beta.member)
        let token = APITokenText()
        try site.database.transaction(.tenant(stand.team), .readWrite) { tx in
            _ = try tx.run(Self.insertToken, .uuid(stand.team), .uuid(newID() as ID<APIToken>), .uuid(member), .digest(token.digest))
        }
        let headers: Headers = ["authorization": "Bearer " + token.text.reveal()]
        #expect(try site.send("GET", "/api/v1/team/members", headers: headers).status == 200)
        #expect(try site.get("/account/team", as: beta).text.contains("@owen"))
        // A stream asks this before every look.
        let session = try #require(stand.beta.session)
        func holds() throws -> Bool {
            try site.database.transaction(.tenant(stand.team), .readOnly) { tx in
                try LoginSessionTable.holds(session, for: stand.team, at: SystemClock().now(), in: tx)
            }
        }
        #expect(try holds())
        #expect(try site.post("/account/team/members/\(member)/removal", as: ada).status == 303)
        #expect(try !holds())
        #expect(try site.send("GET", "/api/v1/team/members", headers: headers).status == 401)
        // Every page says so, with their own account in place of the team's, until they have taken note.
        let told = "You are no longer in @crew"
        #expect(try site.get("/account/team", as: stand.beta).text.contains("A personal account has one member"))
        #expect(try site.get("/studio", as: stand.beta).text.contains(told))
        #expect(try !site.get("/studio", as: stand.ada).text.contains(told))
        // The page that is still open gets a clear answer, and writes nowhere.
        let late = try site.post("/studio/skills", [.init("template", "blank")], as: beta)
        #expect(late.status == 403 && late.text.contains("switched accounts"))
        let letters = try MailReader(site: site).letters(to: "beta@example.org").map(\.subject)
        #expect(letters.last == "You are no longer in @crew")
        // Who joins again starts at home: the browser works for the team when its member says so.
        try stand.join(stand.beta, "beta", as: .viewer)
        let again = try site.get("/account/team", as: stand.beta).text
        #expect(again.contains("A personal account has one member") && !again.contains(told))
    }

    private static let insertToken = Statement("test.team_token", """
        INSERT INTO api_tokens (tenant_id, token_id, member_id, name, token_sha256, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, 'test', $4, ARRAY['team:read'], now(), now() + interval '1 hour')
        """)

    @Test func aTeamMayAskForASecondFactor() throws {
        let stand = try TeamStand()
        let site = stand.site, ada = try stand.at(stand.ada, stand.team)
        let plain = try site.member("plain", hasFactor: false)
        try stand.join(plain, "plain", as: .author)
        let member = try stand.working(plain)
        #expect(try site.get("/account/team", as: ada).text.contains("locked out until they set one up: <strong>@plain</strong>"))
        #expect(try site.post("/account/team/second-factor", [.init("required", "1")], as: ada).status == 303)
        let refused = try site.get("/studio", as: member)
        #expect(refused.status == 403 && refused.text.contains("@crew asks for a second factor") || refused.text.contains("Set up an authenticator app"))
        // Their own account stays open: they see why, can set one up, go home or leave.
        #expect(try site.get("/account/teams", as: member).text.contains("Asks for a second factor"))
        let late = try site.member("late", hasFactor: false)
        try stand.join(late, "late", as: .viewer)
        #expect(try stand.roles()["late"] == .viewer)
        #expect(try site.post("/account/teams/\(stand.team)/leaving", as: member).status == 303)
        #expect(try site.post("/account/team/second-factor", [.init("required", "0")], as: ada).status == 303)
        #expect(try stand.acts(of: stand.team).contains("team.second_factor_required"))
        // Who has none cannot ask for it.
        let owner = try site.member("bare-owner", hasFactor: false)
        try stand.join(owner, "bare-owner", as: .owner)
        let bare = try stand.working(owner)
        #expect(try site.post("/account/team/second-factor", [.init("required", "1")], as: bare).status == 403)
        #expect(try site.get("/account/team", as: bare).text.contains("once you have one yourself"))
    }

    @Test func aTeamEndsOnlyWhenNothingIsPublished() throws {
        let stand = try TeamStand()
        let site = stand.site, ada = try stand.at(stand.ada, stand.team)
        let wrong = try site.post("/account/team/deletion", [.init("confirmation", "<i>crow")], as: ada)
        #expect(wrong.status == 422 && wrong.text.contains("Type crew to delete @crew") && !wrong.text.contains("<i>"))
        #expect(try site.post("/account/team/deletion", [.init("confirmation", "crew")], as: ada).headers["location"] == "/account/teams?done=deleted")
        #expect(try site.get("/account/team", as: stand.ada).text.contains("A personal account has one member"))
        #expect(try site.get("/@crew").status == 404 && site.get("/api/v1/authors/crew").status == 404)
        #expect(try site.post("/account/teams", [.init("name", "Crew"), .init("handle", "crew")], as: stand.ada).status == 422)
        #expect(try MailReader(site: site).letters(to: "owen@example.org").last?.subject == "You are no longer in @crew")
        #expect(try stand.acts(of: stand.team).last == "team.deleted")
    }
}
