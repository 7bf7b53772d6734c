internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// Acts on a team with all that belongs to them: the change, the line in the audit log, the letter. Pages and API both
/// come here.
enum TeamDeeds {
    /// Mails an invitation; an older one to that address is void.
    static func invite(
        _ email: EmailAddress, as role: Role, _ context: MemberContext, _ tx: borrowing Transaction
    ) throws -> InvitationTable.Row {
        var random = SystemRandomNumberGenerator()
        let id = ID<Invitation>(at: context.now, random: &random)
        let token = MailLinkToken()
        try TeamActs.invite(email, as: role, id: id, token: token.digest, by: context.member.member, at: context.now, in: tx)
        let link = context.frame.settings.origin + InvitationRoutes.path + "?token=" + token.text.reveal()
        try context.mail.send(
            MailLetters.invitation(
                email, team: context.handle, inviter: context.member.handle, role: role, link: link, end: Invitation.end(from: context.now)),
            in: tx)
        try context.audit(.memberInvited, of: .init("invitation", id.description), details: ["role": .string(role.rawValue)], in: tx)
        guard let made = try InvitationTable.find(id, at: context.now, in: tx) else { throw Problem.notFound }
        return made
    }

    static func revoke(_ invitation: ID<Invitation>, _ context: MemberContext, _ tx: borrowing Transaction) throws {
        try TeamActs.revoke(invitation, by: context.member.member, in: tx)
        try context.audit(.invitationRevoked, of: .init("invitation", invitation.description), in: tx)
    }

    static func changeRole(of member: ID<Member>, to role: Role, _ context: MemberContext, _ tx: borrowing Transaction) throws {
        try TeamActs.changeRole(of: member, to: role, by: context.member.member, in: tx)
        try tellRole(role, of: member, context, tx)
    }

    static func transfer(to heir: ID<Member>, keeping role: Role, _ context: MemberContext, _ tx: borrowing Transaction) throws {
        try TeamActs.transfer(to: heir, from: context.member.member, keeping: role, in: tx)
        try tellRole(.owner, of: heir, context, tx)
        try tellRole(role, of: context.member.member, context, tx)
    }

    static func remove(_ member: ID<Member>, _ context: MemberContext, _ tx: borrowing Transaction) throws {
        let isSelf = member == context.member.member
        try TeamActs.remove(member, by: context.member.member, in: tx)
        try context.audit(isSelf ? .memberLeft : .memberRemoved, of: .init("member", member.description), in: tx)
        if !isSelf { try context.mail.notify(.removedFromTeam(team: context.handle), member, in: tx) }
    }

    static func delete(typed: String, _ context: MemberContext, _ tx: borrowing Transaction) throws {
        let members = try TeamActs.delete(typed: typed, by: context.member.member, at: context.now, in: tx)
        try context.audit(
            .teamDeleted, of: .init("tenant", context.tenant.description), details: ["members": .int(members.count)], in: tx)
        for member in members where member != context.member.member {
            try context.mail.notify(.removedFromTeam(team: context.handle), member, in: tx)
        }
    }

    private static func tellRole(
        _ role: Role, of member: ID<Member>, _ context: MemberContext, _ tx: borrowing Transaction
    ) throws {
        try context.audit(
            .roleChanged, of: .init("member", member.description), details: ["role": .string(role.rawValue)], in: tx)
        guard member != context.member.member else { return }
        try context.mail.notify(.roleChanged(team: context.handle, to: role), member, in: tx)
    }
}

extension PageContext {
    /// The role that a form or a JSON body names; nil for anything else.
    func role(_ word: String?) -> Role? { word.flatMap { Role(rawValue: $0) } }
}
