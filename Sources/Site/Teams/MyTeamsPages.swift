internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// The teams of a person, and how one begins.
enum MyTeamsPages {
    struct Model {
        let places: [MembershipTable.Place]
        /// Those to the member's verified address.
        let invitations: [InvitationTable.Row]
        let viewer: Caller
        let done: TeamPages.Done?
        let errors: [FieldError]
        let token: HTML
    }

    /// What was typed for a new team.
    struct NewTeam {
        var name = ""
        var handle = ""
        var errors: [FieldError] = []
    }

    static func show(_ model: Model) -> HTML {
        let teams = model.places.filter(\.isTeam)
        let answer = teams.isEmpty ? "You are in no team." : "You are in \(Format.count(teams.count, "team"))."
        return """
            \(TeamPages.done(model.done))\(Form.summary(model.errors, title: "Nothing was changed"))
            <p class="account__answer">\(answer) This browser works for <strong>@\(model.viewer.handle)</strong>: what you write, run and publish in it \
            belongs to @\(model.viewer.handle).</p>
            \(invitations(model))
            <section class="account__section" id="teams"><h2>Work for</h2><ul class="rows">\(model.places.map { place($0, model) })</ul></section>
            <section class="account__section"><h2>Another team</h2>
            <p>A team has its own handle, skills, runs and audit log, and its members have roles. <a href="/docs/teams">How teams work</a></p>
            <a class="button\(model.invitations.isEmpty ? " button--primary" : "")" href="\(MyTeamsRoutes.path)/new">Make a team</a></section>
            """
    }

    private static func place(_ place: MembershipTable.Place, _ model: Model) -> HTML {
        let isActing = place.tenant == model.viewer.tenant
        let mustSetUp = place.requiresSecondFactor && !model.viewer.member.hasSecondFactor
        let action: HTML
        if isActing {
            action = "<span class=\"badge badge--mine\">this browser</span>"
        } else {
            action = TeamPages.button(
                "/account/tenant", "Work for @\(place.handle)", fields: "<input type=\"hidden\" name=\"tenant\" value=\"\(place.tenant.description)\">",
                token: model.token)
        }
        let leave: HTML? = place.isTeam
            ? TeamPages.button("\(MyTeamsRoutes.path)/\(place.tenant)/leaving", "Leave", kind: .quiet, token: model.token) : nil
        let what: HTML = place.isTeam ? "\(place.role.rawValue) since \(Format.date(place.since))" : "your own account"
        let factor: HTML? = mustSetUp
            ? "<p><strong>Asks for a second factor.</strong> <a href=\"/account/security\">Set one up</a> to work there.</p>" : nil
        return """
            <li class="row"><div class="row__main"><strong>\(place.displayName)</strong> <span class="muted">@\(place.handle)</span><p>\(what)</p>\(factor)</div>
            <div class="row__actions">\(action)\(leave)</div></li>
            """
    }

    private static func invitations(_ model: Model) -> HTML? {
        guard model.viewer.member.isVerified else {
            return """
                <section class="account__section"><h2>Invitations</h2><p>Confirm your mail address to see who invites you, and to make a team. \
                <a href="/account">Your account</a> can mail the link again.</p></section>
                """
        }
        guard !model.invitations.isEmpty else { return nil }
        let rows: [HTML] = model.invitations.enumerated().map { index, invitation in
            let path = "\(InvitationRoutes.accountPath)/\(invitation.id)"
            return """
                <li class="row"><div class="row__main"><strong>\(invitation.displayName)</strong> <span class="muted">@\(invitation.handle)</span>
                <p>\(InvitationPages.sentence(invitation)) Open until \(Format.time(invitation.expiresAt)).</p></div>
                <div class="row__actions">\(answer(path, "Join @\(invitation.handle)", "accept", kind: index == 0 ? .primary : .plain, token: model.token))\
                \(answer(path, "Decline", "decline", kind: .quiet, token: model.token))</div></li>
                """
        }
        return "<section class=\"account__section\"><h2>Invitations</h2><ul class=\"rows\">\(rows)</ul></section>"
    }

    static func answer(_ path: String, _ label: String, _ word: String, kind: Form.Kind, fields: HTML = .empty, token: HTML) -> HTML {
        TeamPages.button(path, label, kind: kind, fields: "\(fields)<input type=\"hidden\" name=\"answer\" value=\"\(word)\">", token: token)
    }

    static func form(_ model: NewTeam, token: HTML) -> HTML {
        """
        \(Form.summary(model.errors, title: "Please check this"))
        <p class="account__answer">You will be its owner. Invite the others afterwards.</p>
        <section class="account__section"><form class="form" method="post" action="\(MyTeamsRoutes.path)" novalidate>\(token)
        \(Form.input(id: "name", name: "name", label: "Name", value: model.name, help: "Everybody sees it. It can change later.", errors: model.errors,
                     attributes: "autocomplete=\"organization\" required"))
        \(Form.input(id: "handle", name: "handle", label: "Handle", value: model.handle,
                     help: "What the team publishes is at /@handle. 3 to 30 of a–z, 0–9 and hyphens. It does not change, and nobody else can take it.",
                     errors: model.errors, attributes: "autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\" required"))
        <div class="form__actions"><button class="button button--primary" type="submit">Make the team</button>\
        <a class="button button--quiet" href="\(MyTeamsRoutes.path)">Cancel</a></div>
        </form></section>
        """
    }
}
