internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/admin`: members, for administrators alone.
enum AdminRoutes {
    static let routes: [Route] = [
        .admin(.get, "/admin", Requirement(), index),
        .admin(.get, "/admin/members", Requirement(), list),
        .admin(.get, "/admin/members/:id", Requirement(), show),
        .admin(.post, "/admin/members/:id/suspension", Requirement(factor: true, proof: true), suspend),
        .admin(.post, "/admin/members/:id/restoration", Requirement(factor: true, proof: true), restore),
        .admin(.get, "/api/v1/admin/members", Requirement(), listJSON),
    ]

    private static let reasonCharactersMax = 200

    private static func index(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        context.page(Page(title: "Administration", section: .admin, body: AdminPages.index))
    }

    private static func list(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let text = search(context)
        let rows = try MemberAdminTable.list(starting: text, before: request.idCursor(Member.self), limit: request.limit + 1, in: tx)
        let shown = Array(rows.prefix(request.limit))
        let next = rows.count > request.limit
            ? shown.last.map { "/admin/members?q=\(PercentCoding.encode(text))&cursor=\(Cursor.encode($0.member.description))" } : nil
        return context.page(Page(title: "Members", section: .admin, body: AdminPages.list(shown, search: text, next: next)))
    }

    private static func search(_ context: AdminContext) -> String {
        var text = context.request.query.text("q").lowercased()
        if text.hasPrefix("@") { text.removeFirst() }
        return String(text.prefix(254))
    }

    private static func listJSON(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let rows = try MemberAdminTable.list(
            starting: search(context), before: request.idCursor(Member.self), limit: request.limit + 1, in: tx)
        return .json(request.page(rows, cursor: { Cursor.encode($0.member.description) }) { row in
            [
                "id": .string(row.member.description), "handle": .string(row.handle), "email": .string(row.email),
                "state": .string(row.state), "is_admin": .bool(row.isAdmin), "is_verified": .bool(row.isVerified),
                "has_second_factor": .bool(row.hasSecondFactor), "sessions": .int(row.sessions),
                "created_at": .string(row.createdAt.description),
            ]
        })
    }

    private static func member(_ context: AdminContext, in tx: borrowing Transaction) throws -> MemberAdminTable.Row {
        guard let row = try MemberAdminTable.find(context.id("id"), in: tx) else { throw Problem.notFound }
        return row
    }

    private static func show(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        page(context, try member(context, in: tx))
    }

    private static func page(_ context: AdminContext, _ row: MemberAdminTable.Row, error: String? = nil) -> Response {
        context.page(
            Page(title: "@\(row.handle)", section: .admin,
                 body: AdminPages.show(row, isSelf: row.member == context.member.member, error: error, token: context.formTokenField)),
            status: error == nil ? 200 : 422)
    }

    private static func suspend(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        let row = try member(context, in: tx)
        let reason = try context.form().text("reason")
        guard !reason.isEmpty, reason.count <= reasonCharactersMax else {
            return page(context, row, error: "Say why, in 1 to \(reasonCharactersMax) characters.")
        }
        guard !row.isAdmin else { throw Problem.conflict("An administrator cannot be suspended. Have that taken back first.") }
        let changed = try ActingTenant.run(as: row.tenant, backTo: RunTable.house, in: tx) { tx in
            guard try MemberAdminTable.suspend(row, in: tx) else { return false }
            try note(.accountSuspended, row, context, in: tx)
            return true
        }
        guard changed else { throw Problem.conflict("This member is \(row.state), not active.") }
        try context.audit(
            .accountSuspended, of: .init("member", row.member.description), details: ["reason": .string(reason)], tenant: RunTable.house, in: tx)
        return .redirect(to: "/admin/members/\(row.member)")
    }

    private static func restore(_ context: AdminContext, _ tx: borrowing Transaction) throws -> Response {
        let row = try member(context, in: tx)
        let changed = try ActingTenant.run(as: row.tenant, backTo: RunTable.house, in: tx) { tx in
            guard try MemberAdminTable.restore(row, in: tx) else { return false }
            try note(.accountRestored, row, context, in: tx)
            return true
        }
        guard changed else { throw Problem.conflict("This member is \(row.state), not suspended.") }
        try context.audit(.accountRestored, of: .init("member", row.member.description), tenant: RunTable.house, in: tx)
        return .redirect(to: "/admin/members/\(row.member)")
    }

    /// In the member's own log the platform did it: who, and from where, is the house's to know.
    private static func note(
        _ action: AuditAction, _ row: MemberAdminTable.Row, _ context: AdminContext, in tx: borrowing Transaction
    ) throws {
        try AuditTable.record(
            AuditEvent(
                tenant: row.tenant, actor: nil, actorKind: .platform, action: action, object: .init("member", row.member.description),
                place: .nowhere, requestID: context.request.requestID, at: context.now),
            in: tx)
    }
}
