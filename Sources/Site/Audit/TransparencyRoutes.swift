internal import Base
internal import HTTP
internal import Postgres
internal import Storage

/// `/transparency`: what the log is, its newest checkpoint, its key.
enum TransparencyRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/transparency", index),
        .visitor(.get, "/transparency/checkpoint", checkpoint),
        .visitor(.get, "/transparency/key", key),
    ]

    private static let pageSeconds = 10
    private static let checkpointSeconds = 1
    private static let keySeconds = 300

    private static func index(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let page = TransparencyPages.Model(
            newest: try LogTable.newestCheckpoint(in: tx), verifierKey: try LogTable.verifierKey(in: tx), now: context.now)
        return context.page(TransparencyPages.index(page), caching: .public(maxAgeSeconds: pageSeconds))
    }

    /// The newest signed note (C2SP tlog-checkpoint).
    private static func checkpoint(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        guard let newest = try LogTable.newestCheckpoint(in: tx) else { throw notYet }
        return .text(newest.note, caching: .public(maxAgeSeconds: checkpointSeconds))
    }

    /// The verifier key (C2SP signed-note).
    private static func key(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        guard let key = try LogTable.verifierKey(in: tx) else { throw notYet }
        return .text(key + "\n", caching: .public(maxAgeSeconds: keySeconds))
    }

    private static let notYet = Problem(status: 404, detail: "No checkpoint was signed yet. The first follows within a minute of the start.")
}
