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

    /// The database answers and is migrated.
    private static func readiness(_ site: Site, _ request: Request, _ database: Database) -> Response {
        do {
            try database.transaction(.platform, .readOnly) { try ReadinessCheck.run(in: $0) }
            return .text("ready\n")
        } catch {
            return .text("not ready: the database does not answer, or lacks migrations\n", status: 503)
        }
    }

    /// Only over the internal listener: to the public the address does not exist.
    private static func metrics(_ site: Site, _ request: Request, _ database: Database) -> Response {
        guard request.isInternal else { return .text("Not found\n", status: 404) }
        return .text(site.metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
