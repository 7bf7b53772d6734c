import Base
import HTTP
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct StudioAPITests {
    @Test func writesNeedAMemberAndTheirToken() throws {
        let api = try APIFixture()
        for (method, path) in [("GET", "/studio/skills"), ("GET", "/runs")] {
            #expect(try api.call(method, path).status == 401)
        }
        // Without a token of the session, whoever sends it.
        for path in ["/studio/skills", "/runs", "/forks"] {
            #expect(try api.call("POST", path, [:]).status == 401)
            let forged = TestSite.Reader(cookie: api.alpha.cookie, formToken: api.beta.formToken, tenant: api.alpha.tenant)
            #expect(try api.call("POST", path, [:], as: forged).status == 403)
        }
    }

    @Test func versionsGrowWhenSomethingChanged() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        let same = try api.call("PUT", "/studio/skills/\(id)", APIFixture.skill(), as: api.alpha)
        #expect(same.status == 200 && same.json["version"]?.int == 1)
        let changed = try api.call("PUT", "/studio/skills/\(id)", APIFixture.skill(note: "Sell."), as: api.alpha)
        #expect(changed.status == 200 && changed.json["version"]?.int == 2)
        #expect(changed.json["source"]?["skill_md"]?.string?.hasSuffix("Sell.") == true)
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha).status == 409)
        #expect(try api.call("GET", "/studio/skills", as: api.alpha).items.count == 1)
    }

    @Test func anotherMembersSkillIsAsAbsentAsNone() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        let missing = "01900000-0000-7000-8000-000000000009"
        let calls: [(String, String, JSON?)] = [
            ("GET", "", nil), ("PUT", "", APIFixture.skill()), ("POST", "/publication", ["visibility": "public"]),
        ]
        for (method, tail, body) in calls {
            let foreign = try api.call(method, "/studio/skills/\(id)\(tail)", body, as: api.beta)
            let absent = try api.call(method, "/studio/skills/\(missing)\(tail)", body, as: api.beta)
            #expect(foreign.status == 404 && absent.status == 404)
            #expect(foreign.json["detail"] == absent.json["detail"])
        }
        #expect(try api.call("GET", "/studio/skills", as: api.beta).items.isEmpty)
    }

    @Test func problemsNameTheLine() throws {
        let api = try APIFixture()
        let text = try #require(APIFixture.skill()["skill_md"]?.string)
        let unknown = try api.call("POST", "/studio/skills", ["skill_md": .string(text.replacing("cadence", with: "cadense"))], as: api.alpha)
        #expect(unknown.status == 422 && unknown.errors.values.contains { $0.hasPrefix("Line 8:") }, "\(unknown.json.text)")
        let model = try api.call("POST", "/studio/skills", APIFixture.skill(model: "acme/large"), as: api.alpha)
        #expect(model.errors["model"]?.hasPrefix("Line 5: Only reference models") == true, "\(model.json.text)")
        let misspelt = try api.call("POST", "/studio/skills", ["skill_md": .string(text), "entri": "x"], as: api.alpha)
        #expect(misspelt.status == 422 && misspelt.errors["entri"] != nil)
        #expect(try api.call("POST", "/studio/skills", ["entry": 3], as: api.alpha).errors.keys.sorted() == ["entry", "skill_md"])
        #expect(try api.call("POST", "/studio/skills", [1], as: api.alpha).status == 400)
    }

    @Test func publicationsAreChecked() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        let path = "/studio/skills/\(id)/publication"
        #expect(try api.call("POST", path, ["visibility": "secret"], as: api.alpha).errors["visibility"] != nil)
        #expect(try api.call("POST", path, [:], as: api.alpha).errors["visibility"] != nil)
        #expect(try api.call("POST", path, ["visibility": "public", "version": 4], as: api.alpha).errors["version"] != nil)
        let run = try api.publish(id, as: api.alpha)
        #expect(try api.publish(id, as: api.alpha, visibility: "unlisted") == run)
        #expect(try api.call("GET", "/skills").items.isEmpty)
    }

    @Test func forksNameTheirSource() throws {
        let api = try APIFixture()
        _ = try api.publish(try api.create(as: api.alpha), as: api.alpha)
        let fork = try api.call("POST", "/forks", ["handle": "alpha", "slug": "drift", "new_slug": "my-drift"], as: api.beta)
        #expect(fork.status == 201 && fork.json["slug"]?.string == "my-drift")
        #expect(fork.json["forked_from"]?["address"]?.string == "@alpha/drift" && fork.json["forked_from"]?["version"]?.int == 1)
        #expect(fork.response.headers["location"] == fork.json["id"]?.string.map { "/api/v1/studio/skills/\($0)" })
        #expect(try api.call("POST", "/forks", ["handle": "alpha", "slug": "none"], as: api.beta).status == 404)
        _ = try api.publish(try #require(fork.json["id"]?.string), as: api.beta)
        #expect(try api.call("GET", "/skills/beta-b/my-drift").json["forked_from"]?["handle"]?.string == "alpha")
        #expect(try api.call("GET", "/skills/alpha/drift").json["forks"]?.int == 1)
    }
}
