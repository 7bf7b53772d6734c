internal import Base
internal import HTTP
internal import Storage
internal import Trading

/// Which part of a report's lists is asked for.
struct ReportQuery: Sendable, Hashable {
    static let columns = ["time", "profit", "instrument"]
    static let rowsPerPage = 50

    let column: String
    let isDescending: Bool
    /// From 1.
    let page: Int
    /// Decisions with a higher number are shown; −1 for all.
    let after: Int

    /// Anything malformed reads as if it were not there.
    init(_ query: Fields) {
        let wanted = query["sort"] ?? ""
        column = Self.columns.contains(wanted) ? wanted : "time"
        isDescending = query["order"] == "desc"
        page = query["page"].flatMap { Int($0) }.map { min(max($0, 1), 1_000_000) } ?? 1
        after = query["after"].flatMap { Int($0) }.map { min(max($0, -1), 1_000_000_000) } ?? -1
    }

    /// The address of the same report with other parts.
    func address(_ id: ID<Run>, page: Int, after: Int) -> String {
        var parts: [String] = []
        if column != "time" || isDescending { parts += ["sort=\(column)", "order=\(isDescending ? "desc" : "asc")"] }
        if page > 1 { parts.append("page=\(page)") }
        if after >= 0 { parts.append("after=\(after)") }
        return Paths.run(id) + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
    }
}

/// The stored JSON of a finished run, read. What is missing reads as unavailable, never as zero.
struct RunNumbers {
    let row: RunTable.Row
    private let report: JSON

    init(_ row: RunTable.Row) {
        self.row = row
        report = row.report ?? .object([])
    }

    var id: ID<Run> { row.order.id }
    var totalReturn: Figure { figure(report["metrics"]?["total_return"], because: "there was no full day") }
    var startEquity: Money { money(report["start_equity"]) }

    /// Equity at the start and at each close of a UTC day.
    var daily: [Double] { RunNumbers.points(row.curve?["daily"]).map(\.value) }

    var metrics: RunMetrics {
        let found = report["metrics"]
        let daily = daily
        let days = max(0, daily.count - 1)
        let noVariance = "the daily returns do not vary"
        let noTrades = "no trade was closed"
        let isShort = days < PerformanceMetrics.daysMin
        let tooShort = Figure.unavailable(because: "needs \(PerformanceMetrics.daysMin) days, has \(days)")
        return RunMetrics(
            totalReturn: totalReturn, benchmarkReturn: figure(report["buy_and_hold"], because: "the span has no bar"),
            cagr: figure(found?["cagr"], because: "needs 90 days, has \(days)"),
            volatility: figure(found?["volatility"], because: "needs two days"),
            sharpe: isShort ? tooShort : figure(found?["sharpe"], because: noVariance),
            sharpeRange: isShort ? nil : sharpeRange(daily),
            sortino: isShort ? tooShort : figure(found?["sortino"], because: "no day lost"),
            calmar: figure(found?["calmar"], because: "there was no drawdown"),
            maxDrawdown: figure(found?["max_drawdown"], because: "there was no full day"),
            maxDrawdownDays: figure(found?["max_drawdown_days"], because: "there was no full day"),
            profitFactor: figure(found?["profit_factor"], because: "no trade lost"),
            winRate: figure(found?["win_rate"], because: noTrades), expectancy: figure(found?["expectancy"], because: noTrades),
            exposure: figure(found?["exposure"], because: "the span has no bar"),
            turnover: figure(found?["turnover"], because: "nothing was traded"), trades: count(report["trades"]),
            fees: amount(found?["fees"], sign: 1), funding: amount(found?["funding"], sign: -1))
    }

