internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/account/sessions`: where the member is logged in, and how to end it.
enum SessionRoutes {
    static let routes: [Route] = [
        .account(.get, "/account/sessions", Requirement(), list),
        .account(.post, "/account/sessions/revoke-others", Requirement(), revokeOthers),
        .account(.post, "/account/sessions/:id/revoke", Requirement(), revoke),
    ]

    private static func list(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let sessions = try LoginSessionTable.list(context.member.member, tenant: context.home, at: context.now, in: tx)
        return AccountLayout.page(
            context, current: .sessions, title: "Sessions",
            body: SessionPages.list(sessions, current: context.who.session, now: context.now, token: context.formTokenField))
    }

    private static func revoke(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let session = try context.id("id", of: LoginSession.self)
        try end(session, context, in: tx)
        guard session == context.who.session else { return .redirect(to: "/account/sessions") }
        var response = Response.redirect(to: "/")
        response.cookies.append(SessionCookie.ended(isSecure: context.request.isSecure))
        return response
    }

    private static func revokeOthers(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let ended = try LoginSessionTable.revokeOthers(
            than: context.who.session, of: context.member.member, tenant: context.home, in: tx)
        for session in ended { try context.audit(.sessionRevoked, of: .init("session", session.description), in: tx) }
        return .redirect(to: "/account/sessions")
    }

    /// A session of somebody else's is as absent as one that never was.
    static func end(_ session: ID<LoginSession>, _ context: AccountContext, in tx: borrowing Transaction) throws {
        guard try LoginSessionTable.revoke(session, of: context.member.member, tenant: context.home, in: tx) else {
            throw Problem.notFound
        }
        try context.audit(.sessionRevoked, of: .init("session", session.description), in: tx)
    }
}
