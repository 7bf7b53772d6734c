import Base
import HTTP
import Jobs
import Postgres
import Site
import Storage
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct RunTests {
    /// A page without the id of its request, which every answer has another of.
    static func comparable(_ response: Response) -> String {
        response.text.replacing(/<code class="hash hash--whole">[^<]*<\/code>/, with: "")
            .replacing(/name="form-token" content="[^"]*"/, with: "")
    }

    private static func id(_ path: String) throws -> ID<Run> {
        try #require(ID<Run>(String(path.dropFirst("/runs/".count))))
    }

    static let report: JSON = [
        "engine": "tradecraft-engine/1", "bars": 240, "decisions": 2, "trades": 2, "start_equity": "10000", "tokens": 0, "cost_usd": "0",
        "metrics": ["total_return": 0.0312, "max_drawdown": -0.02, "fees": 1.5, "funding": 0.25, "sharpe": 4.0], "buy_and_hold": 0.01,
        "warnings": ["A gap of <two> hours."], "seconds": ["load": 0.5, "replay": 1.0, "report": 0.1],
    ]
    static let start = StudioStand.firstDay.start.milliseconds + 22 * Instant.millisecondsPerDay
    static let curve: JSON = [
        "equity": [[.int(start), "10000"], [.int(start + 86_400_000), "10312"]],
        "daily": [[.int(start), "10000"], [.int(start + 86_400_000), "10312"]],
        "benchmark": [[.int(start), 1.0], [.int(start + 86_400_000), 1.01]],
    ]

    static func trade(_ instrument: String, _ hour: Int64, profit: String) -> JSON {
        [
            "instrument": .string(instrument), "side": "long", "entry_time": .int(start + hour * 3_600_000), "entry_price": "100",
            "exit_time": .int(start + (hour + 2) * 3_600_000), "exit_price": "101", "quantity": "2", "fees": "0.1", "funding": "0",
            "pnl": .string(profit), "exit_reason": "stop_loss",
        ]
    }

    private static func complete(_ stand: StudioStand, _ id: ID<Run>) throws {
        try stand.engine(stand.alpha.tenant) { tx in
            _ = try RunTable.start(id, in: tx)
            _ = try RunTable.complete(
                id, datasetHash: .of("data"), decisionLogHash: .of("log"), report: report, curve: curve,
                trades: [trade("BTC", 1, profit: "12"), trade("ETH", 4, profit: "-3")], in: tx)
            try RunDecisionTable.insert([decision(0, fills: []), decision(1, fills: [["order": 1, "instrument": "BTC", "quantity": "2", "price": "100", "fee": "0.1", "time": .int(start)]])], run: id, in: tx)
        }
    }

    static func decision(_ number: Int, fills: [JSON]) -> JSON {
        [
            "n": .int(number), "at": "2025-02-01T01:00:00Z",
            "summary": ["proposals": [["instrument": "BTC", "side": "long", "reason": "<b>up</b>", "allowed": true]], "hash": "00"],
            "decision": [
                "n": .int(number), "record": ["by": "helper", "signals": []], "equity": "10000", "cash": "10000",
                "proposals": [["instrument": "BTC", "side": "long", "reason": "<b>up</b>"]],
                "verdicts": [["proposal": 0, "action": "open", "allowed": true, "order": 1]],
                "orders": number == 0 ? [["number": 1]] : [], "fills": .array(fills), "hash": .string(Digest.of("\(number)").hex),
            ],
        ]
    }

    @Test func aRunIsItsOwnersAlone() throws {
        let stand = try StudioStand()
        let path = try stand.run(try stand.create(as: stand.alpha), as: stand.alpha)
        try Self.complete(stand, try Self.id(path))
        let unknown: ID<Run> = newID()
        let missing = "/runs/\(unknown)"
        for tail in ["", "/equity.json", "/candles.json", "/progress.json", "/trades.csv", "/decisions/0"] {
            #expect(try stand.site.get(path + tail, as: stand.alpha).status == 200, "\(tail)")
            for reader in [stand.beta, nil] {
                let foreign = try stand.site.get(path + tail, as: reader)
                #expect(foreign.status == 404, "\(tail)")
                #expect(Self.comparable(foreign) == Self.comparable(try stand.site.get(missing + tail, as: reader)), "\(tail)")
            }
        }
        #expect(try stand.site.post(path + "/cancellation", as: stand.beta).status == 404)
        #expect(try stand.site.get("/runs/nonsense", as: stand.alpha).status == 404)
    }

    @Test func waitingRunsTellTheirPlaceAndCanBeCancelled() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let path = try stand.run(editor, as: stand.alpha)
        let page = try stand.site.get(path, as: stand.alpha)
        #expect(page.status == 200 && page.text.contains("Next in the queue") && page.text.contains("Cancel this run"))
        let news = try JSON(parsing: try stand.site.get(path + "/progress.json", as: stand.alpha).bytes)
        #expect(news["state"]?.string == "queued" && news["fraction"]?.double == 0)
        #expect(try stand.site.get(path + "/trades.csv", as: stand.alpha).status == 404)
        let forged = TestSite.Reader(cookie: stand.alpha.cookie, formToken: "wrong", tenant: stand.alpha.tenant)
        #expect(try stand.site.post(path + "/cancellation", as: forged).status == 403)
        #expect(try stand.site.post(path + "/cancellation", as: stand.alpha).headers["location"] == path)
        #expect(try stand.site.get(path, as: stand.alpha).text.contains("was cancelled"))
        try stand.engine(stand.alpha.tenant) { tx in
            let row = try #require(try RunTable.state(try Self.id(path), in: tx))
            #expect(try row.job.flatMap { try JobQueue.status($0, in: tx) }?.state == .cancelled)
        }
    }

    @Test func runningRunsTellTheTimeLeft() throws {
        let stand = try StudioStand()
        let path = try stand.run(try stand.create(as: stand.alpha), as: stand.alpha)
        let id = try Self.id(path)
        try stand.engine(stand.alpha.tenant) { tx in _ = try RunTable.start(id, in: tx) }
        try stand.engine(stand.alpha.tenant) { tx in
            try RunTable.setProgress(id, 0.5, note: ["ticks": 60, "total": 120, "equity": "10000", "decisions": 1], in: tx)
        }
        let news = try JSON(parsing: try stand.site.get(path + "/progress.json", as: stand.alpha).bytes)
        #expect(news["state"]?.string == "running" && news["stage"]?.string == "Replaying bars, 60 of 120")
        #expect(try #require(news["milliseconds_left"]?.int) >= 0)
        #expect(try stand.site.get(path, as: stand.alpha).text.contains("value=\"50\""))
    }

    @Test func reportsShowWhatTheEngineWrote() throws {
        let stand = try StudioStand()
        let path = try stand.run(try stand.create(as: stand.alpha), as: stand.alpha)
        try Self.complete(stand, try Self.id(path))
        let page = try stand.site.get(path + "?sort=profit&order=desc", as: stand.alpha)
        #expect(page.text.contains("3.1") && page.text.contains("A gap of &lt;two&gt; hours.") && page.text.contains("stop loss"))
        #expect(page.text.contains("needs 30 days, has 1"), "a Sharpe ratio of one day is none")
        #expect(page.text.contains("&lt;b&gt;up") && !page.text.contains("<b>up"))
        #expect(page.caching == .noStore)
        let csv = try stand.site.get(path + "/trades.csv", as: stand.alpha)
        #expect(csv.text.hasPrefix("instrument,side,entry_time_ms,") && csv.text.split(separator: "\n").count == 3)
        #expect(csv.headers["content-disposition"]?.hasPrefix("attachment") == true)
        let equity = try JSON(parsing: try stand.site.get(path + "/equity.json", as: stand.alpha).bytes)
        #expect(equity["times"]?.array?.count == 2)
        let candles = try JSON(parsing: try stand.site.get(path + "/candles.json?instrument=ETH", as: stand.alpha).bytes)
        #expect(candles["candles"]?.array?.count == 120 && candles["marks"]?.array?.count == 2)
        #expect(try stand.site.get(path + "/candles.json?instrument=DOGE", as: stand.alpha).status == 404)
        let decision = try stand.site.get(path + "/decisions/0", as: stand.alpha)
        #expect(decision.text.contains("1\u{a0}order allowed; 1\u{a0}fill followed.") && decision.text.contains("Next decision"))
        #expect(try stand.site.get(path + "/decisions/2", as: stand.alpha).status == 404)
    }

    @Test func failuresNameTheLine() throws {
        let stand = try StudioStand()
        let path = try stand.run(try stand.create(as: stand.alpha), as: stand.alpha)
        try stand.engine(stand.alpha.tenant) { tx in
            try RunTable.fail(try Self.id(path), ["kind": "threw", "file": "entry.ts", "line": 2, "message": "x is <null>"], in: tx)
        }
        let page = try stand.site.get(path, as: stand.alpha).text
        #expect(page.contains("x is &lt;null&gt;") && page.contains("entry.ts, line 2") && page.contains("→ 2    const fast"))
    }

    @Test func evaluationsArePublicAndCached() throws {
        let stand = try StudioStand()
        let editor = try stand.create(as: stand.alpha)
        let fields: [Fields.Pair] = [.init("revision", "1"), .init("licence", "open"), .init("confirmed", "yes")]
        #expect(try stand.site.post(editor + "/publication", fields, as: stand.alpha).status == 303)
        let listing = try stand.site.database.transaction(.platform, .readOnly) { try ListingTable.find(handle: "alpha", slug: "two-averages", in: $0) }
        let id = try #require(listing).publication.evaluationRun
        let waiting = try stand.site.get("/runs/\(id)")
        #expect(waiting.status == 200 && waiting.text.contains("Waiting for a free engine") && waiting.caching == .noStore)
        try stand.engine(RunTable.house) { tx in
            try RunTable.fail(id, ["kind": "threw", "file": "entry.ts", "line": 2, "message": "no"], in: tx)
        }
        let over = try stand.site.get("/runs/\(id)")
        #expect(over.caching == .public(maxAgeSeconds: 60) && !over.text.contains("const fast"), "the source is its author's")
        #expect(try stand.site.get("/runs/\(id)", as: stand.beta).caching == .privateRevalidate)
        #expect(try stand.site.post("/runs/\(id)/cancellation", as: stand.alpha).status == 404)
    }
}
