internal import Base
internal import HTTP
internal import Postgres
internal import Storage

/// `/skills`: what a reader asked for, as a query of listings.
enum BrowseRoutes {
    static let routes: [Route] = [.visitor(.get, "/skills", index)]

    private static let pageSize = 25

    private static func index(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let query = BrowseQuery(context.request.query)
        let filter = query.filter
        let rows = try ListingTable.browse(filter, sort: query.sort, after: query.cursor, limit: pageSize + 1, in: tx)
        let shown = rows.prefix(pageSize)
        let more = rows.count > pageSize ? shown.last : nil
        let page = BrowsePages.Browse(
            query: query.text, sort: BrowseQuery.choice(query.sort), sorts: ListingTable.Sort.allCases.map(BrowseQuery.choice),
            facets: try facets(query, in: tx), activeFilters: query.active.map { .init(value: $0.0, label: $0.1) },
            cohort: .init(try ListingTable.cohort(filter, in: tx)), rows: shown.map { SkillRow($0, viewer: context.viewer) },
            pagination: Pagination(
                what: "skills", label: query.cursor == nil ? "" : "Further results",
                previous: query.cursor == nil ? nil : query.address(cursor: nil),
                next: more.map { query.address(cursor: ($0.sortKey, $0.publication.skill)) }),
            now: context.now)
        return context.page(BrowsePages.index(page), caching: context.publicCaching)
    }

    /// Every option with the count it would show.
    private static func facets(_ query: BrowseQuery, in tx: borrowing Transaction) throws -> [BrowsePages.Facet] {
        var facets: [BrowsePages.Facet] = []
        for (name, title, options) in BrowseQuery.facets {
            var shown: [BrowsePages.Facet.Option] = []
            for (value, label) in options {
                let isActive = query[name] == value
                let count = try ListingTable.cohort(query.with(name, value).filter, in: tx).published
                guard count > 0 || isActive else { continue }
                shown.append(.init(label: label, count: count, isActive: isActive, address: query.with(name, isActive ? nil : value).address(cursor: nil)))
            }
            if !shown.isEmpty { facets.append(.init(title: title, options: shown)) }
        }
        return facets
    }
}
