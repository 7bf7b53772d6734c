internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/api/v1/account/sessions`, for browser sessions only: a token that leaks must not end the sessions of its owner.
enum SessionsAPI {
    static let routes: [Route] = [
        .account(.get, "/api/v1/account/sessions", Requirement(), list),
        .account(.delete, "/api/v1/account/sessions/:id", Requirement(), revoke),
    ]

    private static func list(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let sessions = try LoginSessionTable.list(context.member.member, tenant: context.home, at: context.now, in: tx)
        return .json(ListRequest.envelope(sessions.map { session in
            [
                "id": .string(session.session.description), "browser": .string(BrowserName.words(for: session.userAgent)),
                "network": .string(session.network), "created_at": .string(session.createdAt.description),
                "last_used_at": .string(session.lastSeen.description), "expires_at": .string(session.expiresAt.description),
                "is_current": .bool(session.session == context.who.session),
            ]
        }, nextCursor: nil))
    }

    private static func revoke(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        try SessionRoutes.end(try context.id("id"), context, in: tx)
        return Response(status: 204)
    }
}
