import Base
import HTTP
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct SkillsAPITests {
    @Test func aPublishedSkillIsThereForEverybody() throws {
        let api = try APIFixture()
        let id = try api.create(as: api.alpha)
        #expect(try api.call("GET", "/skills").items.isEmpty)
        let run = try api.publish(id, as: api.alpha)
        let list = try api.call("GET", "/skills")
        #expect(list.items.map { $0["address"]?.string } == ["@alpha/drift"])
        #expect(list.json["next_cursor"]?.isNull == true)
        let skill = try api.call("GET", "/skills/alpha/drift")
        #expect(skill.json["evaluation"]?["run_id"]?.string == run && skill.json["evaluation"]?["state"]?.string == "queued")
        #expect(skill.json["source"]?["entry"]?.string?.hasPrefix("export function entry") == true)
        #expect(skill.json["synthetic"]?.bool == true && skill.json["trials"]?.int == 1)
        #expect(try api.call("GET", "/skills/alpha/drift/versions").items.map { $0["number"]?.int } == [1])
        #expect(try api.call("GET", "/skills/alpha/drift/versions/1").json["source"]?["skill_md"]?.string != nil)
        let author = try api.call("GET", "/authors/alpha")
        #expect(author.json["published"]?.int == 1 && author.json["skills"]?.array?.count == 1)
        for path in ["/skills/alpha/none", "/skills/nobody/drift", "/skills/alpha/drift/versions/2", "/skills/alpha/drift/versions/x",
                     "/authors/nobody", "/runs/none", "/nothing"] {
            let answer = try api.call("GET", path)
            #expect(answer.status == 404 && answer.response.headers["content-type"] == "application/problem+json", "\(path)")
        }
    }

    @Test func closedSourceStaysClosed() throws {
        let api = try APIFixture()
        _ = try api.publish(try api.create(APIFixture.skill(licence: "closed"), as: api.alpha), as: api.alpha)
        for path in ["/skills/alpha/drift", "/skills/alpha/drift/versions/1"] {
            let answer = try api.call("GET", path, as: api.beta)
            #expect(answer.json["source"]?.isNull == true && !answer.response.text.contains("export function"), "\(path)")
        }
        let fork = try api.call("POST", "/forks", ["handle": "alpha", "slug": "drift"], as: api.beta)
        #expect(fork.status == 403 && fork.json["detail"]?.string?.contains("closed licence") == true)
    }

    @Test func listsFilterSortAndPage() throws {
        let api = try APIFixture()
        for number in 1...5 { _ = try api.publish(try api.create(APIFixture.skill(slug: "drift-\(number)"), as: api.alpha), as: api.alpha) }
        _ = try api.publish(try api.create(APIFixture.skill(slug: "hidden"), as: api.alpha), as: api.alpha, visibility: "unlisted")
        #expect(try api.call("GET", "/skills/alpha/hidden").status == 200)
        for sort in ["evidence", "newest", "return", "drawdown"] {
            var seen: [String] = []
            var next = "/skills?sort=\(sort)&limit=2"
            while true {
                let page = try api.call("GET", next)
                seen += page.items.compactMap { $0["slug"]?.string }
                guard let cursor = page.json["next_cursor"]?.string else { break }
                next = "/skills?sort=\(sort)&limit=2&cursor=\(cursor)"
            }
            #expect(seen.sorted() == (1...5).map { "drift-\($0)" }, "\(sort)")
        }
        #expect(try api.call("GET", "/skills?model=agent").items.isEmpty)
        #expect(try api.call("GET", "/skills?q=drift-3").items.count == 1)
        #expect(try api.call("GET", "/skills?synthetic=false").items.isEmpty)
        #expect(try api.call("GET", "/skills?author=beta-b").items.isEmpty)
        #expect(try api.call("GET", "/skills?timeframe=1h&licence=open&model=helpers&synthetic=true&author=alpha").items.count == 5)
    }

    @Test(arguments: ["limit=0", "limit=101", "limit=x", "cursor=AAAA", "cursor=!", "sort=best", "timeframe=2h", "licence=free", "model=x", "synthetic=x"])
    func badQueriesAreRefusedByName(_ query: String) throws {
        let api = try APIFixture()
        let answer = try api.call("GET", "/skills?\(query)")
        #expect(answer.status == 422)
        #expect(answer.errors.keys.sorted() == [String(query.prefix { $0 != "=" })])
    }

    @Test func cursorsBelongToTheirOrder() throws {
        let api = try APIFixture()
        for number in 1...2 { _ = try api.publish(try api.create(APIFixture.skill(slug: "drift-\(number)"), as: api.alpha), as: api.alpha) }
        let cursor = try #require(try api.call("GET", "/skills?sort=newest&limit=1").json["next_cursor"]?.string)
        #expect(try api.call("GET", "/skills?sort=return&limit=1&cursor=\(cursor)").errors["cursor"] != nil)
    }

    @Test func candlesAreListed() throws {
        let answer = try APIFixture().call("GET", "/candles")
        let series = try #require(answer.items.first)
        #expect(series["instrument"]?.string == "SIM-ALPHA" && series["bars"]?.int == 2_880 && series["synthetic"]?.bool == true)
        #expect(series["from"]?.string == "2024-01-01T00:00:00Z" && series["to"]?.string == "2024-01-11T00:00:00Z")
    }
}