    /// 1 − DSR (docs/metrics.md): the chance that so good a Sharpe ratio is the best of `trials` lucky ones. The trials'
    /// own spread is not kept, so the sampling variance of this run's Sharpe ratio stands for it.
    func luck(trials: Int) -> Figure {
        let days = max(0, daily.count - 1)
        guard days >= PerformanceMetrics.daysMin else {
            return .unavailable(because: "needs \(PerformanceMetrics.daysMin) daily returns, has \(days)")
        }
        guard let evidence = ReturnStatistics(equity: daily).evidence, let error = evidence.standardError else {
            return .unavailable(because: "the daily returns do not vary")
        }
        let certain = evidence.deflated(trials: Double(max(trials, 1)), variance: error * error)
        return certain.map { .value(1 - $0) } ?? .unavailable(because: "the daily returns do not vary")
    }

    private func sharpeRange(_ daily: [Double]) -> ClosedRange<Double>? {
        let statistics = ReturnStatistics(equity: daily)
        let scale = statistics.periodsPerYear.squareRoot()
        guard let range = statistics.evidence?.interval, range.lowerBound.isFinite, range.upperBound.isFinite else { return nil }
        return range.lowerBound * scale...range.upperBound * scale
    }

    func equity(publishedAt: Instant?) -> EquitySeries {
        let benchmark = RunNumbers.points(row.curve?["benchmark"])
        var next = 0
        let points = RunNumbers.points(row.curve?["equity"]).map { time, value in
            while next < benchmark.count, benchmark[next].time <= time { next += 1 }
            return EquitySeries.Point(
                time: Instant(milliseconds: time), equity: value, benchmark: next > 0 ? benchmark[next - 1].value : nil)
        }
        let isInside = publishedAt.map { $0 > row.order.from && $0 < row.order.to } ?? false
        return EquitySeries(points: points, publishedAt: isInside ? publishedAt : nil, inSampleUntil: isInside ? publishedAt : nil)
    }

    var months: [MonthlyReturn] {
        let from = row.order.from.date
        let to = row.order.to.date
        let table = Trading.MonthlyReturn.table(daily: daily, firstDay: from)
        return table.enumerated().map { index, month in
            let startsLate = index == 0 && from.day > 1 && month.year == from.year && month.month == from.month
            let endsEarly = index == table.count - 1 && to.day > 1 && month.year == to.year && month.month == to.month
            return MonthlyReturn(year: month.year, month: month.month, ratio: month.value, isPartial: startsLate || endsEarly)
        }
    }

    /// In the order they were closed; numbered from 1.
    var trades: [RunReport.Trade] {
        (row.trades?.array ?? []).enumerated().compactMap { index, trade in
            guard let instrument = trade["instrument"]?.string, let entered = trade["entry_time"]?.int, let exited = trade["exit_time"]?.int,
                  let entry = decimal(trade["entry_price"], Price.self), let exit = decimal(trade["exit_price"], Price.self),
                  let quantity = decimal(trade["quantity"], Quantity.self), let profit = decimal(trade["pnl"], Money.self) else { return nil }
            let funding = money(trade["funding"])
            return RunReport.Trade(
                number: index + 1, instrument: instrument, isLong: trade["side"]?.string == "long",
                enteredAt: Instant(milliseconds: entered), exitedAt: Instant(milliseconds: exited), entry: entry, exit: exit,
                quantity: quantity, fees: money(trade["fees"]), funding: (try? funding.negated()) ?? funding, profit: profit,
                reason: (trade["exit_reason"]?.string ?? "").replacing("_", with: " "))
        }
    }

    var decisionsCount: Int { count(report["decisions"]) }
    var warnings: [String] { report["warnings"]?.array?.compactMap(\.string) ?? [] }

    func inputs(skill: SkillName?) -> RunReport.Inputs {
        let order = row.order
        let name = skill.map { "\($0.text)@\(order.versionNumber)" } ?? "./\(order.skillSlug)"
        let seed = String(UInt64(bitPattern: order.seed))
        var command = "tradecraft sim --skill \(name) --from \(order.from.date) --to \(order.to.date) --seed \(seed)"
        if skill == nil { command += " --bars ./bars" }
        let none = Digest.of("")
        return RunReport.Inputs(
            skillHash: order.skillHash, datasetHash: row.datasetHash ?? none, datasetName: "Platform candles",
            engine: report["engine"]?.string ?? "unknown", seed: seed, startingEquity: startEquity,
            decisionLogHash: row.decisionLogHash ?? none, command: command)
    }

