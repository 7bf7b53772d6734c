import Base
import HTTP
import Site
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct RunsAPITests {
    private static let order: JSON = ["slug": "drift", "from": "2024-01-02", "to": "2024-01-05", "seed": 7]

    @Test func aRunIsOrderedReadAndCancelled() throws {
        let api = try APIFixture()
        _ = try api.create(as: api.alpha)
        let made = try api.call("POST", "/runs", Self.order, as: api.alpha)
        let id = try #require(made.json["id"]?.string)
        #expect(made.status == 202 && made.response.headers["location"] == "/api/v1/runs/\(id)")
        #expect(made.json["state"]?.string == "queued" && made.json["queue_position"]?.int == 1 && made.json["seed"]?.int == 7)
        #expect(made.json["from"]?.string == "2024-01-02T00:00:00Z" && made.json["stage"]?.string == "Next in the queue")
        #expect(try api.call("GET", "/runs", as: api.alpha).items.map { $0["id"]?.string } == [id])
        #expect(try api.call("GET", "/runs/\(id)/equity", as: api.alpha).status == 409)
        #expect(try api.call("GET", "/runs/\(id)/decisions", as: api.alpha).items.isEmpty)
        let cancelled = try api.call("DELETE", "/runs/\(id)", as: api.alpha)
        #expect(cancelled.status == 202 && cancelled.json["state"]?.string == "cancelled")
        #expect(try api.call("DELETE", "/runs/\(id)", as: api.alpha).status == 409)
    }

    @Test func anotherMembersRunIsAsAbsentAsNone() throws {
        let api = try APIFixture()
        _ = try api.create(as: api.alpha)
        let id = try #require(try api.call("POST", "/runs", Self.order, as: api.alpha).json["id"]?.string)
        let missing = "01900000-0000-7000-8000-000000000009"
        for reader in [api.beta, nil] {
            for tail in ["", "/equity", "/trades", "/decisions", "/decisions/1"] {
                let foreign = try api.call("GET", "/runs/\(id)\(tail)", as: reader)
                let absent = try api.call("GET", "/runs/\(missing)\(tail)", as: reader)
                #expect(foreign.status == 404 && absent.status == 404 && foreign.json["detail"] == absent.json["detail"], "\(tail)")
            }
        }
        #expect(try api.call("DELETE", "/runs/\(id)", as: api.beta).status == 404)
        #expect(try api.call("GET", "/runs", as: api.beta).items.isEmpty)
        #expect(try api.call("GET", "/runs/\(id)", as: api.alpha).json["state"]?.string == "queued")
    }

    @Test func ordersAreChecked() throws {
        let api = try APIFixture()
        _ = try api.create(as: api.alpha)
        func errors(_ body: JSON) throws -> [String: String] { try api.call("POST", "/runs", body, as: api.alpha).errors }
        #expect(try errors([:]).keys.sorted() == ["from", "slug", "to"])
        #expect(try errors(["slug": "none", "from": "2024-01-02", "to": "2024-01-05"])["slug"] != nil)
        #expect(try errors(["slug": "drift", "from": "2024-02-30", "to": "2024-01-05"])["from"] != nil)
        #expect(try errors(["slug": "drift", "from": "2024-01-05", "to": "2024-01-02"])["to"] != nil)
        #expect(try errors(["slug": "drift", "version": 9, "from": "2024-01-02", "to": "2024-01-05"])["version"] != nil)
        #expect(try errors(["slug": "drift", "seed": -1, "from": "2024-01-02", "to": "2024-01-05"])["seed"] != nil)
        let outside = try errors(["slug": "drift", "from": "2024-01-02", "to": "2024-02-05"])
        #expect(outside["from"]?.contains("from 2024-01-01 to 2024-01-11") == true)
    }

    @Test func othersSkillsAreForkedFirst() throws {
        let api = try APIFixture()
        _ = try api.publish(try api.create(as: api.alpha), as: api.alpha)
        let answer = try api.call(
            "POST", "/runs", ["handle": "alpha", "slug": "drift", "from": "2024-01-02", "to": "2024-01-05"], as: api.beta)
        #expect(answer.status == 403 && answer.json["detail"]?.string?.contains("POST /api/v1/forks") == true)
    }

    @Test func tooManyRunsAreTooMany() throws {
        let api = try APIFixture()
        _ = try api.create(as: api.alpha)
        for _ in 0..<BacktestRequest.liveRunsMax { #expect(try api.call("POST", "/runs", Self.order, as: api.alpha).status == 202) }
        let answer = try api.call("POST", "/runs", Self.order, as: api.alpha)
        #expect(answer.status == 429 && answer.response.headers["retry-after"] != nil)
    }

    @Test func evaluationsAreReadByAllAndCancelledByNobody() throws {
        let api = try APIFixture()
        let run = try api.publish(try api.create(as: api.alpha), as: api.alpha)
        for reader in [api.alpha, api.beta, nil] {
            let answer = try api.call("GET", "/runs/\(run)", as: reader)
            #expect(answer.status == 200 && answer.json["purpose"]?.string == "evaluation")
        }
        #expect(try api.call("DELETE", "/runs/\(run)", as: api.alpha).status == 403)
    }

    @Test func aStreamTellsTheEnd() throws {
        let api = try APIFixture()
        _ = try api.create(as: api.alpha)
        let id: ID<Run> = try #require(try api.call("POST", "/runs", Self.order, as: api.alpha).json["id"]?.string.flatMap { ID($0) })
        _ = try api.call("DELETE", "/runs/\(id)", as: api.alpha)
        let streams = api.site.streams()
        let foreign = streams.respond(try Request(method: "GET", target: "/api/v1/runs/\(id)/events"), on: api.site.database)
        #expect(foreign.status == 404)
        let own = streams.respond(
            try Request(method: "GET", target: "/api/v1/runs/\(id)/events", headers: ["cookie": api.alpha.cookie]), on: api.site.database)
        guard case .stream(let write) = own.body else {
            Issue.record("no stream")
            return
        }
        let output = Collector()
        try write(output)
        let names = output.text.split(separator: "\n").filter { $0.hasPrefix("event: ") }
        #expect(names == ["event: progress", "event: done"])
        let data = try #require(output.text.split(separator: "\n").first { $0.hasPrefix("data: ") })
        let told = try JSON(parsing: Array(data.dropFirst(6).utf8))
        // What web/js/run-progress.js reads.
        #expect(told["state"]?.string == "cancelled" && told["stage"]?.string == "Cancelled")
        #expect(told["fraction"]?.double == 0 && told["milliseconds_left"]?.isNull == true && told["report"] == nil)
    }

    private final class Collector: ByteStream {
        private(set) var text = ""
        var isStopping: Bool { false }
        func send(_ bytes: [UInt8]) throws(StreamClosed) { text += String(decoding: bytes, as: UTF8.self) }
        func pause(milliseconds: Int) throws(StreamClosed) {}
    }
}
