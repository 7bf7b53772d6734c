import Base
import HTTP
import Site
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct ConditionalTests {
    @Test func whatIsKnownIsNotSentAgain() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        _ = try api.publish(id, as: api.alpha)
        for path in ["/studio/skills", "/studio/skills/\(id)", "/runs", "/candles", "/skills", "/authors/alpha", "/skills/alpha/drift",
                     "/skills/alpha/drift/versions", "/skills/alpha/drift/versions/1", "/account/tokens"] {
            let first = try api.call("GET", path, as: api.alpha)
            let tag = try #require(first.response.headers["etag"], "\(path)")
            #expect(first.response.finalHeaders["cache-control"] == "private, no-cache")
            for condition in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let again = try api.call("GET", path, as: api.alpha, headers: ["if-none-match": condition])
                #expect(again.status == 304 && again.response.bytes.isEmpty && again.response.headers["etag"] == tag, "\(path)")
            }
            #expect(try api.call("GET", path, as: api.alpha, headers: ["if-none-match": "\"x\""]).status == 200)
        }
        #expect(try api.call("GET", "/runs/nothing", as: api.alpha).response.headers["etag"] == nil)
    }

    @Test func aSkillIsSavedOverWhatWasRead() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        let path = "/studio/skills/\(id)"
        let tag = try #require(try api.call("GET", path, as: api.alpha).response.headers["etag"])
        #expect(tag.hasPrefix("\"1-"))
        func save(_ note: String, _ condition: String) throws -> APIFixture.Answer {
            try api.call("PUT", path, APIFixture.skill(note: note), as: api.alpha, headers: ["if-match": condition])
        }
        for condition in ["\"2-0123456789abcdef\"", "W/\(tag)", "\"nonsense\"", "", "1", "\"11-0123456789abcdef\""] {
            let refused = try save("Sell.", condition)
            #expect(refused.status == 412 && refused.json["type"]?.string == "/docs/api#conditional-requests", "\(condition)")
        }
        // Publishing changes what is read, not what would be overwritten.
        _ = try api.publish(id, as: api.alpha)
        #expect(try api.call("GET", path, as: api.alpha, headers: ["if-none-match": tag]).status == 200)
        let saved = try save("Sell.", tag)
        #expect(saved.status == 200 && saved.response.headers["etag"]?.hasPrefix("\"2-") == true)
        #expect(try save("Hold.", tag).status == 412, "somebody else was faster")
        #expect(try save("Hold.", "\"x\", \(saved.response.headers["etag"] ?? "")").json["version"]?.int == 3)
        #expect(try save("Wait.", "*").json["version"]?.int == 4)
        #expect(try api.call("PUT", path, APIFixture.skill(), as: api.beta, headers: ["if-match": "*"]).status == 404)
    }

    @Test func ofTwoWhoSaveAtOnceOneIsRefused() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        let tag = try #require(try api.call("GET", "/studio/skills/\(id)", as: api.alpha).response.headers["etag"])
        var headers = try api.token(of: api.alpha).headers
        headers.set("content-type", "application/json")
        headers.set("if-match", tag)
        let sent = headers, site = api.site.site, clone = api.site.clone
        let statuses = Counts()
        try inParallel(8) {
            let body = Array(APIFixture.skill(note: "Sell \(UInt64.random(in: 0 ... .max)).").text.utf8)
            let request = try Request(method: "PUT", target: "/api/v1/studio/skills/\(id)", headers: sent, body: body)
            statuses.add(site.respond(request, on: .init { try clone.connect(.web) }).status)
        }
        #expect(statuses.all == [200: 1, 412: 7])
    }
}
