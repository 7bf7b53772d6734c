internal import Base
internal import HTTP
internal import Postgres
internal import Storage
internal import Trading

/// `/api/v1/skills`: the published skills, and one of them.
enum SkillsAPI {
    static let routes: [Route] = [
        .visitor(.get, "/api/v1/skills", list),
        .visitor(.get, "/api/v1/skills/:handle/:slug", show),
    ]

    private static let cacheSeconds = 10

    private static func list(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let query = context.request.query
        let request = try ListRequest(query)
        let (filter, sort) = try conditions(query)
        let rows = try ListingTable.browse(filter, sort: sort, after: try cursor(request, sort), limit: request.limit + 1, in: tx)
        let page = request.page(
            rows, cursor: { Cursor.encode(sort.rawValue, String($0.sortKey.bitPattern, radix: 16), $0.publication.skill.description) },
            json: SkillJSON.listing)
        return .json(page, caching: .public(maxAgeSeconds: cacheSeconds))
    }

    /// What the query asks for; everything that is wrong with it at once.
    private static func conditions(_ query: Fields) throws -> (ListingTable.Filter, ListingTable.Sort) {
        var errors: [Problem.FieldError] = []
        func choice<Value>(_ name: String, _ choices: [(String, Value)]) -> Value? {
            guard let text = query[name] else { return nil }
            if let found = choices.first(where: { $0.0 == text }) { return found.1 }
            errors.append(.init(name, "Choose one of \(choices.map(\.0).joined(separator: ", "))."))
            return nil
        }
        var filter = ListingTable.Filter(text: query.text("q"))
        filter.timeframe = choice("timeframe", Timeframe.allCases.map { ($0.rawValue, $0.rawValue) })
        filter.licence = choice("licence", [("open", "open"), ("closed", "closed")])
        filter.hasModel = choice("model", [("agent", true), ("helpers", false)])
        filter.synthetic = choice("synthetic", [("true", true), ("false", false)])
        filter.handle = query["author"].flatMap { $0.isEmpty ? nil : $0 }
        let sort = choice("sort", ListingTable.Sort.allCases.map { ($0.rawValue, $0) }) ?? .evidence
        guard errors.isEmpty else { throw Problem.invalid(errors) }
        return (filter, sort)
    }

    /// A cursor belongs to the order it was made in.
    private static func cursor(_ request: ListRequest, _ sort: ListingTable.Sort) throws(Problem) -> (key: Double, skill: ID<Skill>)? {
        guard let text = request.cursor else { return nil }
        let words = try Cursor.decode(text, count: 3)
        guard words[0] == sort.rawValue, let bits = UInt64(words[1], radix: 16), let skill = ID<Skill>(words[2]) else {
            throw Cursor.refusal
        }
        let key = Double(bitPattern: bits)
        guard !key.isNaN else { throw Cursor.refusal }
        return (key, skill)
    }

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let listing = try published(context, in: tx)
        let p = listing.publication
        let version = try PublishedVersionTable.find(tenant: listing.tenant, skill: p.skill, number: p.versionNumber, in: tx)
        return .json(SkillJSON.listing(listing, version: version), caching: .public(maxAgeSeconds: cacheSeconds))
    }

    /// The listing that the path names by `:handle` and `:slug`, public or unlisted; 404 when there is none.
    static func published(_ context: some PageContext, in tx: borrowing Transaction) throws -> ListingTable.Row {
        guard let row = try ListingTable.find(handle: context.parameter("handle"), slug: context.parameter("slug"), in: tx) else {
            throw Problem.notFound
        }
        return row
    }
}
