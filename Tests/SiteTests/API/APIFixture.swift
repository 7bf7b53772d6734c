import Base
import HTTP
import Postgres
import Site
import Storage
import Testing
import TestSupport
import Trading

/// The API in process, with ten days of made-up candles and two members.
struct APIFixture {
    let site: TestSite
    let alpha: TestSite.Reader
    let beta: TestSite.Reader

    init(limits: RequestLimits = RequestLimits(), clock: any Clock = SystemClock()) throws {
        site = try TestSite(limits: limits, clock: clock)
        alpha = try site.member("alpha")
        beta = try site.member("beta-b")
        let from = SyntheticMarket.start
        let series = try #require(SyntheticMarket.series(
            named: "SIM-ALPHA", from: from, to: from.advanced(byMilliseconds: 10 * Instant.millisecondsPerDay)))
        try site.clone.connect(.owner).transaction(.platform, .readWrite) { tx in
            _ = try CandleImport.store([series], source: "synthetic", replace: false, in: tx)
        }
    }

    /// An answer's status and its JSON (null where the body is none).
    struct Answer {
        let response: Response
        let json: JSON
        var status: Int { response.status }
        var items: [JSON] { json["items"]?.array ?? [] }
        /// Field and message of each entry of a 422.
        var errors: [String: String] {
            Dictionary((json["errors"]?.array ?? []).map { ($0["field"]?.string ?? "", $0["message"]?.string ?? "") },
                       uniquingKeysWith: { first, _ in first })
        }
    }

    func call(
        _ method: String, _ path: String, _ body: JSON? = nil, as reader: TestSite.Reader? = nil, headers: Headers = [:]
    ) throws -> Answer {
        var headers = headers
        if body != nil { headers.set("content-type", "application/json") }
        if method != "GET", let reader { headers.set("x-form-token", reader.formToken) }
        let response = try site.send(method, "/api/v1" + path, as: reader, headers: headers, body: body.map { Array($0.text.utf8) } ?? [])
        let json = response.bytes.isEmpty ? JSON.null : try JSON(parsing: response.bytes)
        return Answer(response: response, json: json)
    }

    static func skill(slug: String = "drift", licence: String = "open", model: String = "none", note: String = "Buy.") -> JSON {
        [
            "skill_md": .string("""
                ---
                name: Drift
                slug: \(slug)
                summary: Buys and waits.
                model: \(model)
                universe: [SIM-ALPHA]
                timeframe: 1h
                cadence: every_bar
                risk:
                  max_order_usd: 1000
                  max_position_usd: 1000
                licence: \(licence)
                ---
                \(note)
                """),
            "entry": "export function entry(ctx) { return { side: \"long\", reason: \"always\" }; }\n",
        ]
    }

    /// A new skill's id.
    func create(_ skill: JSON = skill(), as reader: TestSite.Reader) throws -> String {
        let answer = try call("POST", "/studio/skills", skill, as: reader)
        #expect(answer.status == 201, "\(answer.json.text)")
        return try #require(answer.json["id"]?.string)
    }

    /// The evaluation's id.
    func publish(_ skill: String, as reader: TestSite.Reader, visibility: String = "public") throws -> String {
        let answer = try call("POST", "/studio/skills/\(skill)/publication", ["visibility": .string(visibility)], as: reader)
        #expect(answer.status == 202, "\(answer.json.text)")
        return try #require(answer.json["evaluation_run_id"]?.string)
    }
}
