internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/account/tokens`: the member's API tokens for the tenant they act for.
enum TokenRoutes {
    static let routes: [Route] = [
        .member(.get, "/account/tokens", Requirement(.read), show),
        .member(.post, "/account/tokens", Requirement(.read, verified: true, proof: true), create),
        .member(.post, "/account/tokens/:id/revocation", Requirement(.read), revoke),
    ]

    /// On one page; older ones follow by `?cursor=`.
    private static let rowsShown = 60

    private static func show(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try page(context, in: tx)
    }

    private static func create(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        let order = TokenMaking.Order(name: form.text("name"), scopes: form.all("scope"), days: Int(form.text("expires_in_days")))
        do {
            let made = try TokenMaking.make(order, context, in: tx)
            return try page(context, made: made, status: 201, in: tx)
        } catch let problem as Problem where problem.status == 422 || problem.status == 409 {
            let errors = problem.errors.isEmpty ? [Problem.FieldError("name", problem.detail)] : problem.errors
            return try page(context, order: order, errors: errors, status: problem.status, in: tx)
        }
    }

    private static func revoke(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try TokenMaking.revoke(context, in: tx)
        return .redirect(to: "/account/tokens")
    }

    private static func page(
        _ context: MemberContext, made: TokenMaking.Made? = nil, order: TokenMaking.Order = .init(), errors: [Problem.FieldError] = [],
        status: Int = 200, in tx: borrowing Transaction
    ) throws -> Response {
        let before = try context.request.method.isSafe ? ListRequest(context.request.query).idCursor(APIToken.self) : nil
        let rows = try APITokenTable.list(of: context.member.member, before: before, limit: rowsShown + 1, in: tx)
        let shown = Array(rows.prefix(rowsShown))
        let model = TokenPages.Model(
            handle: context.handle, rows: shown,
            nextPage: rows.count > rowsShown ? shown.last.map { "/account/tokens?cursor=" + Cursor.encode($0.id.description) } : nil,
            secret: made?.text, scopes: TokenMaking.scopes(for: context.role), isVerified: context.member.isVerified, order: order,
            errors: errors.map { FieldError(field: $0.field, message: $0.message) }, origin: context.frame.settings.origin,
            now: context.now)
        return AccountLayout.page(
            context, current: .tokens, title: "API tokens", body: TokenPages.body(model, token: context.formTokenField), status: status)
    }
}
