internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// One member of the team that the browser works for, as its owners see them.
enum TeamMemberRoutes {
    private static let manage = Requirement(.manageTenant, proof: true)

    static let routes: [Route] = [
        .member(.get, "/account/team/members/:id", Requirement(.manageTenant), show),
        .member(.post, "/account/team/members/:id/role", manage, changeRole),
        .member(.post, "/account/team/members/:id/removal", manage, remove),
        .member(.post, "/account/team/members/:id/transfer", manage, transfer),
    ]

    private static func show(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        guard context.who.acting.isTeam, let row = try MembershipTable.find(context.id("id"), in: tx) else { throw Problem.notFound }
        return AccountLayout.page(
            context, current: .team, title: row.displayName,
            body: TeamMemberPages.show(row, viewer: context.who, token: context.formTokenField))
    }

    private static func changeRole(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let member: ID<Member> = try context.id("id")
        guard let role = context.role(try context.form()["role"]) else { throw TeamAPI.badRole }
        return try TeamRoutes.act(context, tx, done: .roleChanged) { try TeamDeeds.changeRole(of: member, to: role, context, $0) }
    }

    private static func remove(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let member: ID<Member> = try context.id("id")
        let isSelf = member == context.member.member
        return try TeamRoutes.act(
            context, tx, done: isSelf ? .left : .removed, next: isSelf ? MyTeamsRoutes.path : TeamRoutes.path
        ) { try TeamDeeds.remove(member, context, $0) }
    }

    private static func transfer(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let member: ID<Member> = try context.id("id")
        guard let role = context.role(try context.form()["role"]), role != .owner else { throw TeamAPI.badRole }
        return try TeamRoutes.act(context, tx, done: .transferred) { try TeamDeeds.transfer(to: member, keeping: role, context, $0) }
    }
}
