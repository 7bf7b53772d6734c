internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// Invitations as the owners of a team see them.
enum TeamInvitationRoutes {
    private static let manage = Requirement(.manageTenant, verified: true, proof: true)

    static let routes: [Route] = [
        .member(.post, "/account/team/invitations", manage, invite),
        .member(.post, "/account/team/invitations/:id/resend", manage, resend),
        .member(.post, "/account/team/invitations/:id/revocation", manage, revoke),
    ]

    private static func invite(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        var draft = TeamPages.Draft(email: form.text("email"), role: context.role(form["role"]) ?? .author)
        guard let email = EmailAddress(draft.email) else {
            draft.errors = [.init(field: "email", message: "Enter an email address, such as you@example.org.")]
            return try TeamRoutes.page(context, tx, draft: draft, status: 422)
        }
        guard let role = context.role(form["role"]) else {
            draft.errors = [.init(field: "role", message: TeamAPI.roleSentence)]
            return try TeamRoutes.page(context, tx, draft: draft, status: 422)
        }
        return try TeamRoutes.act(context, tx, done: .invited, draft: draft) { _ = try TeamDeeds.invite(email, as: role, context, $0) }
    }

    private static func resend(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        guard let old = try InvitationTable.find(context.id("id"), at: context.now, in: tx), let email = EmailAddress(old.email) else {
            throw TeamRefusal.notFound
        }
        return try TeamRoutes.act(context, tx, done: .invited) { _ = try TeamDeeds.invite(email, as: old.role, context, $0) }
    }

    private static func revoke(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let id: ID<Invitation> = try context.id("id")
        return try TeamRoutes.act(context, tx, done: .revoked) { try TeamDeeds.revoke(id, context, $0) }
    }
}
