internal import HTTP
internal import Postgres
internal import Storage

/// `/`.
enum FrontRoutes {
    static let routes: [Route] = [.visitor(.get, "/", show)]

    private static let rowsShown = 10

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let rows = try ListingTable.browse(.init(), sort: .evidence, limit: rowsShown, in: tx)
        let page = FrontPages.Front(
            rows: rows.map { SkillRow($0, viewer: context.viewer) }, cohort: .init(try ListingTable.cohort(.init(), in: tx)),
            trials: try LineageTrialsTable.total(in: tx), viewer: context.pageViewer, now: context.now)
        return context.page(FrontPages.show(page), caching: context.publicCaching)
    }
}
