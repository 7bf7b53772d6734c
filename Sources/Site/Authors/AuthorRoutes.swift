internal import Base
internal import HTTP
internal import Postgres
internal import Storage

/// `/@handle`.
enum AuthorRoutes {
    static let routes: [Route] = [.visitor(.get, "/@:handle", show)]

    private static let rowsMax = 100

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let handle = try context.parameter("handle")
        // People write handles as they look to them; the address has one form.
        if handle != handle.lowercased(), let known = try AuthorTable.find(handle: handle.lowercased(), in: tx) {
            return .redirect(to: "/@" + known.handle, status: 308)
        }
        guard let author = try AuthorTable.find(handle: handle, in: tx) else { throw Problem.notFound }
        let filter = ListingTable.Filter(handle: handle)
        let rows = try ListingTable.browse(filter, sort: .newest, limit: rowsMax, in: tx)
        var lineages: [ID<Skill>] = []
        var trials = 0
        for row in rows where !lineages.contains(row.publication.lineage) {
            lineages.append(row.publication.lineage)
            trials += row.trials
        }
        let page = AuthorPages.Author(
            handle: handle, displayName: author.displayName, joinedAt: author.createdAt,
            rows: rows.map { SkillRow($0, viewer: context.viewer) }, cohort: .init(try ListingTable.cohort(filter, in: tx)),
            trials: trials, forks: rows.reduce(0) { $0 + $1.forks }, isViewer: context.viewer?.handle == handle, now: context.now)
        return context.page(AuthorPages.show(page), caching: context.publicCaching)
    }
}
