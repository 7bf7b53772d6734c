import Base
import Testing
@testable import Trading

@Suite struct RunReportTests {
    private func report(_ result: RunResult) -> RunReport {
        RunReport(result: result, metrics: ["sharpe": .null], dataWarnings: ["BTC has a gap."],
                  seconds: RunSeconds(load: 0.1, replay: 0.2, report: 0.3))
    }

    private static let bars = ["100 100 100 100", "100 100 100 100", "100 100 100 100", "110 110 110 110", "110 110 110 110", "110 111 110 111"]
    private static let script: [(Int, [Signal])] = [
        (0, [RunFixtures.signal(.long), RunFixtures.signal(.long, size: 2)]), (2, [RunFixtures.signal(.exit)]),
        (3, [RunFixtures.signal(.short, size: 0.005)]), (4, [RunFixtures.signal(.short)]),
    ]

    @Test func theReportHasTheContractsFields() throws {
        let json = report(try RunFixtures.run(RunFixtures.market(Self.bars), Self.script)).json
        for field in [
            "skill_hash", "dataset_hash", "engine", "seed", "from", "to", "timeframe", "bars", "ticks", "decisions", "orders",
            "rejected", "trades", "final_equity", "metrics", "decision_log_hash", "warnings", "tokens", "cost_usd", "seconds",
        ] {
            #expect(json[field] != nil, "\(field) is missing")
        }
        #expect(json["bars"] == 12)
        #expect(json["ticks"] == 6)
        #expect(json["decisions"] == 4)
        // Entry, exit, the one below the venue's minimum, and the short.
        #expect(json["orders"] == 4)
        #expect(json["rejected"] == 2)
        #expect(json["denied"] == 1)
        #expect(json["trades"] == 1)
        #expect(json["final_equity"] == "10090.91")
        #expect(json["from"] == "2025-08-20")
        #expect(json["to"] == "2025-08-20T00:30:00Z")
        #expect(json["open_positions"]?.array?.first?["quantity"] == "9.09")
        #expect(json["warnings"]?.array?.map(\.string) == [
            "BTC has a gap.", "The span has 1 daily return; ratios need at least 30 to mean anything.",
            "Positions still open at the end are counted at the last price, without the cost of closing: BTC.",
        ])
        #expect(json["seconds"]?["replay"] == 0.2)
    }

    @Test func theFilesSayTheSame() throws {
        let report = report(try RunFixtures.run(RunFixtures.market(Self.bars), Self.script))
        let trades = report.tradesCSV.split(separator: "\n")
        #expect(trades[0] == "instrument,side,entry_time_ms,entry_price,exit_time_ms,exit_price,quantity,fees,funding,pnl,exit_reason")
        #expect(trades[1] == "BTC,long,1755648600000,100,1755649200000,110,10,0,0,100,exit")
        #expect(report.equityCSV.hasPrefix("time_ms,equity\n1755648000000,10000\n1755648300000,10000\n"))
        #expect(report.equityCSV.hasSuffix("1755649800000,10090.91\n"))
        #expect(report.decisionLines.split(separator: "\n").count == 4)
    }

    @Test func tradesKnowTheWordsTheyWereMadeWith() throws {
        var exit = RunFixtures.signal(.exit)
        exit = Signal(instrument: 0, side: exit.side, size: 1, stop: nil, target: nil, reason: "enough")
        let result = try RunFixtures.run(RunFixtures.market(Self.bars), [(0, [RunFixtures.signal(.long)]), (2, [exit])])
        #expect(result.reason(of: result.trades[0].entryOrder) == "test")
        #expect(result.reason(of: result.trades[0].exitOrder) == "enough")
    }

    @Test func metricsComeFromTheRun() throws {
        let result = try RunFixtures.run(RunFixtures.market(Self.bars), Self.script)
        let report = RunReport(result: result, dataWarnings: [], seconds: RunSeconds(load: 0, replay: 0, report: 0))
        let metrics = report.json["metrics"]
        #expect(abs((metrics?["total_return"]?.double ?? 0) - 0.009091) < 1e-12)
        #expect(metrics?["win_rate"] == 1)
        #expect(metrics?["expectancy"] == 100)
        #expect(metrics?["exposure"] == 0.5)
    }

    @Test func exposureCountsTicksWithAPosition() throws {
        let result = try RunFixtures.run(RunFixtures.market(Self.bars), Self.script)
        // Held after ticks 1 and 2; out at the open of 3; short after 5.
        #expect(result.exposure == 0.5)
        #expect(result.turnover.description == "3099.9")
        #expect(abs(result.meanEquity - (3 * 10_000 + 2 * 10_100 + 10_090.91) / 6) < 1e-9)
    }
}

@Suite struct EquityCurveTests {
    private let day = Instant.millisecondsPerDay

    @Test func daysCloseAtMidnightAndMissingOnesRepeat() {
        let start = RunFixtures.start
        let ticks = [start.milliseconds + day / 2, start.milliseconds + day, start.milliseconds + day + 1, start.milliseconds + 3 * day + 5]
        let curve = EquityCurve(start: .whole(100), from: start, ticks: ticks, equity: [.whole(101), .whole(102), .whole(103), .whole(104)])
        #expect(curve.daily == [
            EquityPoint(time: start.milliseconds, equity: .whole(100)),
            EquityPoint(time: start.milliseconds + day, equity: .whole(102)),
            EquityPoint(time: start.milliseconds + 2 * day, equity: .whole(103)),
            EquityPoint(time: start.milliseconds + 3 * day, equity: .whole(103)),
            EquityPoint(time: start.milliseconds + 3 * day + 5, equity: .whole(104)),
        ])
    }

    @Test(arguments: [1, 3, 1_999, 2_000, 2_001, 50_000])
    func peaksAndTroughsSurviveDownsampling(_ count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        let ticks = (0..<count).map { Int64($0) * 1_000 }
        var equity = (0..<count).map { _ in Money(raw: 1_000_000 + Int64(random.unit() * 1_000)) }
        equity[count / 3] = Money(raw: 1)
        equity[count / 2] = Money(raw: 9_000_000)
        let points = EquityCurve(start: .whole(1), from: RunFixtures.start, ticks: ticks, equity: equity).downsampled(pointsMax: 2_000)
        #expect(points.count <= 2_001)
        let rest = points.dropFirst()
        #expect(rest.map(\.time) == rest.map(\.time).sorted())
        #expect(Set(rest.map(\.time)).count == rest.count)
        #expect(rest.contains { $0.equity.raw == 9_000_000 })
        #expect(count <= 3 || rest.contains { $0.equity.raw == 1 })
        #expect(rest.last?.equity == equity.last)
    }
}
