internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// `/api/v1/team`: members and invitations of the tenant that the caller acts for. Tokens read; browsers write.
enum TeamAPI {
    static let routes: [Route] = [
        .member(.get, "/api/v1/team/members", Requirement(.read, scope: .teamRead), members),
        .member(.patch, "/api/v1/team/members/:id", Requirement(.manageTenant, proof: true), changeRole),
        .member(.delete, "/api/v1/team/members/:id", Requirement(.manageTenant, proof: true), remove),
        .member(.get, "/api/v1/team/invitations", Requirement(.manageTenant, scope: .teamRead), invitations),
        .member(.post, "/api/v1/team/invitations", Requirement(.manageTenant, verified: true, proof: true), invite),
        .member(.delete, "/api/v1/team/invitations/:id", Requirement(.manageTenant, verified: true, proof: true), revoke),
    ]

    static let roleSentence = "Choose \(Role.allCases.map(\.rawValue).joined(separator: ", "))."
    static let badRole = Problem.invalid([.init("role", roleSentence)])

    private static func members(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let rows = try MembershipTable.list(after: request.idCursor(Member.self), limit: request.limit + 1, in: tx)
        return .json(request.page(rows, cursor: { Cursor.encode($0.member.description) }, json: { json($0, context) }))
    }

    private static func changeRole(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let member: ID<Member> = try context.id("id")
        var input = JSONInput(try context.jsonBody(), known: ["role"])
        let role = role(&input, context)
        try input.check()
        guard let role else { throw Problem.badRequest("The body is not complete.") }
        try TeamDeeds.changeRole(of: member, to: role, context, tx)
        guard let row = try MembershipTable.find(member, in: tx) else { throw Problem.notFound }
        return .json(json(row, context))
    }

    private static func remove(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try TeamDeeds.remove(context.id("id"), context, tx)
        return Response(status: 204)
    }

    private static func invitations(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let rows = try InvitationTable.list(
            before: request.idCursor(Invitation.self), limit: request.limit + 1, at: context.now, in: tx)
        return .json(request.page(rows, cursor: { Cursor.encode($0.id.description) }, json: json))
    }

    private static func invite(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        var input = JSONInput(try context.jsonBody(), known: ["email", "role"])
        let typed = input.text("email")
        let email = typed.flatMap { EmailAddress($0) }
        if typed != nil, email == nil { input.refuse("email", "Enter an email address, such as you@example.org.") }
        let role = role(&input, context)
        try input.check()
        guard let email, let role else { throw Problem.badRequest("The body is not complete.") }
        return .json(json(try TeamDeeds.invite(email, as: role, context, tx)), status: 201)
    }

    private static func revoke(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try TeamDeeds.revoke(context.id("id"), context, tx)
        return Response(status: 204)
    }

    private static func role(_ input: inout JSONInput, _ context: MemberContext) -> Role? {
        let word = input.text("role")
        let role = context.role(word)
        if word != nil, role == nil { input.refuse("role", roleSentence) }
        return role
    }

    /// Who has no second factor is for owners alone: to others it is null.
    private static func json(_ row: MembershipTable.Row, _ context: MemberContext) -> JSON {
        [
            "id": .string(row.member.description), "handle": .string(row.handle), "display_name": .string(row.displayName),
            "role": .string(row.role.rawValue), "since": .string(row.since.description),
            "has_second_factor": context.role == .owner ? .bool(row.hasSecondFactor) : .null,
        ]
    }

    private static func json(_ row: InvitationTable.Row) -> JSON {
        [
            "id": .string(row.id.description), "email": .string(row.email), "role": .string(row.role.rawValue),
            "invited_by": .optional(row.inviter), "created_at": .string(row.createdAt.description),
            "expires_at": .string(row.expiresAt.description),
        ]
    }
}
