internal import HTTP
internal import Postgres

/// `/openapi.yaml`: what the API answers, for programs.
enum DescriptionRoutes {
    static let routes: [Route] = [.visitor(.get, "/openapi.yaml", show)]

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        guard let description = context.frame.assets.apiDescription else { throw Problem.notFound }
        // RFC 9512 names the type.
        return Response(
            status: 200, headers: ["content-type": "application/yaml"], body: description, caching: .public(maxAgeSeconds: 300))
    }
}