    var costs: RunReport.Costs {
        let seconds = ["load", "replay", "report"].compactMap { report["seconds"]?[$0]?.double }.reduce(0, +)
        return RunReport.Costs(
            bars: count(report["bars"]), tokens: count(report["tokens"]), model: money(report["cost_usd"]),
            milliseconds: seconds.isFinite && seconds >= 0 && seconds < 1e9 ? Int64(seconds * 1_000) : 0)
    }

    // MARK: Reading

    /// `[[ms, "10000.5"], …]` or `[[ms, 1.2], …]`.
    private static func points(_ value: JSON?) -> [(time: Int64, value: Double)] {
        (value?.array ?? []).compactMap { point in
            guard let pair = point.array, pair.count == 2, let time = pair[0].int else { return nil }
            guard let value = pair[1].double ?? pair[1].string.flatMap({ Double($0) }) else { return nil }
            return (time, value)
        }
    }

    private func figure(_ value: JSON?, because reason: String) -> Figure {
        value?.double.map { .value($0) } ?? .unavailable(because: reason)
    }

    private func count(_ value: JSON?) -> Int { value?.int.map { Int(clamping: $0) } ?? 0 }
    private func decimal<Value: FixedPoint>(_ value: JSON?, _: Value.Type) -> Value? { value?.string.flatMap { Value(decimal: $0) } }
    private func money(_ value: JSON?) -> Money { decimal(value, Money.self) ?? .zero }
    private func amount(_ value: JSON?, sign: Double) -> Money { value?.double.flatMap { Money(approximating: $0 * sign) } ?? .zero }
}

extension RunReport.Trade {
    /// In the order of the query; ties in the order of time.
    static func sorted(_ trades: [RunReport.Trade], by query: ReportQuery) -> [RunReport.Trade] {
        let ascending: [RunReport.Trade] = switch query.column {
        case "profit": trades.sorted { ($0.profit, $0.number) < ($1.profit, $1.number) }
        case "instrument": trades.sorted { ($0.instrument, $0.number) < ($1.instrument, $1.number) }
        default: trades.sorted { ($0.enteredAt, $0.number) < ($1.enteredAt, $1.number) }
        }
        return query.isDescending ? ascending.reversed() : ascending
    }

    /// `trades.csv`: as `tradecraft sim --out` writes it, times in milliseconds UTC.
    static func csv(_ trades: JSON?) -> String {
        let columns = ["instrument", "side", "entry_time", "entry_price", "exit_time", "exit_price", "quantity", "fees", "funding", "pnl", "exit_reason"]
        let header = columns.map { $0.hasSuffix("_time") ? $0 + "_ms" : $0 }.joined(separator: ",") + "\n"
        return (trades?.array ?? []).reduce(into: header) { text, trade in
            text += columns.map { column in trade[column].map { $0.string ?? $0.text } ?? "" }.joined(separator: ",") + "\n"
        }
    }
}

extension RunReport.DecisionRow {
    init(_ row: RunDecisionTable.Row) {
        let proposals = row.summary["proposals"]?.array ?? []
        let names = proposals.compactMap { $0["instrument"]?.string }
        let denied = proposals.count { $0["allowed"]?.bool == false }
        let words = proposals.map { proposal in
            let reason = proposal["reason"]?.string ?? ""
            return (proposal["side"]?.string ?? "?") + (reason.isEmpty ? "" : ": " + reason)
        }
        let outcome = switch (proposals.count, denied) {
        case (0, _): "No action"
        case (_, 0): "Allowed"
        case (let all, denied) where all == denied: "Denied by a risk cap"
        default: "\(denied) of \(proposals.count) denied by a risk cap"
        }
        self.init(
            number: row.number, time: row.at, instrument: names.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", "),
            proposal: words.isEmpty ? "Nothing" : words.joined(separator: "; "), outcome: outcome, wasDenied: denied > 0)
    }
}
