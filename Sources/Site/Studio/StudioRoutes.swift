internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// The member's own skills and runs, and how a skill begins.
enum StudioRoutes {
    static let routes: [Route] = [
        .member(.get, "/studio", Requirement(.read), index),
        .member(.get, "/studio/skills/new", Requirement(.writeSkills), new),
        .member(.post, "/studio/skills", Requirement(.writeSkills), create),
    ]

    private static let skillsMax = 200
    private static let runsPerPage = 30
    /// Numbers tried behind a slug that is taken.
    private static let slugNumberMax = 999

    private static func index(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let skills = try Storage.SkillTable.list(limit: skillsMax, in: tx)
        let before = context.request.query["before"].flatMap { ID<Run>($0) }
        let rows = try RunTable.list(before: before, limit: runsPerPage + 1, in: tx)
        let shown = rows.prefix(runsPerPage)
        let runs = try shown.map { row in
            let lineage = skills.first { $0.id == row.order.skill }?.lineage ?? row.order.skill
            return try StudioPages.OwnRun(row, lineage: lineage, now: context.now, in: tx)
        }
        let next = rows.count > runsPerPage ? shown.last.map { "\(Paths.studio)?before=\($0.order.id)#runs" } : nil
        let model = StudioPages.Studio(
            skills: try skills.map { try StudioPages.OwnSkill($0, handle: context.handle, in: tx) }, runs: runs,
            runPages: Pagination(
                what: "runs", label: before == nil ? "Newest first" : "Older runs", previous: before == nil ? nil : Paths.studio + "#runs", next: next),
            templates: skills.isEmpty ? StudioPages.Template.all : [], token: context.frame.formTokens.token(), now: context.now,
            access: StudioAccess(context.who))
        return context.page(StudioPages.index(model))
    }

    private static func new(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        context.page(NewSkillPages.show(StudioPages.Template.all, token: context.frame.formTokens.token()))
    }

    private static func create(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        guard let template = SkillTemplates.template(try context.form()["template"] ?? "") else {
            throw Problem.invalid([.init("template", "Choose one of the templates.")])
        }
        let files = try adapted(template.folder, tx)
        let manifest = try Authoring.manifest(of: files)
        var ids = Authoring.Identifiers(now: context.now)
        let made = try Authoring.create(manifest, files: files, source: nil, ids: &ids, in: tx)
        try context.audit(.skillMade, of: .init("skill", made.skill.description), in: tx)
        return .redirect(to: Paths.editor(manifest.slug))
    }

    /// The template under a slug that is free, on instruments that the platform has candles of.
    private static func adapted(_ folder: SkillFolder, _ tx: borrowing Transaction) throws -> VersionTable.Files {
        let manifest = try folder.manifest()
        let coverage = try CandleCoverage(in: tx)
        var lines = String(decoding: folder.skill, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func set(_ key: String, _ value: String) {
            if let index = lines.firstIndex(where: { $0.hasPrefix("\(key):") }) { lines[index] = "\(key): \(value)" }
        }
        set("slug", try freeSlug(manifest.slug, tx))
        if coverage.span(universe: manifest.universe, timeframe: manifest.timeframe) == nil {
            let known = coverage.instruments(for: manifest.timeframe).prefix(manifest.universe.count)
            if !known.isEmpty { set("universe", "[\(known.joined(separator: ", "))]") }
        }
        return VersionTable.Files(
            skillMD: lines.joined(separator: "\n"), entry: folder.entry.map { String(decoding: $0, as: UTF8.self) },
            exit: folder.exit.map { String(decoding: $0, as: UTF8.self) })
    }

    private static func freeSlug(_ wanted: String, _ tx: borrowing Transaction) throws -> String {
        if try Storage.SkillTable.find(slug: wanted, in: tx) == nil { return wanted }
        for number in 2...slugNumberMax {
            let candidate = "\(wanted)-\(number)"
            if try Storage.SkillTable.find(slug: candidate, in: tx) == nil { return candidate }
        }
        throw Problem.conflict("You have \(slugNumberMax) skills from this template. Rename one first.")
    }
}
