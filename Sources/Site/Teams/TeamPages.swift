internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// The page of a team, as its members see it; owners can change it.
enum TeamPages {
    /// What was just done, as the address of the page says it.
    enum Done: String {
        case made, joined, declined, left, invited, revoked, renamed, removed, transferred, deleted
        case roleChanged = "role", factorRequired = "factor-required", factorOptional = "factor-optional"

        var sentence: String {
            switch self {
            case .made: "The team is made. You work for it now: what you write, run and publish from here on is the team's."
            case .joined: "You joined the team."
            case .declined: "You declined the invitation."
            case .left: "You left the team. Your own account is unchanged."
            case .invited: "We mailed an invitation. It opens for \(Invitation.daysMax) days; an older one to that address is void."
            case .revoked: "The invitation is void."
            case .renamed: "The name is changed."
            case .removed: "The member is removed. Their pages and tokens stop working for the team at once."
            case .transferred: "The team has a new owner, and you have stepped down."
            case .deleted: "The team is deleted."
            case .roleChanged: "The role is changed. It holds from the member's next click."
            case .factorRequired: "Every member now needs a second factor."
            case .factorOptional: "Members no longer need a second factor."
            }
        }
    }

    /// What was typed and what is wrong with it.
    struct Draft {
        var email = ""
        var role = Role.author
        var name: String?
        var errors: [FieldError] = []
    }

    struct Model {
        let team: TeamTable.Row
        let members: [MembershipTable.Row]
        let invitations: [InvitationTable.Row]
        let hasPublished: Bool
        let viewer: Caller
        let done: Done?
        let draft: Draft
        let token: HTML

        var isOwner: Bool { viewer.role == .owner }
        var owners: [MembershipTable.Row] { members.filter { $0.role == .owner && $0.isActive } }
        var withoutFactor: [MembershipTable.Row] { members.filter { !$0.hasSecondFactor } }
    }

    static func show(_ model: Model) -> HTML {
        let parts: [HTML] = model.isOwner ? [invite(model), factor(model), name(model)] : []
        return """
            \(done(model.done))\(Form.summary(model.draft.errors, title: "Nothing was changed"))
            <p class="account__answer">@\(model.team.handle) has \(Format.count(model.members.count, "member")). You are its \(model.viewer.role.rawValue), who \(model.viewer.role.sentence). <a href="\(MyTeamsRoutes.path)">Your teams</a></p>
            \(members(model))\(parts)\(end(model))
            """
    }

    static func done(_ done: Done?) -> HTML? {
        done.map { "<div class=\"notices\" role=\"status\">\(Pieces.notice("Done", "<p>\($0.sentence)</p>", kind: .done))</div>" }
    }

    // MARK: Sections

    private static func members(_ model: Model) -> HTML {
        let rows: [HTML] = model.members.map { member in
            let isSelf = member.member == model.viewer.member.member
            let change: HTML? = model.isOwner
                ? "<a class=\"button button--small\" href=\"\(url: "\(TeamRoutes.path)/members/\(member.member)")\">Change<span class=\"visually-hidden\"> @\(member.handle)</span></a>"
                : nil
            return """
                <li class="row"><div class="row__main"><strong>\(member.displayName)</strong> <span class="muted">@\(member.handle)</span>\
                \(isSelf ? " <span class=\"badge badge--mine\">you</span>" : .empty)\(member.isActive ? .empty : " <span class=\"badge badge--warning\">suspended</span>")
                <p>\(member.role.rawValue) since \(Format.date(member.since))\(factorWord(member, model))</p></div>
                <div class="row__actions">\(change)</div></li>
                """
        }
        return "<section class=\"account__section\"><h2>Members</h2><ul class=\"rows\">\(rows)</ul></section>"
    }

    private static func factorWord(_ member: MembershipTable.Row, _ model: Model) -> HTML? {
        guard model.isOwner else { return nil }
        return member.hasSecondFactor ? " · second factor: yes" : " · second factor: <strong>no</strong>"
    }

    private static func invite(_ model: Model) -> HTML {
        let rows: [HTML] = model.invitations.map { invitation in
            let path = "\(TeamRoutes.path)/invitations/\(invitation.id)"
            return """
                <li class="row"><div class="row__main"><strong>\(invitation.email)</strong>
                <p>as \(invitation.role.rawValue), \(invitation.inviter.map { "invited by @\($0)" } ?? "invited") on \(Format.date(invitation.createdAt)), \
                opens until \(Format.time(invitation.expiresAt))</p></div>
                <div class="row__actions">\(button(path + "/resend", "Send again", token: model.token))\
                \(button(path + "/revocation", "Revoke", kind: .danger, token: model.token))</div></li>
                """
        }
        let list: HTML = rows.isEmpty ? "<p>No invitation is open.</p>" : "<ul class=\"rows\">\(rows)</ul>"
        return """
            <section class="account__section"><h2>Invite somebody</h2>
            <form class="form" method="post" action="\(TeamRoutes.path)/invitations" novalidate>\(model.token)
            \(Form.input(id: "email", name: "email", label: "Mail address", value: model.draft.email, type: "email",
                         help: "We mail a link that opens for \(Invitation.daysMax) days. Only an account with this address can accept.",
                         errors: model.draft.errors, attributes: "autocomplete=\"off\" required"))
            \(roles(selected: model.draft.role, errors: model.draft.errors))
            <div class="form__actions"><button class="button button--primary" type="submit">Send invitation</button></div>
            </form></section>
            <section class="account__section"><h2>Open invitations</h2>\(list)</section>
            """
    }

