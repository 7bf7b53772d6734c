internal import Base
internal import HTTP
internal import Jobs
internal import Marketplace
internal import Postgres
internal import Storage

/// `/api/v1/runs`: a member's runs and everybody's evaluations. A run of another member is as absent as one that never was.
enum RunsAPI {
    static let routes: [Route] = [
        .member(.get, "/api/v1/runs", Requirement(.read, scope: .runsRead), list),
        .member(.post, "/api/v1/runs", Requirement(.runBacktests, scope: .runsWrite), create),
        .visitor(.get, "/api/v1/runs/:id", scope: .runsRead, show),
        .member(.delete, "/api/v1/runs/:id", Requirement(.runBacktests, scope: .runsWrite), cancel),
        .visitor(.get, "/api/v1/runs/:id/equity", scope: .runsRead, equity),
        .visitor(.get, "/api/v1/runs/:id/trades", scope: .runsRead, trades),
        .visitor(.get, "/api/v1/runs/:id/decisions", scope: .runsRead, decisions),
        .visitor(.get, "/api/v1/runs/:id/decisions/:number", scope: .runsRead, decision),
    ]

    private static func list(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let rows = try RunTable.list(before: request.idCursor(Run.self), limit: request.limit + 1, in: tx)
        return .json(try request.page(rows, cursor: { Cursor.encode($0.order.id.description) }) { run in
            RunJSON.progress(run, position: try RunJSON.queuePosition(run, in: tx), now: context.now)
        })
    }

    private static func create(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        var input = JSONInput(try context.jsonBody(), known: ["handle", "slug", "version", "from", "to", "seed"])
        let handle = input.optionalText("handle") ?? context.handle
        let slug = input.text("slug")
        let number = input.optionalNumber("version", in: 1...Int64(Int32.max))
        let from = input.date("from")
        let to = input.date("to")
        let seed = input.optionalNumber("seed", in: 0...Self.seedMax) ?? 1
        try input.check()
        guard let slug, let from, let to else { throw Problem.badRequest("The body is not complete.") }
        guard handle == context.handle else { throw try foreignSkill(handle, slug, in: tx) }
        guard let skill = try Storage.SkillTable.find(slug: slug, in: tx) else {
            throw Problem.invalid([.init("slug", "You have no skill with the slug \(slug).")])
        }
        var ids = Authoring.Identifiers(now: context.now)
        let id = try BacktestRequest.order(
            skill: skill, number: number.map { Int($0) } ?? skill.latestNumber, from: from, to: to, seed: seed,
            owner: context.tenant, handle: context.handle, ids: &ids, in: tx)
        return try accepted(id, context, in: tx)
    }

    /// Whole numbers that every JSON reader keeps exactly.
    private static let seedMax: Int64 = 9_007_199_254_740_991

    private static func foreignSkill(_ handle: String, _ slug: String, in tx: borrowing Transaction) throws -> Problem {
        let address = "@\(handle)/\(slug)"
        guard let listing = try ListingTable.find(handle: handle, slug: slug, in: tx) else {
            return .invalid([.init("slug", "There is no published skill at \(address).")])
        }
        let advice = listing.publication.licence == "open"
            ? "Fork it with POST /api/v1/forks, then run your fork."
            : "Its licence is closed, so it cannot be forked; its evaluation is public."
        return Problem(status: 403, detail: "You can run your own skills only, and \(address) is not yours. \(advice)")
    }

    private static func accepted(_ id: ID<Run>, _ context: MemberContext, in tx: borrowing Transaction) throws -> Response {
        guard let run = try RunTable.state(id, in: tx) else { throw Problem.notFound }
        let position = try RunJSON.queuePosition(run, in: tx)
        var response = Response.json(RunJSON.whole(run, position: position, now: context.now), status: 202)
        response.headers.set("location", "/api/v1/runs/\(id)")
        return response
    }

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        guard let run = try RunTable.state(context.id("id"), in: tx) else { throw Problem.notFound }
        return .json(RunJSON.whole(run, position: try RunJSON.queuePosition(run, in: tx), now: context.now))
    }

    private static func cancel(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        guard let run = try RunTable.state(context.id("id"), in: tx) else { throw Problem.notFound }
        guard run.tenant == context.tenant else { throw Problem.forbidden("An evaluation belongs to the platform. It cannot be cancelled.") }
        guard try RunTable.cancel(run.order.id, in: tx) else {
            throw Problem.conflict("This run is over: it is \(run.state.rawValue).")
        }
        if let job = run.job { _ = try JobQueue.cancel(job, in: tx) }
        return try accepted(run.order.id, context, in: tx)
    }

    private static func equity(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let run = try completed(context, in: tx)
        return .json([
            "run_id": .string(run.order.id.description), "equity": RunJSON.points(run.curve?["equity"], "equity"),
            "daily": RunJSON.points(run.curve?["daily"], "equity"), "benchmark": RunJSON.points(run.curve?["benchmark"], "value"),
        ], caching: .privateRevalidate)
    }

    private static func trades(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let skipped = try request.numberCursor() ?? 0
        let all = try completed(context, in: tx).trades?.array ?? []
        let rows = Array(all.enumerated().dropFirst(skipped).prefix(request.limit + 1))
        return .json(request.page(
            rows, cursor: { Cursor.encode(String($0.offset + 1)) }, json: { RunJSON.trade($0.element, number: $0.offset + 1) }))
    }

    /// The whole run, once it has a report: before, 409 says why there is nothing.
    private static func completed(_ context: VisitorContext, in tx: borrowing Transaction) throws -> RunTable.Row {
        guard let run = try RunTable.find(context.id("id"), in: tx) else { throw Problem.notFound }
        guard run.state == .completed else {
            throw Problem.conflict("This run is \(run.state.rawValue). It has numbers once it is completed.")
        }
        return run
    }

    private static func decisions(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        // The first decision has the number 0.
        let after = try request.numberCursor().map { Int32(clamping: $0) } ?? -1
        let id: ID<Run> = try context.id("id")
        guard try RunTable.state(id, in: tx) != nil else { throw Problem.notFound }
        let rows = try RunDecisionTable.list(run: id, after: Int(after), limit: request.limit + 1, in: tx)
        return .json(request.page(rows, cursor: { Cursor.encode(String($0.number)) }, json: { json($0) }))
    }

    private static func decision(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        guard let number = Int32(try context.parameter("number")),
              let row = try RunDecisionTable.find(run: context.id("id"), number: Int(number), in: tx) else { throw Problem.notFound }
        return .json(json(row))
    }

    private static func json(_ row: RunDecisionTable.Row) -> JSON {
        let members: [(String, JSON)] = [
            ("number", .int(row.number)), ("at", .string(row.at.description)), ("summary", row.summary),
        ]
        return .object(members + (row.decision.map { [("decision", $0)] } ?? []))
    }
}
