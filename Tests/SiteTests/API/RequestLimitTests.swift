import Base
import HTTP
import Site
import Synchronization
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct RequestLimitTests {
    /// A clock that a test moves. It begins 18 s into a minute.
    private final class HandClock: Clock {
        private let time: Mutex<Instant>
        init() {
            let now = SystemClock().now()
            time = Mutex(now.advanced(byMilliseconds: 18_000 - now.milliseconds % 60_000))
        }
        func now() -> Instant { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 = $0.advanced(byMilliseconds: seconds * 1_000) } }
    }

    @Test func everyAnswerTellsWhatIsLeft() throws {
        let api = try APIFixture(limits: RequestLimits(perToken: 5, perAccount: 7, perNetwork: 100), clock: HandClock())
        let token = try api.token(of: api.alpha)
        let answer = try api.call("GET", "/runs", headers: token.headers)
        #expect(answer.response.headers["ratelimit-policy"] == "\"token\";q=5;w=60, \"account\";q=7;w=60, \"network\";q=100;w=60")
        #expect(answer.response.headers["ratelimit"] == "\"token\";r=4;t=42, \"account\";r=6;t=42, \"network\";r=99;t=42")
        // Errors count, and say so too.
        let refused = try api.call("GET", "/runs/nothing", headers: token.headers)
        #expect(refused.status == 404 && refused.response.headers["ratelimit"]?.hasPrefix("\"token\";r=3;t=42") == true)
        let unknown = try api.call("GET", "/runs", headers: ["authorization": "Bearer x"])
        #expect(unknown.status == 401 && unknown.response.headers["ratelimit"] == "\"network\";r=97;t=42")
        #expect(try api.call("GET", "/runs", as: api.alpha).response.headers["ratelimit"] == "\"account\";r=4;t=42, \"network\";r=96;t=42")
        // What nginx may keep for everybody tells nothing of one.
        let shared = try api.call("GET", "/skills")
        #expect(shared.response.headers["ratelimit"] == nil && shared.response.headers["ratelimit-policy"] == "\"network\";q=100;w=60")
        #expect(try api.site.get("/skills").headers["ratelimit-policy"] == nil, "pages are not the API")
    }

    @Test func oneTooManyIsRefusedUntilTheMinuteEnds() throws {
        let clock = HandClock()
        let api = try APIFixture(limits: RequestLimits(perToken: 3, perAccount: 5, perNetwork: 100), clock: clock)
        let token = try api.token(of: api.alpha), second = try api.token(of: api.alpha), other = try api.token(of: api.beta)
        for _ in 0..<3 { #expect(try api.call("GET", "/runs", headers: token.headers).status == 200) }
        for _ in 0..<2 {
            let refused = try api.call("GET", "/runs", headers: token.headers)
            #expect(refused.status == 429 && refused.response.headers["retry-after"] == "42")
            #expect(refused.json["type"]?.string == "/docs/api#rate-limits" && refused.response.headers["ratelimit"]?.contains("\"token\";r=0") == true)
        }
        // The fourth counted for the account; the fifth was known to be too many and did not.
        #expect(try api.call("GET", "/runs", headers: second.headers).status == 200)
        let account = try api.call("GET", "/runs", headers: second.headers)
        #expect(account.status == 429 && account.json["detail"]?.string?.contains("account") == true)
        #expect(try api.call("GET", "/runs", headers: other.headers).status == 200)
        clock.advance(seconds: 41)
        #expect(try api.call("GET", "/runs", headers: token.headers).status == 429)
        clock.advance(seconds: 1)
        let fresh = try api.call("GET", "/runs", headers: token.headers)
        #expect(fresh.status == 200 && fresh.response.headers["ratelimit"]?.hasPrefix("\"token\";r=2;t=60") == true)
    }

    @Test func aNetworkIsLimitedWhoeverAsks() throws {
        let api = try APIFixture(limits: RequestLimits(perNetwork: 4), clock: HandClock())
        for _ in 0..<4 { #expect(try api.call("GET", "/runs", headers: ["authorization": "Bearer guess"]).status == 401) }
        #expect(try api.call("GET", "/skills").status == 429)
        let far = try Request(method: "GET", target: "/api/v1/skills", remoteAddress: "192.0.2.7")
        #expect(api.site.site.respond(far, on: api.site.database).status == 200)
        #expect(try api.site.get("/skills").status == 200, "pages go on")
    }

    @Test func processesCountTogether() throws {
        let clock = HandClock()
        let api = try APIFixture(limits: RequestLimits(perNetwork: 40), clock: clock)
        let site = api.site.site, clone = api.site.clone
        let statuses = Mutex<[Int]>([])
        try inParallel(16) {
            let database = Database { try clone.connect(.web) }
            for _ in 0..<5 {
                let answer = site.respond(try Request(method: "GET", target: "/api/v1/candles"), on: database)
                statuses.withLock { $0.append(answer.status) }
            }
        }
        let all = statuses.withLock { $0 }
        #expect(all.count { $0 == 200 } == 40 && all.count { $0 == 429 } == 40)
    }

    @Test func aFailedCountShutsNobodyOut() throws {
        let api = try APIFixture(clock: HandClock())
        try api.change("REVOKE INSERT ON request_counts FROM tradecraft_web", in: api.alpha.tenant)
        let answer = try api.call("GET", "/candles")
        #expect(answer.status == 200 && answer.response.headers["ratelimit"] == nil)
    }
}
