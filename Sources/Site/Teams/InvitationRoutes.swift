internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Invitations as the invited see them: by the link in the mail, or in the list of their account.
enum InvitationRoutes {
    static let path = "/link/invitation"
    static let accountPath = "/account/invitations"

    static let routes: [Route] = [
        .visitor(.get, "/link/invitation", open),
        .account(.post, "/link/invitation", Requirement(verified: true), answerLink),
        .account(.post, "/account/invitations/:id", Requirement(verified: true), answerListed),
    ]

    private static func open(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let text = context.request.query["token"] ?? ""
        guard let digest = MailLinkToken.digest(of: text), let invitation = try InvitationTable.find(token: digest, at: context.now, in: tx) else {
            return context.page(Page(title: "This invitation is closed", section: .account, body: InvitationPages.closed), status: 404)
        }
        var isMember = false
        if let viewer = context.viewer {
            isMember = try MembershipTable.places(of: viewer.member.member, in: tx).contains { $0.tenant == invitation.tenant }
        }
        let body = InvitationPages.show(
            invitation, secret: text, viewer: context.viewer, isMember: isMember, token: context.viewer == nil ? .empty : context.formTokenField)
        return context.page(Page(title: "Join @\(invitation.handle)?", section: .account, body: body))
    }

    private static func answerLink(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        let digest = MailLinkToken.digest(of: form["token"] ?? "")
        let invitation = try digest.flatMap { try InvitationTable.find(token: $0, at: context.now, in: tx) }
        let before = try digest.flatMap { try InvitationTable.accepted(token: $0, by: context.member.member, in: tx) }
        return try answer(invitation, acceptedBefore: before != nil, form, context, tx)
    }

    private static func answerListed(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let id: ID<Invitation> = try context.id("id")
        let invitation = try InvitationTable.find(id, for: context.member.email, at: context.now, in: tx)
        let before = try InvitationTable.accepted(id, by: context.member.member, in: tx)
        return try answer(invitation, acceptedBefore: before != nil, try context.form(), context, tx)
    }

    /// A second click on what was accepted leads where the first one led.
    private static func answer(
        _ invitation: InvitationTable.Row?, acceptedBefore: Bool, _ form: Fields, _ context: AccountContext, _ tx: borrowing Transaction
    ) throws -> Response {
        guard let word = form["answer"], ["accept", "decline"].contains(word) else {
            throw Problem.invalid([.init("answer", "Choose accept or decline.")])
        }
        if acceptedBefore, word == "accept" { return done(.joined) }
        // Whose address it is not learns as little as from an unknown one.
        guard let invitation, invitation.email == context.member.email else { throw TeamRefusal.invitationClosed }
        guard word == "accept" else {
            try TeamActs.decline(invitation, home: context.home, in: tx)
            try inTeam(invitation, context, tx) { tx in
                try context.audit(
                    .invitationDeclined, of: .init("invitation", invitation.id.description), tenant: invitation.tenant, in: tx)
            }
            return done(.declined)
        }
        let member = context.member.member
        let joined = try TeamActs.accept(
            invitation, member: member, home: context.home, email: context.member.email, at: context.now, in: tx)
        guard joined.isNew else { return done(.joined) }
        try inTeam(invitation, context, tx) { tx in
            try context.audit(
                .memberJoined, of: .init("member", member.description),
                details: ["role": .string(joined.role.rawValue), "invitation": .string(invitation.id.description)], tenant: invitation.tenant, in: tx)
        }
        return done(.joined)
    }

    private static func inTeam(
        _ invitation: InvitationTable.Row, _ context: AccountContext, _ tx: borrowing Transaction, _ body: (borrowing Transaction) throws -> Void
    ) throws { try ActingTenant.run(as: invitation.tenant, backTo: context.home, in: tx, body) }

    private static func done(_ done: TeamPages.Done) -> Response { .redirect(to: "\(MyTeamsRoutes.path)?done=\(done.rawValue)") }
}
