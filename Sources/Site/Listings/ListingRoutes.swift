internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// `/@handle/slug` and what can be done there: read, compare versions, fork, backtest.
enum ListingRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/@:handle/:slug", inOneForm(show)),
        .visitor(.get, "/@:handle/:slug/v/:number", inOneForm(showVersion)),
        .visitor(.get, "/@:handle/:slug/lineage", inOneForm(lineage)),
        .visitor(.get, "/@:handle/:slug/diff/:range", inOneForm(diff)),
        .member(.post, "/@:handle/:slug/forks", Requirement(.writeSkills), fork),
        .member(.post, "/@:handle/:slug/runs", Requirement(.runBacktests), backtest),
    ]

    /// The same page, with readers who wrote the handle in capitals sent to its one address.
    private static func inOneForm(_ handler: @escaping Route.Handler<VisitorContext>) -> Route.Handler<VisitorContext> {
        { context, tx in
            let typed = try context.parameter("handle"), handle = typed.lowercased()
            guard typed != handle, try ListingTable.find(handle: handle, slug: try context.parameter("slug"), in: tx) != nil else {
                return try handler(context, tx)
            }
            let below = context.request.path.segments.dropFirst().map { "/" + PercentCoding.encode($0) }.joined()
            let query = context.request.query.pairs.isEmpty ? "" : "?" + context.request.query.encoded
            return .redirect(to: Paths.author(handle) + below + query, status: 308)
        }
    }

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let listing = try find(context, in: tx)
        let model = try ListingModel(listing, number: nil, context).page(in: tx)
        return context.page(ListingPages.show(model), caching: context.publicCaching)
    }

    private static func showVersion(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let listing = try find(context, in: tx)
        guard let number = Int(try context.parameter("number")) else { throw Problem.notFound }
        let model = try ListingModel(listing, number: number, context).page(in: tx)
        return context.page(ListingPages.show(model), caching: context.publicCaching)
    }

    /// The family above and below: ancestors as far as they are public, then the forks of each member.
    private static func lineage(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let listing = try find(context, in: tx)
        var root = listing
        for _ in 0..<lineageDepthMax {
            guard let source = root.publication.source, let parent = try ListingTable.find(skill: source.skill, in: tx) else { break }
            root = parent
        }
        var members: [LineagePages.Member] = []
        try collect(root, depth: 0, into: &members, in: tx)
        let page = LineagePages.Lineage(name: listing.name, members: members, trials: listing.trials)
        return context.page(LineagePages.show(page), caching: context.publicCaching)
    }

    private static let lineageDepthMax = 16
    private static let lineageMembersMax = 200

    private static func collect(
        _ listing: ListingTable.Row, depth: Int, into members: inout [LineagePages.Member], in tx: borrowing Transaction
    ) throws {
        guard depth < lineageDepthMax, members.count < lineageMembersMax else { return }
        members.append(.init(relative: listing.relative, depth: depth, publishedAt: listing.firstPublishedAt))
        for fork in try ListingTable.forks(of: listing.publication.skill, limit: 50, in: tx) {
            try collect(fork, depth: depth + 1, into: &members, in: tx)
        }
    }

    /// `/@handle/slug/diff/1...2`, both published and open.
    private static func diff(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let listing = try find(context, in: tx)
        let parts = try context.parameter("range").split(separator: ".", omittingEmptySubsequences: true).map(String.init)
        guard parts.count == 2, let from = Int(parts[0]), let to = Int(parts[1]),
              let old = try PublishedVersionTable.find(tenant: listing.tenant, skill: listing.publication.skill, number: from, in: tx),
              let new = try PublishedVersionTable.find(tenant: listing.tenant, skill: listing.publication.skill, number: to, in: tx)
        else { throw Problem.notFound }
        guard let before = old.files, let after = new.files else {
            throw Problem(status: 403, detail: "Under a closed licence the source is not shown, so versions cannot be compared.")
        }
        func side(_ version: PublishedVersionTable.Row, in tx: borrowing Transaction) throws -> DiffPages.Side {
            let change = try RunTable.state(version.evaluationRun, in: tx)?.report?["metrics"]?["total_return"]?.double
            return .init(number: version.number, hash: version.hash, publishedAt: version.publishedAt,
                         evaluated: change.map { .value($0) } ?? .unavailable(because: "not evaluated yet"))
        }
        let page = DiffPages.Diff(
            name: listing.name, glyph: listing.glyph, from: try side(old, in: tx), to: try side(new, in: tx),
            files: [
                .init(name: SkillFolder.skillFile, old: before.skillMD, new: after.skillMD),
                .init(name: SkillFolder.entryFile, old: before.entry ?? "", new: after.entry ?? ""),
                .init(name: SkillFolder.exitFile, old: before.exit ?? "", new: after.exit ?? ""),
            ])
        return context.page(DiffPages.show(page), caching: context.publicCaching)
    }

    private static func fork(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        var ids = Authoring.Identifiers(now: context.now)
        do {
            let made = try Forking.fork(
                handle: try context.parameter("handle"), slug: try context.parameter("slug"), number: nil, as: nil, ids: &ids, in: tx)
            try context.audit(.skillForked, of: .init("skill", made.skill.description), in: tx)
            return .redirect(to: Paths.editor(made.slug))
        } catch let refusal as Forking.Refusal {
            if case .notFound = refusal { throw Problem.notFound }
            throw Problem(status: 409, detail: refusal.sentence)
        }
    }

    private static func backtest(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        let listing = try find(context, in: tx)
        var errors: [FieldError] = []
        let from = CalendarDate(form["from"] ?? "")
        let to = CalendarDate(form["to"] ?? "")
        let seed = Int64(form["seed"] ?? "")
        if from == nil { errors.append(.init(field: "from", message: "Enter a day such as 2025-08-20.")) }
        if to == nil { errors.append(.init(field: "to", message: "Enter a day such as 2025-09-19.")) }
        if seed == nil || seed.map({ $0 < 0 }) == true { errors.append(.init(field: "seed", message: "Enter a whole number, 0 or more.")) }
        if errors.isEmpty, let from, let to, let seed {
            var ids = Authoring.Identifiers(now: context.now)
            do {
                let run = try BacktestRequest.order(
                    published: listing, number: listing.publication.versionNumber, from: from, to: to, seed: seed,
                    runner: context.tenant, ids: &ids, in: tx)
                return .redirect(to: Paths.run(run))
            } catch let refusal as BacktestRequest.Refusal {
                errors.append(.init(field: refusal.field ?? "from", message: refusal.sentence))
            }
        }
        var model = ListingModel(listing, number: nil, context)
        model.typed = .init(from: form["from"] ?? "", to: form["to"] ?? "", seed: form["seed"] ?? "", errors: errors)
        return context.page(ListingPages.show(try model.page(in: tx)), status: 422)
    }

    private static func find(_ context: some PageContext, in tx: borrowing Transaction) throws -> ListingTable.Row {
        guard let listing = try ListingTable.find(handle: try context.parameter("handle"), slug: try context.parameter("slug"), in: tx) else {
            throw Problem.notFound
        }
        return listing
    }
}

extension ListingTable.Row {
    var name: SkillName { SkillName(handle: publication.handle, slug: publication.slug) }
    var glyph: Glyph { Glyph(lineage: publication.lineage, skill: publication.skill) }

    /// As a lineage names it.
    var relative: ListingPages.Relative {
        .init(name: name, glyph: glyph, version: publication.versionNumber,
              change: figures.totalReturn.map { .value($0) } ?? .unavailable(because: "not evaluated yet"))
    }
}
