internal import Base
internal import HTTP
internal import Postgres
internal import Storage

/// `/api/v1/authors/{handle}`: who publishes.
enum AuthorsAPI {
    static let routes: [Route] = [.visitor(.get, "/api/v1/authors/:handle", show)]

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        guard let author = try AuthorTable.find(handle: context.parameter("handle"), in: tx) else { throw Problem.notFound }
        let filter = ListingTable.Filter(handle: author.handle)
        let cohort = try ListingTable.cohort(filter, in: tx)
        let skills = try ListingTable.browse(filter, sort: .newest, limit: Limits.pageItemsMax, in: tx)
        return .json([
            "handle": .string(author.handle), "display_name": .string(author.displayName),
            "joined_at": .string(author.createdAt.description), "published": .int(cohort.published),
            "evaluated": .int(cohort.evaluated), "positive": .int(cohort.positive),
            "median_return": .optional(cohort.medianReturn), "skills": .array(skills.map(SkillJSON.listing)),
        ])
    }
}
