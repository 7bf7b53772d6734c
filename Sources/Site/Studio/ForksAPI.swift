internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/api/v1/forks`: published skills into the member's studio.
enum ForksAPI {
    static let routes: [Route] = [.member(.post, "/api/v1/forks", Requirement(.writeSkills, scope: .skillsWrite), create)]

    private static func create(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        var input = JSONInput(try context.jsonBody(), known: ["handle", "slug", "version", "new_slug"])
        let handle = input.text("handle")
        let slug = input.text("slug")
        let number = input.optionalNumber("version", in: 1...Int64(Int32.max)).map { Int($0) }
        let newSlug = input.optionalText("new_slug")
        try input.check()
        guard let handle, let slug else { throw Problem.badRequest("The body is not complete.") }
        var ids = Authoring.Identifiers(now: context.now)
        let made = try Forking.fork(handle: handle, slug: slug, number: number, as: newSlug, ids: &ids, in: tx)
        try context.audit(.skillForked, of: .init("skill", made.skill.description), in: tx)
        var response = Response.json(try StudioSkillsAPI.whole(made.skill, in: tx), status: 201)
        response.headers.set("location", "/api/v1/studio/skills/\(made.skill)")
        return response
    }
}
