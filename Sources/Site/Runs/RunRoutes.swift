internal import Base
internal import HTTP
internal import Jobs
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// A run's pages: waiting, report, decisions, and the files behind its charts.
enum RunRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/runs/:id", show),
        .visitor(.get, "/runs/:id/equity.json", equity),
        .visitor(.get, "/runs/:id/candles.json", candles),
        .visitor(.get, "/runs/:id/progress.json", progress),
        .visitor(.get, "/runs/:id/trades.csv", trades),
        .events("/runs/:id/events", visitor: events),
        .visitor(.get, "/runs/:id/decisions/:n", decision),
        .member(.post, "/runs/:id/cancellation", Requirement(.runBacktests), cancel),
    ]

    /// What the house found does not change; a minute lets a crowd be served from the cache.
    private static let houseSeconds = 60

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let run = try find(context, isWhole: true, tx)
        let query = ReportQuery(context.request.query)
        let standing = try RunStanding(run.row, now: context.now, in: tx)
        let state = try state(run, standing, query, tx)
        // A visitor's form token would make the page private; there is no form for visitors here.
        let page = RunPages.Show(
            run: run.header(viewer: context.viewer), state: state, viewer: context.pageViewer, draftSlug: run.skill?.slug,
            compareWith: nil, canPublish: run.canPublish)
        return context.page(RunPages.show(page), caching: caching(run))
    }

    private static func equity(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let run = try completed(context, tx)
        return .json(RunNumbers(run.row).equity(publishedAt: try publication(run, tx)).json(), caching: caching(run))
    }

    private static func candles(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let run = try completed(context, tx)
        let trades = RunNumbers(run.row).trades
        let universe = run.row.order.universe
        guard let name = context.request.query["instrument"] ?? RunCandles.mostTraded(trades, universe: universe), universe.contains(name) else {
            throw Problem.notFound
        }
        let series = try RunCandles.series(run.row.order, instrument: name, trades: trades, in: tx)
            ?? CandleSeries(instrument: name, timeframe: run.row.order.timeframe.rawValue, candles: [], marks: [])
        return .json(series.json(), caching: caching(run))
    }

    private static func progress(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let run = try find(context, isWhole: false, tx)
        return .json(try RunStanding(run.row, now: context.now, in: tx).json)
    }

    private static func trades(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let run = try completed(context, tx)
        var response = Response.text(RunReport.Trade.csv(run.row.trades), type: "text/csv; charset=utf-8", caching: caching(run))
        response.headers.set("content-disposition", "attachment; filename=\"trades-\(run.row.order.id).csv\"")
        return response
    }

    private static func events(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> EventFeed {
        let id = try find(context, isWhole: false, tx).row.order.id
        return EventFeed { lastID, tx in
            guard let row = try RunTable.state(id, in: tx) else { return .init(events: [], isLast: true) }
            let standing = try RunStanding(row, now: SystemClock().now(), in: tx)
            // The id says what the reader has seen, so that a reconnect repeats nothing.
            let eventID = "\(standing.state.rawValue)-\(standing.position ?? 0)-\(Int(standing.progress.fraction * 10_000))"
            guard eventID != lastID || standing.isOver else { return .init(events: []) }
            return .init(events: [ServerEvent(name: "progress", id: eventID, data: standing.json.text)], isLast: standing.isOver)
        }
    }

    private static func decision(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let run = try find(context, isWhole: false, tx)
        guard let number = Int(try context.parameter("n")), (0...1_000_000_000).contains(number),
              let row = try RunDecisionTable.find(run: run.row.order.id, number: number, in: tx) else { throw Problem.notFound }
        let next = try RunDecisionTable.find(run: run.row.order.id, number: number + 1, in: tx)
        let model = DecisionPages.Decision(row, next: next, run: run.header(viewer: context.viewer))
        return context.page(DecisionPages.show(model), caching: caching(run))
    }

    private static func cancel(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let id = try context.id("id", of: Run.self)
        guard let row = try RunTable.state(id, in: tx), row.tenant == context.tenant else { throw Problem.notFound }
        // Over already is as good as cancelled: the page says which.
        if try RunTable.cancel(id, in: tx), let job = row.job { _ = try JobQueue.cancel(job, in: tx) }
        return .redirect(to: Paths.run(id))
    }

    // MARK: What the handlers share

    private static func find(_ context: VisitorContext, isWhole: Bool, _ tx: borrowing Transaction) throws -> StoredRun {
        guard let run = try StoredRun(try context.id("id"), isWhole: isWhole, viewer: context.viewer, in: tx) else { throw Problem.notFound }
        return run
    }

    /// The files of a run that has them; before that they are as absent as those of no run.
    private static func completed(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> StoredRun {
        let run = try find(context, isWhole: true, tx)
        guard run.row.state == .completed else { throw Problem.notFound }
        return run
    }

    private static func caching(_ run: StoredRun) -> Caching {
        run.isEvaluation && run.row.finishedAt != nil ? .public(maxAgeSeconds: houseSeconds) : .noStore
    }

    private static func publication(_ run: StoredRun, _ tx: borrowing Transaction) throws -> Instant? {
        let order = run.row.order
        return try PublishedVersionTable.find(tenant: order.owner, skill: order.skill, number: order.versionNumber, in: tx)?.publishedAt
    }

    private static func state(
        _ run: StoredRun, _ standing: RunStanding, _ query: ReportQuery, _ tx: borrowing Transaction
    ) throws -> RunState {
        switch standing.state {
        case .queued: return .queued(position: standing.position)
        case .running: return .running(standing.progress)
        case .cancelled: return .cancelled(at: run.row.finishedAt ?? run.row.createdAt)
        case .failed:
            if standing.isLost { return .failed(.lost) }
            return .failed(RunFailure(run.row.failure, files: try VersionTable.find(run.row.order.version, in: tx)?.files))
        case .completed: return .completed(try report(run, query, tx))
        }
    }

    private static func report(_ run: StoredRun, _ query: ReportQuery, _ tx: borrowing Transaction) throws -> RunReport {
        let numbers = RunNumbers(run.row)
        let order = run.row.order
        let trades = numbers.trades
        let instrument = trades.isEmpty ? nil : RunCandles.mostTraded(trades, universe: order.universe)
        let lineage = run.skill?.lineage ?? run.listing?.publication.lineage ?? order.skill
        let decisions = try RunDecisionTable.list(run: order.id, after: query.after, limit: ReportQuery.rowsPerPage, in: tx)
        let sorted = RunReport.Trade.sorted(trades, by: query)
        let start = min((query.page - 1) * ReportQuery.rowsPerPage, sorted.count)
        let shown = sorted[start..<min(start + ReportQuery.rowsPerPage, sorted.count)]
        let trials = try LineageTrialsTable.count(lineage, in: tx)
        return RunReport(
            metrics: numbers.metrics, warnings: numbers.warnings, trials: trials, luck: numbers.luck(trials: trials),
            equity: numbers.equity(publishedAt: try publication(run, tx)),
            candles: try instrument.flatMap { try RunCandles.series(order, instrument: $0, trades: trades, in: tx) },
            months: numbers.months, trades: Array(shown), tradesTotal: trades.count,
            tradeSorts: .init(column: query.column, isDescending: query.isDescending, base: Paths.run(order.id) + "?"),
            tradePages: tradePages(order.id, query, total: trades.count),
            decisions: decisions.map { RunReport.DecisionRow($0) }, decisionsTotal: numbers.decisionsCount,
            decisionPages: decisionPages(order.id, query, decisions, total: numbers.decisionsCount),
            inputs: numbers.inputs(skill: run.header(viewer: nil).skill), costs: numbers.costs)
    }

    private static func tradePages(_ id: ID<Run>, _ query: ReportQuery, total: Int) -> Pagination {
        let size = ReportQuery.rowsPerPage
        let first = (query.page - 1) * size + 1
        let last = min(query.page * size, total)
        return Pagination(
            what: "trades", label: first > total ? "None of \(Format.count(total))" : "\(Format.count(first)) to \(Format.count(last)) of \(Format.count(total))",
            previous: query.page > 1 ? query.address(id, page: query.page - 1, after: query.after) + "#trades" : nil,
            next: last < total ? query.address(id, page: query.page + 1, after: query.after) + "#trades" : nil)
    }

    private static func decisionPages(
        _ id: ID<Run>, _ query: ReportQuery, _ rows: [RunDecisionTable.Row], total: Int
    ) -> Pagination {
        let first = rows.first?.number ?? 0
        let last = rows.last?.number ?? 0
        return Pagination(
            what: "decisions", label: rows.isEmpty ? "None of \(Format.count(total))" : "#\(Format.count(first)) to #\(Format.count(last)) of \(Format.count(total))",
            previous: query.after >= 0
                ? query.address(id, page: query.page, after: max(-1, query.after - ReportQuery.rowsPerPage)) + "#decisions" : nil,
            next: !rows.isEmpty && last + 1 < total ? query.address(id, page: query.page, after: last) + "#decisions" : nil)
    }
}

extension PageContext {
    /// The viewer as page functions take them. Visitors get no form token, so that their pages can be cached.
    var pageViewer: Viewer {
        viewer.map { .member(handle: $0.handle, token: frame.formTokens.token()) } ?? .visitor
    }
}
