import Base
import HTTP
import Marketplace
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct BearerTests {
    @Test func aTokenNeedsNoCookieAndNoFormToken() throws {
        let api = try APIFixture()
        let token = try api.token(of: api.alpha)
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(), headers: token.headers).status == 201)
        #expect(try api.call("GET", "/studio/skills", headers: token.headers).items.count == 1)
        #expect(try api.call("GET", "/studio/skills", as: api.beta).items.isEmpty)
    }

    @Test func malformedHeadersAreRefused() throws {
        let api = try APIFixture()
        let good = try #require(try api.token(of: api.alpha).headers["authorization"])
        let text = String(good.dropFirst(7))
        let cut = String(text.dropLast())
        let changed = String(text.dropLast()) + (text.hasSuffix("A") ? "B" : "A")
        for header in [
            "", "Bearer", "Bearer ", text, "Basic \(text)", "Bearer \(text) more", "Bearer \(cut)", "Bearer \(changed)",
            "Bearer \(text)A", "Bearer\t\(text)", "Bearer tc_\(String(repeating: "A", count: 49))", "Bearer \(text.lowercased())",
        ] {
            let answer = try api.call("GET", "/runs", headers: ["authorization": header])
            #expect(answer.status == 401, "\(header.count) characters")
            #expect(answer.response.headers["www-authenticate"] == "Bearer realm=\"tradecraft\", error=\"invalid_token\"")
            #expect(answer.json["type"]?.string == "/docs/api#tokens")
        }
        var two = Headers()
        two.append("authorization", good)
        two.append("authorization", good)
        #expect(try api.call("GET", "/runs", headers: two).status == 401)
        #expect(try api.call("GET", "/runs", headers: ["authorization": "bEARER   \(text)"]).status == 200)
    }

    @Test func whatNoLongerHoldsOpensNothing() throws {
        let api = try APIFixture()
        let expired = try api.token(of: api.alpha, expires: -1)
        #expect(try api.call("GET", "/runs", headers: expired.headers).status == 401)
        let revoked = try api.token(of: api.alpha)
        #expect(try api.call("GET", "/runs", headers: revoked.headers).status == 200)
        #expect(try api.call("DELETE", "/account/tokens/\(revoked.id)", as: api.alpha).status == 204)
        #expect(try api.call("GET", "/runs", headers: revoked.headers).status == 401)
        // A public address refuses it too: whoever sends a token means to be somebody.
        #expect(try api.call("GET", "/skills", headers: revoked.headers).status == 401)

        let suspended = try api.token(of: api.alpha)
        try api.change("UPDATE members SET state = 'suspended' WHERE tenant_id = app.tenant_id()", in: api.alpha.tenant)
        #expect(try api.call("GET", "/runs", headers: suspended.headers).status == 401)
        let removed = try api.token(of: api.beta)
        #expect(try api.call("GET", "/runs", headers: removed.headers).status == 200)
        try api.change("DELETE FROM memberships WHERE tenant_id = app.tenant_id()", in: api.beta.tenant)
        #expect(try api.call("GET", "/runs", headers: removed.headers).status == 401)
    }

    @Test func scopesAndRolesBothBind() throws {
        let api = try APIFixture()
        let reading = try api.token(of: api.alpha, scopes: [.runsRead])
        let refused = try api.call("GET", "/studio/skills", headers: reading.headers)
        #expect(refused.status == 403 && refused.json["type"]?.string == "/docs/api#token-scopes")
        #expect(refused.response.headers["www-authenticate"]?.contains("insufficient_scope") == true)
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(), headers: reading.headers).status == 403)
        // Sessions alone make and list tokens.
        let whole = try api.token(of: api.alpha)
        for (method, path) in [("GET", "/account/tokens"), ("POST", "/account/tokens"), ("DELETE", "/account/tokens/\(whole.id)")] {
            #expect(try api.call(method, path, [:], headers: whole.headers).status == 403, "\(method)")
        }
        // A role taken away takes it from the token.
        try api.change("UPDATE memberships SET role = 'viewer' WHERE tenant_id = app.tenant_id()", in: api.alpha.tenant)
        let viewer = try api.call("POST", "/studio/skills", APIFixture.skill(), headers: whole.headers)
        #expect(viewer.status == 403 && viewer.json["type"]?.string == "/docs/api#roles")
        #expect(try api.call("GET", "/studio/skills", headers: whole.headers).status == 200)
    }

    @Test func aTokenWinsOverACookieAndMeansNothingToPages() throws {
        let api = try APIFixture()
        let token = try api.token(of: api.alpha)
        _ = try api.create(as: api.alpha)
        var both = token.headers
        both.set("cookie", api.beta.cookie)
        #expect(try api.call("GET", "/studio/skills", headers: both).items.count == 1, "the token's member is meant")
        // No form token is asked for, though a session's cookie is there.
        both.set("sec-fetch-site", "cross-site")
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(slug: "second"), headers: both).status == 201)
        both.set("authorization", "Bearer nonsense")
        #expect(try api.call("GET", "/studio/skills", headers: both).status == 401, "never taken for the cookie's")
        #expect(try api.site.get("/studio", headers: token.headers).status == 303)
        #expect(try api.site.get("/account/tokens", headers: token.headers).status == 303)
    }

    @Test func tokensOfOneTenantSeeNothingOfAnother() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        let foreign = try api.token(of: api.beta), own = try api.token(of: api.alpha)
        #expect(try api.call("GET", "/studio/skills/\(id)", headers: foreign.headers).status == 404)
        #expect(try api.call("GET", "/studio/skills/\(id)", headers: own.headers).status == 200)
        #expect(try api.call("DELETE", "/account/tokens/\(own.id)", as: api.beta).status == 404)
        #expect(try api.call("GET", "/account/tokens", as: api.beta).items.count == 1)
    }

    @Test func usesAreNoted() throws {
        let api = try APIFixture()
        let token = try api.token(of: api.alpha)
        #expect(try api.call("GET", "/account/tokens", as: api.alpha).items.first?["last_used_at"]?.isNull == true)
        _ = try api.call("GET", "/runs", headers: token.headers)
        let row = try #require(try api.call("GET", "/account/tokens", as: api.alpha).items.first)
        #expect(row["last_used_at"]?.string != nil && row["last_network"]?.string == "127.0.0.1" && row["is_expired"]?.bool == false)
    }
}
