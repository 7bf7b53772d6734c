internal import HTTP
internal import Postgres
internal import Storage

/// What machines ask about this process.
enum HealthRoutes {
    static let routes: [Route] = [
        .process("/healthz", health),
        .process("/readyz", readiness),
        .process("/metrics", metrics),
    ]

    /// The process answers.
    private static func health(_ site: Site, _ request: Request, _ database: Database) -> Response {
        .text("ok\n")
    }

    /// The database answers and has every migration this program came with. A newer schema is fine: migrations leave the
    /// release before them working.
    private static func readiness(_ site: Site, _ request: Request, _ database: Database) -> Response {
        do {
            let newest = try database.transaction(.platform, .readOnly) { try ReadinessCheck.newestMigration(in: $0) }
            guard newest >= site.assets.migrationsExpected else {
                return .text("not ready: migrations are pending; run tradecraft migrate\n", status: 503)
            }
            return .text("ready\n")
        } catch {
            return .text("not ready: the database does not answer, or was never migrated\n", status: 503)
        }
    }

    /// Only over the internal listener: to the public the address does not exist.
    private static func metrics(_ site: Site, _ request: Request, _ database: Database) -> Response {
        guard request.isInternal else { return .text("Not found\n", status: 404) }
        return .text(site.metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
