import Base
import Postgres
import Storage
import TestSupport
import Testing
import Trading

@Suite(.enabled(if: TestDatabase.isAvailable)) struct CandleImportTests {
    private let database: TestDatabase
    private let owner: Connection

    init() throws {
        database = try TestDatabase.clone()
        owner = try database.connect(.owner)
    }

    /// Hourly bars that open at these hours after `start`.
    private func series(_ hours: Range<Int>, close: Int64 = 100, name: String = "BTC", start: String = "2024-01-31T00:00:00Z") throws -> BarSeries {
        let first = try #require(Instant(start))
        var series = BarSeries(instrument: name, timeframe: .oneHour)
        for hour in hours {
            series.append(Bar(openTime: first.milliseconds + Int64(hour) * 3_600_000, open: .whole(100), high: .whole(200), low: .whole(50),
                              close: .whole(close), volume: 1))
        }
        return series
    }

    private func store(_ series: BarSeries, replace: Bool = false) throws -> Int {
        try owner.transaction(.platform, .readWrite) { tx in try CandleImport.store([series], source: "csv", replace: replace, in: tx) }
    }

    private func stored(_ name: String = "BTC") throws -> BarSeries? {
        try owner.transaction(.platform, .readOnly) { tx in
            let from = try #require(Instant("2024-01-01T00:00:00Z"))
            let to = try #require(Instant("2024-12-01T00:00:00Z"))
            return try BarChunk.join(
                try CandleTable.chunks(instrument: name, timeframe: .oneHour, from: from, to: to, in: tx)
                    .map { try BarChunk.decode($0.content, expecting: $0.hash) })
        }
    }

    @Test func importingAgainChangesNothing() throws {
        let bars = try series(0..<48)
        #expect(try store(bars) == 2)
        #expect(try store(bars) == 0)
        #expect(try stored() == bars)
    }

    @Test func halvesMergeIntoTheWhole() throws {
        _ = try store(try series(30..<48))
        _ = try store(try series(0..<20))
        #expect(try stored()?.count == 38)
        _ = try store(try series(10..<40))
        #expect(try stored() == series(0..<48))
    }

    @Test func aConflictImportsNothing() throws {
        let before = try series(0..<10)
        _ = try store(before)
        let conflict = #expect(throws: CandleImport.Conflict.self) { try store(try series(5..<48, close: 120)) }
        #expect(conflict?.instrument == "BTC" && conflict?.openTime.description == "2024-01-31T05:00:00Z")
        #expect(try stored() == before)
        #expect(try store(try series(5..<48, close: 120), replace: true) == 2)
        let after = try #require(try stored())
        #expect(after.count == 48)
        #expect(after[4].close == .whole(100) && after[5].close == .whole(120))
    }

    @Test func onlyTheOwnerImports() throws {
        let bars = try series(0..<3)
        for role in [TestDatabase.Role.web, .engine] {
            #expect(throws: PostgresError.self) {
                try database.connect(role).transaction(.platform, .readWrite) { tx in
                    _ = try CandleImport.store([bars], source: "csv", replace: false, in: tx)
                }
            }
        }
    }

    @Test func coverageIsWholeDaysOfAllInstruments() throws {
        _ = try store(try series(5..<120))
        _ = try store(try series(0..<80, name: "ETH"))
        try database.connect(.web).transaction(.platform, .readOnly) { tx in
            let coverage = try CandleCoverage(in: tx)
            let span = try #require(coverage.span(universe: ["BTC", "ETH"], timeframe: .oneHour))
            #expect(span.lowerBound.description == "2024-02-01T00:00:00Z" && span.upperBound.description == "2024-02-03T00:00:00Z")
            #expect(coverage.span(universe: ["BTC", "SOL"], timeframe: .oneHour) == nil)
            #expect(coverage.span(universe: ["BTC"], timeframe: .fiveMinutes) == nil)
            #expect(coverage.instruments(for: .fourHours) == ["BTC", "ETH"])
            let btc = try #require(coverage.series.first)
            #expect(btc.instrument == "BTC" && btc.bars == 115 && btc.source == "csv" && !btc.isSynthetic)
            #expect(btc.from.description == "2024-01-31T05:00:00Z" && btc.to.description == "2024-02-05T00:00:00Z")
        }
    }

    @Test func aGapInsideAMonthIsSeen() throws {
        _ = try store(try series(0..<24, start: "2024-03-01T00:00:00Z"))
        _ = try store(try series(0..<24, start: "2024-03-20T00:00:00Z"))
        try database.connect(.web).transaction(.platform, .readOnly) { tx in
            let coverage = try CandleCoverage(in: tx)
            func has(_ from: String, _ to: String) throws -> Bool {
                let span = try #require(Instant(from + "T00:00:00Z"))..<(try #require(Instant(to + "T00:00:00Z")))
                return try coverage.hasBars(of: "BTC", timeframe: .oneHour, in: span, tx)
            }
            #expect(try !has("2024-03-05", "2024-03-10"))
            #expect(try has("2024-03-05", "2024-03-21"))
            #expect(try has("2024-03-20", "2024-03-21"))
            #expect(try !has("2024-05-01", "2024-05-02"))
        }
    }
}
