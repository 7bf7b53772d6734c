internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/api/v1/studio/skills`: a member's own skills, their versions and their publication.
enum StudioSkillsAPI {
    static let routes: [Route] = [
        .member(.get, "/api/v1/studio/skills", Requirement(.read, scope: .skillsRead), list),
        .member(.post, "/api/v1/studio/skills", Requirement(.writeSkills, scope: .skillsWrite), create),
        .member(.get, "/api/v1/studio/skills/:id", Requirement(.read, scope: .skillsRead), show),
        .member(.put, "/api/v1/studio/skills/:id", Requirement(.writeSkills, scope: .skillsWrite), save),
        .member(
            .post, "/api/v1/studio/skills/:id/publication",
            Requirement(.publishSkills, scope: .skillsPublish, verified: true, proof: true), publish),
    ]

    private static func list(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let rows = try Storage.SkillTable.list(before: request.idCursor(Skill.self), limit: request.limit + 1, in: tx)
        return .json(request.page(rows, cursor: { Cursor.encode($0.id.description) }, json: { SkillJSON.studio($0) }))
    }

    private static func show(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try answer(own(context, in: tx).id, in: tx)
    }

    private static func create(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let files = try files(context)
        var ids = Authoring.Identifiers(now: context.now)
        let made = try Authoring.create(try SkillDraft.manifest(of: files), files: files, source: nil, ids: &ids, in: tx)
        try context.audit(.skillMade, of: .init("skill", made.skill.description), in: tx)
        var response = try answer(made.skill, status: 201, in: tx)
        response.headers.set("location", "/api/v1/studio/skills/\(made.skill)")
        return response
    }

    private static func save(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        // Read again once it is locked: of two who save at once with `If-Match`, the second is refused.
        try VersionTable.lock(own(context, in: tx).id, in: tx)
        let skill = try own(context, in: tx)
        try VersionTag.check(context.request, version: skill.latestNumber)
        let files = try files(context)
        let manifest = try SkillDraft.manifest(of: files)
        var ids = Authoring.Identifiers(now: context.now)
        do {
            _ = try Authoring.save(manifest, files: files, as: skill, ids: &ids, in: tx)
            try context.audit(.skillSaved, of: .init("skill", skill.id.description), details: ["version": .int(skill.latestNumber + 1)], in: tx)
        } catch Authoring.Refusal.unchanged {
            return try answer(skill.id, in: tx)
        }
        return try answer(skill.id, in: tx)
    }

    private static func publish(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let skill = try own(context, in: tx)
        var input = JSONInput(try context.jsonBody(), known: ["version", "visibility"])
        let number = input.optionalNumber("version", in: 1...Int64(Int32.max)).map { Int($0) } ?? skill.latestNumber
        let word = input.text("visibility")
        let visibility = word.flatMap { ListingTable.Visibility(rawValue: $0) }
        if word != nil, visibility == nil { input.refuse("visibility", "Choose public or unlisted.") }
        try input.check()
        guard let visibility else { throw Problem.badRequest("The body is not complete.") }
        if visibility == .public, !context.member.hasSecondFactor { throw AccessRefusal.noFactor }
        guard let version = try VersionTable.find(skill: skill.id, number: number, in: tx) else {
            throw Problem.invalid([.init("version", "This skill has no version \(number).")])
        }
        let subject = RunOrdering.Subject(
            owner: context.tenant, handle: context.handle, skill: skill.id, lineage: skill.lineage, version: version.id,
            number: number, manifest: try SkillDraft.manifest(of: version.files))
        var ids = Authoring.Identifiers(now: context.now)
        let run = try Authoring.publish(
            subject, files: version.files, source: skill.source, visibility: visibility, coverage: try CandleCoverage(in: tx),
            ids: &ids, in: tx)
        try context.audit(.skillPublished, of: .init("skill", skill.id.description), details: ["version": .int(number)], in: tx)
        var response = Response.json([
            "handle": .string(context.handle), "slug": .string(subject.manifest.slug), "version": .int(number),
            "visibility": .string(visibility.rawValue), "evaluation_run_id": .string(run.description),
        ], status: 202)
        response.headers.set("location", "/api/v1/skills/\(context.handle)/\(subject.manifest.slug)")
        return response
    }

    // MARK: What the handlers share

    private static func own(_ context: MemberContext, in tx: borrowing Transaction) throws -> Storage.SkillTable.Row {
        guard let skill = try Storage.SkillTable.find(context.id("id"), in: tx) else { throw Problem.notFound }
        return skill
    }

    /// The skill with the source of its newest version.
    static func whole(_ id: ID<Skill>, in tx: borrowing Transaction) throws -> JSON {
        guard let skill = try Storage.SkillTable.find(id, in: tx) else { throw Problem.notFound }
        return SkillJSON.studio(skill, version: try VersionTable.find(skill.latestVersion, in: tx))
    }

    /// The same as an answer, with the tag that `If-Match` takes.
    private static func answer(_ id: ID<Skill>, status: Int = 200, in tx: borrowing Transaction) throws -> Response {
        guard let skill = try Storage.SkillTable.find(id, in: tx) else { throw Problem.notFound }
        var response = Response.json(SkillJSON.studio(skill, version: try VersionTable.find(skill.latestVersion, in: tx)), status: status)
        VersionTag.write(version: skill.latestNumber, to: &response)
        return response
    }

    private static func files(_ context: MemberContext) throws -> VersionTable.Files {
        var input = JSONInput(try context.jsonBody(), known: ["skill_md", "entry", "exit"])
        let skillMD = input.text("skill_md")
        let entry = input.optionalText("entry")
        let exit = input.optionalText("exit")
        try input.check()
        guard let skillMD else { throw Problem.badRequest("The body is not complete.") }
        return VersionTable.Files(skillMD: skillMD, entry: entry, exit: exit)
    }
}
