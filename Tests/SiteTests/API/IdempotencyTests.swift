import Base
import HTTP
import Site
import Synchronization
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct IdempotencyTests {
    private func key(_ text: String) -> Headers { ["idempotency-key": text] }

    @Test func aRepeatedWriteHappensOnce() throws {
        let api = try APIFixture()
        let first = try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key("one"))
        let again = try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key("one"))
        #expect(first.status == 201 && first.response.headers["idempotent-replayed"] == nil)
        #expect(again.status == 201 && again.response.headers["idempotent-replayed"] == "true")
        #expect(again.response.bytes == first.response.bytes)
        for name in ["location", "etag", "content-type"] { #expect(again.response.headers[name] == first.response.headers[name], "\(name)") }
        // The same by a token of the same member, and after the skill has changed.
        let id = try #require(first.json["id"]?.string)
        #expect(try api.call("PUT", "/studio/skills/\(id)", APIFixture.skill(note: "Sell."), as: api.alpha, headers: key("two")).json["version"]?.int == 2)
        var headers = try api.token(of: api.alpha).headers
        headers.set("idempotency-key", "one")
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(), headers: headers).response.bytes == first.response.bytes)
        #expect(try api.call("GET", "/studio/skills", as: api.alpha).items.count == 1)
    }

    @Test func anotherRequestUnderTheKeyIsRefused() throws {
        let api = try APIFixture()
        let id = try #require(try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key("k")).json["id"]?.string)
        for (method, path, body): (String, String, JSON) in [
            ("POST", "/studio/skills", APIFixture.skill(slug: "other")), ("PUT", "/studio/skills/\(id)", APIFixture.skill()),
            ("POST", "/studio/skills?a=1", APIFixture.skill()), ("POST", "/forks", ["handle": "alpha", "slug": "drift"]),
        ] {
            let answer = try api.call(method, path, body, as: api.alpha, headers: key("k"))
            #expect(answer.status == 422 && answer.json["type"]?.string == "/docs/api#idempotency", "\(method) \(path) \(answer.json.text)")
        }
        #expect(try api.call("GET", "/studio/skills", as: api.alpha).items.count == 1)
    }

    @Test func aFailedRequestLeavesTheKeyFree() throws {
        let api = try APIFixture()
        #expect(try api.call("POST", "/forks", ["handle": "alpha", "slug": "drift"], as: api.beta, headers: key("k")).status == 404)
        _ = try api.publish(try api.create(as: api.alpha), as: api.alpha)
        let made = try api.call("POST", "/forks", ["handle": "alpha", "slug": "drift"], as: api.beta, headers: key("k"))
        #expect(made.status == 201 && made.response.headers["idempotent-replayed"] == nil)
    }

    @Test func keysBelongToOneMemberOfOneTenant() throws {
        let api = try APIFixture()
        let one = try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key("k"))
        let other = try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.beta, headers: key("k"))
        #expect(one.status == 201 && other.status == 201 && one.json["id"] != other.json["id"])
    }

    @Test func keysAreVisibleCharacters() throws {
        let api = try APIFixture()
        for text in ["", "a b", String(repeating: "k", count: 256), "schlüssel", "a\tb"] {
            let answer = try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key(text))
            #expect(answer.status == 400 && answer.json["type"]?.string == "/docs/api#idempotency", "\(text.count)")
        }
        var two = Headers()
        two.append("idempotency-key", "a")
        two.append("idempotency-key", "b")
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: two).status == 400)
        let longest = String(repeating: "~", count: 255)
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key(longest)).status == 201)
        // Reading takes no notice.
        #expect(try api.call("GET", "/studio/skills", as: api.alpha, headers: key("")).status == 200)
    }

    @Test func answersAreSealed() throws {
        let api = try APIFixture()
        let made = try api.call(
            "POST", "/account/tokens", ["name": "Bot", "scopes": ["runs:read"]], as: api.alpha, headers: key("k"))
        let text = try #require(made.json["token"]?.string)
        let again = try api.call(
            "POST", "/account/tokens", ["name": "Bot", "scopes": ["runs:read"]], as: api.alpha, headers: key("k"))
        #expect(again.json["token"]?.string == text && again.response.headers["idempotent-replayed"] == "true")
        let readable = """
            SELECT count(*) FROM idempotency_keys
             WHERE position('\(text)'::bytea IN sealed_answer) > 0 OR position('\(text.dropFirst(3))'::bytea IN sealed_answer) > 0
            """
        #expect(try api.number(readable, in: api.alpha.tenant) == 0)
        #expect(try api.number("SELECT count(*) FROM idempotency_keys WHERE sealed_answer IS NOT NULL", in: api.alpha.tenant) == 1)
        // Moved to another key of the same tenant it does not open.
        _ = try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key("other"))
        try api.change(
            "UPDATE idempotency_keys a SET sealed_answer = b.sealed_answer FROM idempotency_keys b WHERE a.key_sha256 <> b.key_sha256",
            in: api.alpha.tenant)
        #expect(try api.call("POST", "/studio/skills", APIFixture.skill(), as: api.alpha, headers: key("other")).status == 500)
    }

    @Test func fiftyAtOnceMakeOneEffect() throws {
        let api = try APIFixture()
        let site = api.site.site, clone = api.site.clone
        var headers = try api.token(of: api.alpha).headers
        headers.set("content-type", "application/json")
        headers.set("idempotency-key", "parallel")
        let sent = headers
        let body = Array(APIFixture.skill().text.utf8)
        let answers = Mutex<[(status: Int, body: [UInt8], isReplay: Bool)]>([])
        try inParallel(50) {
            let database = Database { try clone.connect(.web) }
            let request = try Request(method: "POST", target: "/api/v1/studio/skills", headers: sent, body: body)
            let answer = site.respond(request, on: database)
            answers.withLock { $0.append((answer.status, answer.bytes, answer.headers["idempotent-replayed"] != nil)) }
        }
        let all = answers.withLock { $0 }
        #expect(all.count == 50 && all.allSatisfy { $0.status == 201 && $0.body == all[0].body })
        #expect(all.count { !$0.isReplay } == 1)
        #expect(try api.call("GET", "/studio/skills", as: api.alpha).items.count == 1)
    }
}
