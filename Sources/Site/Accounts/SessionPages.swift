internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// The page of `/account/sessions`.
enum SessionPages {
    static func list(_ sessions: [LoginSessionTable.Listed], current: ID<LoginSession>?, now: Instant, token: HTML) -> HTML {
        let others = sessions.filter { $0.session != current }
        let rows: [HTML] = (sessions.filter { $0.session == current } + others).map { row($0, isCurrent: $0.session == current, now, token) }
        return """
            <p class="account__answer">\(answer(others.count))</p>
            <section class="account__section">
            <h2>Where you are logged in</h2>
            <ul class="rows">
            \(rows)</ul>
            </section>
            \(others.isEmpty ? nil : endOthers(token))
            <section class="account__section">
            <h2>When a session ends by itself</h2>
            <p>\(Limits.sessionIdleDaysMax) days after its last use, and \(Limits.sessionDaysMax) days after you logged in. \
            A new password ends all sessions but the one you change it in.</p>
            </section>
            """
    }

    private static func answer(_ others: Int) -> String {
        switch others {
        case 0: "You are logged in here and nowhere else."
        case 1: "You are logged in here and in one more browser."
        default: "You are logged in here and in \(others) more browsers."
        }
    }

    private static func row(_ session: LoginSessionTable.Listed, isCurrent: Bool, _ now: Instant, _ token: HTML) -> HTML {
        let name = BrowserName.words(for: session.userAgent)
        let place: HTML? = session.network.isEmpty ? nil : " from \(session.network)"
        let badge: HTML? = isCurrent ? " <span class=\"badge\">This browser</span>" : nil
        let action: HTML = isCurrent
            ? "<form class=\"button-form\" method=\"post\" action=\"/logout\">\(token)<button class=\"button button--small\" type=\"submit\">Log out</button></form>"
            : """
                <form class="button-form" method="post" action="\(url: "/account/sessions/\(session.session)/revoke")">\(token)\
                <button class="button button--small" type="submit" aria-label="End the session of \(name)">End session</button></form>
                """
        return """
            <li class="row">
            <div class="row__main"><strong>\(name)</strong>\(badge)
            <p>Last used \(isCurrent ? "now" : Format.age(session.lastSeen, now: now))\(place) · began \(Format.time(session.createdAt))</p></div>
            <div class="row__actions">\(action)</div>
            </li>

            """
    }

    private static func endOthers(_ token: HTML) -> HTML {
        """
        <section class="account__section">
        <h2>Anything you do not recognise?</h2>
        <p>End all the others, then <a href="/account/password">change your password</a>.</p>
        <form class="button-form" method="post" action="/account/sessions/revoke-others">\(token)\
        <button class="button button--danger" type="submit">End all other sessions</button></form>
        </section>
        """
    }
}
