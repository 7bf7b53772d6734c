internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// What the link in an invitation shows.
enum InvitationPages {
    /// Who asks, and what one could do then.
    static func sentence(_ invitation: InvitationTable.Row) -> HTML {
        let who: HTML = invitation.inviter.map { "@\($0) invites you" } ?? "You are invited"
        return "\(who) as \(invitation.role.rawValue), who \(invitation.role.sentence)."
    }

    static func show(_ invitation: InvitationTable.Row, secret: String, viewer: Caller?, isMember: Bool, token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>Join @\(invitation.handle)?</h1>
        <div class="team-invitation">
        <p><strong>\(invitation.displayName)</strong> <span class="muted">@\(invitation.handle)</span></p>
        <p>\(sentence(invitation)) Open until \(Format.time(invitation.expiresAt)).</p>
        \(next(invitation, secret, viewer, isMember, token))
        </div>
        </section>
        """
    }

    private static func next(
        _ invitation: InvitationTable.Row, _ secret: String, _ viewer: Caller?, _ isMember: Bool, _ token: HTML
    ) -> HTML {
        guard let member = viewer?.member else {
            // The link's secret stays out of other addresses: after log-in the invitation stands in the list.
            return """
                <p>Log in with the account of the address this mail went to, or make one with that address. The invitation waits on your teams page.</p>
                <div class="form__actions"><a class="button button--primary" href="/login?next=\(MyTeamsRoutes.path)">Log in</a>
                <a class="button" href="/signup?next=\(MyTeamsRoutes.path)">Sign up</a></div>
                """
        }
        if isMember {
            return """
                <p>You are in this team already, as @\(member.handle). There is nothing to do.</p>
                <div class="form__actions"><a class="button button--primary" href="\(MyTeamsRoutes.path)">Your teams</a></div>
                """
        }
        guard invitation.email == member.email else {
            return """
                <p>This invitation went to another address than that of @\(member.handle), as whom you are logged in. Log out, then open the link \
                again with the account that has that address. Or ask for an invitation to the address of @\(member.handle).</p>
                \(TeamPages.button("/logout", "Log out", kind: .primary, token: token))
                """
        }
        guard member.isVerified else {
            return """
                <p>Confirm your mail address first: open the link we mailed you when you signed up. Your account can mail it again.</p>
                <div class="form__actions"><a class="button button--primary" href="/account">Your account</a></div>
                """
        }
        let field: HTML = "<input type=\"hidden\" name=\"token\" value=\"\(secret)\">"
        return """
            <p>You would join as @\(member.handle). You keep your own account.</p>
            <div class="form__actions">\(MyTeamsPages.answer(InvitationRoutes.path, "Join @\(invitation.handle)", "accept", kind: .primary, fields: field, token: token))\
            \(MyTeamsPages.answer(InvitationRoutes.path, "Decline", "decline", kind: .plain, fields: field, token: token))</div>
            """
    }

    static let closed: HTML = """
        <section class="form-page">
        <h1>This invitation is closed</h1>
        <p>\(TeamRefusal.invitationClosed.sentence)</p>
        <p><a href="\(MyTeamsRoutes.path)">Your teams and open invitations</a></p>
        </section>
        """
}
