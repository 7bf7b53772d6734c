import Base
import HTTP
import Marketplace
import Postgres
import Site
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct TokenTests {
    private static let order: JSON = ["name": "Nightly", "scopes": ["runs:read", "skills:read", "runs:read"], "expires_in_days": 7]

    @Test func aTokenIsShownOnce() throws {
        let api = try APIFixture()
        let made = try api.call("POST", "/account/tokens", Self.order, as: api.alpha)
        let text = try #require(made.json["token"]?.string, "\(made.json.text)")
        #expect(made.status == 201 && text.hasPrefix("tc_") && text.utf8.count == 52)
        #expect(made.json["scopes"]?.array?.compactMap(\.string) == ["skills:read", "runs:read"])
        #expect(try api.call("GET", "/runs", headers: ["authorization": "Bearer \(text)"]).status == 200)
        let list = try api.call("GET", "/account/tokens", as: api.alpha)
        #expect(list.items.count == 1 && !list.json.text.contains(text) && list.items[0]["token"] == nil)
        #expect(!(try api.site.get("/account/tokens", as: api.alpha).text.contains(text)))
        #expect(!api.site.lines.all.contains { $0.contains(text) })
        // Neither the token nor anything that opens it is in the database.
        #expect(try api.number("SELECT count(*) FROM api_tokens t WHERE t::text LIKE '%\(text)%'", in: api.alpha.tenant) == 0)
        #expect(try api.number("SELECT count(*) FROM audit_events WHERE action = 'token.made'", in: api.alpha.tenant) == 1)
        #expect(try api.number("SELECT count(*) FROM jobs WHERE kind LIKE '%ail%'", in: api.alpha.tenant) == 1, "its member is told")
    }

    @Test func ordersAreChecked() throws {
        let api = try APIFixture()
        for (body, field): (JSON, String) in [
            (["name": "", "scopes": ["runs:read"]], "name"), (["name": " ", "scopes": ["runs:read"]], "name"),
            (["name": .string(String(repeating: "n", count: 81)), "scopes": ["runs:read"]], "name"),
            (["name": "a\nb", "scopes": ["runs:read"]], "name"), (["name": "a", "scopes": []], "scopes"),
            (["name": "a", "scopes": ["runs:fly"]], "scopes"), (["name": "a", "scopes": [1]], "scopes"), (["name": "a"], "scopes"),
            (["name": "a", "scopes": "runs:read"], "scopes"),
            (["name": "a", "scopes": ["runs:read"], "expires_in_days": 8], "expires_in_days"),
            (["name": "a", "scopes": ["runs:read"], "expires_in_days": "7"], "expires_in_days"),
            (["name": "a", "scopes": ["runs:read"], "days": 7], "days"),
        ] {
            let answer = try api.call("POST", "/account/tokens", body, as: api.alpha)
            #expect(answer.status == 422 && answer.errors[field] != nil, "\(body.text) \(answer.json.text)")
        }
        #expect(try api.call("GET", "/account/tokens", as: api.alpha).items.isEmpty)
    }

    @Test func makingOneNeedsAVerifiedAddressAndAProof() throws {
        let api = try APIFixture()
        let unverified = try api.site.member("gamma", isVerified: false)
        #expect(try api.call("POST", "/account/tokens", Self.order, as: unverified).json["type"]?.string == "/docs/api#verified-address")
        let stale = try api.site.member("delta", provedAt: SystemClock().now().advanced(byMilliseconds: -301_000))
        let refused = try api.call("POST", "/account/tokens", Self.order, as: stale)
        #expect(refused.status == 403 && refused.json["type"]?.string == "/docs/api#step-up-required")
        let page = try api.site.post("/account/tokens", [.init("name", "Nightly"), .init("scope", "runs:read"), .init("expires_in_days", "7")], as: stale)
        #expect(page.status == 403 && page.text.contains("value=\"Nightly\"") && page.text.contains("value=\"runs:read\""))
    }

    @Test func aRoleLimitsWhatCanBeChosen() throws {
        let api = try APIFixture()
        try api.change("UPDATE memberships SET role = 'viewer' WHERE tenant_id = app.tenant_id()", in: api.alpha.tenant)
        let answer = try api.call("POST", "/account/tokens", ["name": "a", "scopes": ["skills:write"]], as: api.alpha)
        #expect(answer.status == 422 && answer.errors["scopes"]?.contains("viewer") == true)
        let page = try api.site.get("/account/tokens", as: api.alpha)
        #expect(page.status == 200 && page.text.contains("runs:read") && !page.text.contains("value=\"skills:write\""))
        #expect(try api.call("POST", "/account/tokens", ["name": "a", "scopes": ["skills:read"]], as: api.alpha).status == 201)
    }

    @Test func fiftyAtMostStillWork() throws {
        let api = try APIFixture()
        for _ in 0..<Limits.liveTokensMax { _ = try api.token(of: api.alpha) }
        let refused = try api.call("POST", "/account/tokens", Self.order, as: api.alpha)
        #expect(refused.status == 409 && refused.json["detail"]?.string?.contains("50 tokens") == true)
        let page = try api.site.post("/account/tokens", [.init("name", "x"), .init("scope", "runs:read"), .init("expires_in_days", "7")], as: api.alpha)
        #expect(page.status == 409 && page.text.contains("Revoke one"))
        // A page of the list at a time, each token once.
        var seen: [String] = [], cursor: String?
        repeat {
            let answer = try api.call("GET", "/account/tokens?limit=20" + (cursor.map { "&cursor=\($0)" } ?? ""), as: api.alpha)
            seen += answer.items.compactMap { $0["id"]?.string }
            cursor = answer.json["next_cursor"]?.string
        } while cursor != nil
        #expect(seen.count == 50 && Set(seen).count == 50)
        try api.change("UPDATE api_tokens SET revoked_at = now() WHERE tenant_id = app.tenant_id() AND token_id = $1::text::uuid", in: api.alpha.tenant, .text(seen[0]))
        #expect(try api.call("POST", "/account/tokens", Self.order, as: api.alpha).status == 201)
    }

    @Test func sixtyAtOnceMakeFifty() throws {
        let api = try APIFixture()
        let clone = api.site.clone, site = api.site.site
        var headers: Headers = ["content-type": "application/json", "x-form-token": api.alpha.formToken]
        headers.append("cookie", api.alpha.cookie)
        let sent = headers, body = Array(Self.order.text.utf8), counts = Counts()
        try inParallel(60) {
            let database = Database { try clone.connect(.web) }
            let request = try Request(method: "POST", target: "/api/v1/account/tokens", headers: sent, body: body)
            counts.add(site.respond(request, on: database).status)
        }
        #expect(counts.all == [201: 50, 409: 10])
        #expect(try api.number(
            "SELECT count(*) FROM api_tokens WHERE tenant_id = app.tenant_id() AND revoked_at IS NULL", in: api.alpha.tenant) == 50)
    }

    @Test func thePageMakesAndRevokes() throws {
        let api = try APIFixture()
        let empty = try api.site.get("/account/tokens", as: api.alpha)
        #expect(empty.status == 200 && empty.text.contains("No tokens yet"))
        let bad = try api.site.post("/account/tokens", [.init("name", "<b>"), .init("expires_in_days", "7")], as: api.alpha)
        #expect(bad.status == 422 && bad.text.contains("error-summary") && bad.text.contains("&lt;b&gt;"))
        let made = try api.site.post(
            "/account/tokens",
            [.init("name", "<b>Bot"), .init("scope", "runs:read"), .init("scope", "runs:write"), .init("expires_in_days", "30")], as: api.alpha)
        let text = try #require(made.text.firstMatch(of: /tc_[A-Za-z0-9_-]{49}/).map { String($0.output) })
        #expect(made.status == 201 && made.text.contains("&lt;b&gt;Bot") && made.finalHeaders["cache-control"] == "no-store")
        #expect(try api.call("GET", "/runs", headers: ["authorization": "Bearer \(text)"]).status == 200)
        _ = try api.token(of: api.alpha, expires: -1)
        let list = try api.site.get("/account/tokens", as: api.alpha)
        #expect(!list.text.contains(text) && list.text.contains("Last used") && list.text.contains(">Expired<") && list.text.contains("1 token works"))
        let id = try #require(try api.call("GET", "/account/tokens", as: api.alpha).items.last?["id"]?.string)
        for reader in [api.beta, api.alpha] {
            let answer = try api.site.post("/account/tokens/\(id)/revocation", as: reader)
            #expect(answer.status == (reader.cookie == api.alpha.cookie ? 303 : 404))
        }
    }
}