    /// The choice of a role, and below it what each may do: in the choice itself a small screen would cut it off.
    static func roles(selected: Role, errors: [FieldError] = []) -> HTML {
        let meanings: [HTML] = Role.allCases.map { "<li><strong>\($0.rawValue)</strong> \($0.sentence)</li>\n" }
        return """
            \(Form.select(
                id: "role", name: "role", label: "Role", options: Role.allCases.map { ($0.rawValue, $0.rawValue) }, selected: selected.rawValue,
                errors: errors))
            <ul class="team-roles field__help">
            \(meanings)</ul>
            """
    }

    private static func factor(_ model: Model) -> HTML {
        let path = "\(TeamRoutes.path)/second-factor"
        let text: HTML
        let form: HTML
        if model.team.requiresSecondFactor {
            text = "<p>Every member needs an authenticator app or a passkey. \(locked(model, isRequired: true))</p>"
            form = button(path, "Stop requiring it", fields: "<input type=\"hidden\" name=\"required\" value=\"0\">", token: model.token)
        } else if !model.viewer.member.hasSecondFactor {
            text = "<p>You can require it of every member once you have one yourself.</p>"
            form = "<a class=\"button\" href=\"/account/security\">Set up a second factor</a>"
        } else {
            text = "<p>A password alone opens the team's skills today. \(locked(model, isRequired: false))</p>"
            form = button(path, "Require a second factor", fields: "<input type=\"hidden\" name=\"required\" value=\"1\">", token: model.token)
        }
        return "<section class=\"account__section\"><h2>Second factor</h2>\(text)\(form)</section>"
    }

    /// Who stands outside, or would.
    private static func locked(_ model: Model, isRequired: Bool) -> HTML {
        let handles = model.withoutFactor.map { "@\($0.handle)" }.joined(separator: ", ")
        if handles.isEmpty { return isRequired ? "All members have one." : "All members have one, so nobody would be locked out." }
        return isRequired
            ? "Locked out of the team until they set one up: <strong>\(handles)</strong>."
            : "Without one, and locked out until they set one up: <strong>\(handles)</strong>."
    }

    private static func name(_ model: Model) -> HTML {
        """
        <section class="account__section"><h2>Name</h2>
        <form class="form" method="post" action="\(TeamRoutes.path)/name" novalidate>\(model.token)
        \(Form.input(id: "name", name: "name", label: "Display name", value: model.draft.name ?? model.team.displayName,
                     help: "Everybody sees it beside @\(model.team.handle). The handle itself does not change.", errors: model.draft.errors,
                     attributes: "autocomplete=\"off\" required"))
        <div class="form__actions"><button class="button" type="submit">Save name</button></div>
        </form></section>
        """
    }

    private static func end(_ model: Model) -> HTML {
        let isLast = model.isOwner && model.owners.count == 1
        let leave: HTML = isLast
            ? (model.members.count == 1
                ? "<p>You are its only member. Invite somebody and make them owner, then you can leave.</p>"
                : "<p>You are the only owner. To leave, transfer the team first: open a member and choose <em>Make owner and step down</em>.</p>")
            : "<p>You lose access to the team's skills, runs and tokens at once.</p>\(button("\(MyTeamsRoutes.path)/\(model.team.tenant)/leaving", "Leave @\(model.team.handle)", kind: .danger, token: model.token))"
        return """
            <section class="account__section\(isLast ? "" : " account__section--danger")"><h2>Leave</h2>\(leave)</section>
            \(model.isOwner ? deletion(model) : nil)
            """
    }

    private static func deletion(_ model: Model) -> HTML {
        if model.hasPublished {
            return """
                <section class="account__section"><h2>Delete</h2><p>\(TeamRefusal.published.sentence)</p></section>
                """
        }
        return """
            <section class="account__section account__section--danger"><h2>Delete @\(model.team.handle)</h2>
            <p>\(model.members.count == 1 ? "You lose" : "All \(model.members.count) members lose") the team's skills, versions, runs and API tokens, for ever. Nobody can take the handle afterwards.</p>
            <form class="form" method="post" action="\(TeamRoutes.path)/deletion" novalidate>\(model.token)
            \(Form.input(id: "confirmation", name: "confirmation", label: "Type \(model.team.handle) to confirm", value: "",
                         errors: model.draft.errors, attributes: "autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\" required"))
            <div class="form__actions"><button class="button button--danger" type="submit">Delete the team</button></div>
            </form></section>
            """
    }

    /// A form that is one button.
    static func button(_ action: String, _ label: String, kind: Form.Kind = .plain, fields: HTML = .empty, token: HTML) -> HTML {
        """
        <form class="button-form" method="post" action="\(url: action)">\(token)\(fields)\
        <button class="\(kind.className)" type="submit">\(label)</button></form>
        """
    }

    /// For who works for themselves.
    static func personal(handle: String, errors: [FieldError]) -> HTML {
        """
        \(Form.summary(errors, title: "Nothing was changed"))
        <p class="account__answer">You work for yourself, as @\(handle). A personal account has one member.</p>
        <section class="account__section"><h2>Work with others</h2>
        <p>A team has its own handle, skills, runs and audit log. You invite people by mail and choose what each may do; everybody keeps \
        their own account and log-in. <a href="/docs/teams">How teams work</a></p>
        <div class="form__actions"><a class="button button--primary" href="\(MyTeamsRoutes.path)/new">Make a team</a>
        <a class="button" href="\(MyTeamsRoutes.path)">Your teams and invitations</a></div></section>
        """
    }
}
