import Base
import HTTP
import Postgres
import Storage
import TestSupport
import Testing
import Trading

/// The site with hourly candles of BTC and ETH over ninety days, and two members who know nothing of each other.
final class StudioStand {
    let site: TestSite
    let alpha: TestSite.Reader
    let beta: TestSite.Reader
    static let firstDay = CalendarDate("2025-01-10") ?? Instant(milliseconds: 0).date

    init() throws {
        site = try TestSite()
        alpha = try site.member("alpha")
        beta = try site.member("beta")
        let owner = try site.clone.connect(.owner)
        try owner.transaction(.platform, .readWrite) { tx in
            _ = try CandleImport.store(["BTC", "ETH"].map(Self.series), source: "test", replace: false, in: tx)
        }
    }

    private static func series(_ name: String) -> BarSeries {
        var series = BarSeries(instrument: name, timeframe: .oneHour)
        for hour in 0..<(90 * 24) {
            let close = Price.whole(Int64(100 + hour % 24))
            let time = firstDay.start.milliseconds + Int64(hour) * Instant.millisecondsPerHour
            series.append(Bar(openTime: time, open: .whole(100), high: .whole(130), low: .whole(90), close: close, volume: 1))
        }
        return series
    }

    /// A new skill from a template; the path of its editor.
    func create(_ template: String = "trend", as reader: TestSite.Reader) throws -> String {
        let response = try site.post("/studio/skills", [.init("template", template)], as: reader)
        #expect(response.status == 303)
        return try #require(response.headers["location"])
    }

    /// Starts a run of five days; the path of its page.
    func run(_ editor: String, as reader: TestSite.Reader) throws -> String {
        let response = try site.post(
            editor + "/runs", [.init("from", "2025-02-01"), .init("to", "2025-02-06"), .init("seed", "7")], as: reader)
        #expect(response.status == 303, "\(response.text.prefix(3_000))")
        return try #require(response.headers["location"])
    }

    /// What the engine does at the end, told by hand.
    func engine(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Void) throws {
        try site.clone.connect(.engine).transaction(.tenant(tenant), .readWrite, body)
    }

    /// The text of a field as the editor's page carries it.
    static func revision(_ page: String) throws -> String {
        let start = try #require(page.firstRange(of: "name=\"revision\" value=\"")).upperBound
        return String(page[start...].prefix { $0 != "\"" })
    }
}
