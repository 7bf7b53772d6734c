internal import HTTP
internal import Marketplace

/// The account's own page, and that of its password.
enum AccountPages {
    static func account(
        _ member: MemberSummary, displayName: String, sessions: Int, _ model: AccountForms.Model, token: HTML
    ) -> HTML {
        """
        <p class="account__answer">\(answer(member))</p>
        \(AccountForms.summary(model))
        \(nextStep(member, token))
        <section class="account__section">
        <h2>About you</h2>
        \(Pieces.facts([
            Pieces.fact("Handle", "<a href=\"\(url: "/@" + member.handle)\">@\(member.handle)</a>"),
            Pieces.fact("Email", "\(member.email), \(member.isVerified ? "confirmed" : "not confirmed yet") · <a href=\"/account/email\">Change</a>"),
            Pieces.fact("Password", "<a href=\"/account/password\">Change your password</a>"),
            Pieces.fact("Second factor", "\(member.hasSecondFactor ? "On" : "None yet") · <a href=\"/account/security\">Security</a>"),
            Pieces.fact("Sessions", "<a href=\"/account/sessions\">\(sessions == 1 ? "Only this one" : "\(sessions) browsers")</a>"),
        ]))
        </section>
        <section class="account__section">
        <h2>Your name</h2>
        <p>It stands beside your handle on your public page. Your handle stays.</p>
        <form class="form" method="post" action="/account/display-name" novalidate>
        \(token)\(AccountForms.field(model, "display_name", "Display name", value: displayName, autocomplete: "nickname"))
        <button class="button" type="submit">Save name</button>
        </form>
        </section>
        <section class="account__section">
        <h2>Log out</h2>
        <form class="button-form" method="post" action="/logout">\(token)<button class="button" type="submit">Log out</button></form>
        </section>
        """
    }

    private static func answer(_ member: MemberSummary) -> String {
        switch (member.isVerified, member.hasSecondFactor) {
        case (true, true): "You are @\(member.handle). Your address is confirmed and a second factor protects your account."
        case (true, false): "You are @\(member.handle). Your address is confirmed; your password alone protects your account."
        case (false, _): "You are @\(member.handle). Your address is not confirmed yet."
        }
    }

    /// The one thing to do next, if there is one.
    private static func nextStep(_ member: MemberSummary, _ token: HTML) -> HTML? {
        if !member.isVerified {
            return """
                <p>Open the link that we mailed to \(member.email). Until then you cannot publish or join a team.</p>
                <form class="button-form" method="post" action="/account/verification">\(token)\
                <button class="button button--primary" type="submit">Send the link again</button></form>
                """
        }
        guard !member.hasSecondFactor else { return nil }
        return """
            <p>Whoever learns your password has your account. Publishing asks for a second factor.</p>
            <p><a class="button button--primary" href="/account/security">Set up a second factor</a></p>
            """
    }

    static func password(_ member: MemberSummary, _ model: AccountForms.Model, token: HTML) -> HTML {
        """
        <p class="account__answer">A new password ends all your sessions but this one.</p>
        \(AccountForms.summary(model))
        <section class="account__section">
        <form class="form" method="post" action="/account/password" novalidate>
        \(token)<input type="text" name="username" value="\(member.handle)" autocomplete="username" hidden>
        \(AccountForms.field(model, "new_password", "New password", type: "password", autocomplete: "new-password",
                             hint: "At least 10 characters. A few unrelated words do well."))
        <button class="button button--primary" type="submit">Change password</button>
        </form>
        </section>
        """
    }
}
