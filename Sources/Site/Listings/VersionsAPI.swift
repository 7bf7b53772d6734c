internal import Base
internal import HTTP
internal import Postgres
internal import Storage

/// `/api/v1/skills/{handle}/{slug}/versions`: what was ever published of a skill.
enum VersionsAPI {
    static let routes: [Route] = [
        .visitor(.get, "/api/v1/skills/:handle/:slug/versions", list),
        .visitor(.get, "/api/v1/skills/:handle/:slug/versions/:number", show),
    ]

    private static func list(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let before = try request.numberCursor() ?? .max
        let listing = try SkillsAPI.published(context, in: tx)
        let rows = try PublishedVersionTable.list(tenant: listing.tenant, skill: listing.publication.skill, in: tx)
            .filter { $0.number < before }
        return .json(request.page(rows, cursor: { Cursor.encode(String($0.number)) }, json: SkillJSON.version))
    }

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let listing = try SkillsAPI.published(context, in: tx)
        guard let number = Int32(try context.parameter("number")),
              let row = try PublishedVersionTable.find(
                  tenant: listing.tenant, skill: listing.publication.skill, number: Int(number), in: tx)
        else { throw Problem.notFound }
        return .json(SkillJSON.versionWhole(row))
    }
}
