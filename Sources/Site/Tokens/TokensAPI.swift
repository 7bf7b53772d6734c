internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/api/v1/account/tokens`: the member's tokens for the tenant they act for. For browser sessions alone: a token that
/// could make tokens would never expire.
enum TokensAPI {
    static let routes: [Route] = [
        .member(.get, "/api/v1/account/tokens", Requirement(.read), list),
        .member(.post, "/api/v1/account/tokens", Requirement(.read, verified: true, proof: true), create),
        .member(.delete, "/api/v1/account/tokens/:id", Requirement(.read), revoke),
    ]

    private static func list(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let rows = try APITokenTable.list(
            of: context.member.member, before: request.idCursor(APIToken.self), limit: request.limit + 1, in: tx)
        return .json(request.page(
            rows, cursor: { Cursor.encode($0.id.description) }, json: { .object(members($0, now: context.now)) }))
    }

    private static func create(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        var input = JSONInput(try context.jsonBody(), known: ["name", "scopes", "expires_in_days"])
        let name = input.text("name")
        let scopes = input.texts("scopes")
        let days = input.optionalNumber("expires_in_days", in: 1...366) ?? Int64(TokenMaking.daysDefault)
        try input.check()
        let made = try TokenMaking.make(.init(name: name ?? "", scopes: scopes ?? [], days: Int(days)), context, in: tx)
        return .json(
            .object(members(made.row, now: context.now) + [("token", .string(made.text.reveal()))]), status: 201)
    }

    private static func revoke(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try TokenMaking.revoke(context, in: tx)
        return Response(status: 204)
    }

    private static func members(_ row: APITokenTable.Row, now: Instant) -> [(String, JSON)] {
        [
            ("id", .string(row.id.description)), ("name", .string(row.name)),
            ("scopes", .array(row.scopes.map { .string($0.rawValue) })), ("created_at", .string(row.createdAt.description)),
            ("expires_at", .string(row.expiresAt.description)), ("is_expired", .bool(row.expiresAt <= now)),
            ("last_used_at", .optional(row.lastUsed?.description)), ("last_network", .optional(row.lastNetwork)),
        ]
    }
}
