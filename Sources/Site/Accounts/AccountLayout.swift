internal import HTTP
internal import Marketplace

/// The account area: one page of it beside the list of all.
enum AccountLayout {
    enum Tab: String, CaseIterable {
        case account, security, sessions, tokens, team, audit, data

        var path: String { self == .account ? "/account" : "/account/" + rawValue }
        var label: String {
            switch self {
            case .account: "Account"
            case .security: "Security"
            case .sessions: "Sessions"
            case .tokens: "API tokens"
            case .team: "Team"
            case .audit: "Audit log"
            case .data: "Your data"
            }
        }
    }

    /// A whole answer. `title` is the page's heading; `body` follows it and brings sections of class `account__section`,
    /// each with an `h2`.
    static func page(
        _ context: some PageContext, current: Tab, title: String, body: HTML, scripts: [String] = [], status: Int = 200
    ) -> Response {
        context.page(
            Page(title: title, section: .account, scripts: scripts, body: frame(context.viewer, current: current, title: title, body: body)),
            status: status)
    }

    private static func frame(_ viewer: Caller?, current: Tab, title: String, body: HTML) -> HTML {
        let links: [HTML] = Tab.allCases.map { tab in
            "<a href=\"\(url: tab.path)\"\(attribute: "aria-current", tab == current ? "page" : nil)>\(tab.label)</a>\n"
        }
        return """
            <div class="account">
            <div class="account__side">
            \(viewer.map(who))
            <nav class="account__nav" aria-label="Account">
            \(links)</nav>
            </div>
            <div class="account__main">
            <h1>\(title)</h1>
            \(body)
            </div>
            </div>
            """
    }

    /// For whom one works: it decides whose skills, runs, tokens and log are shown.
    private static func who(_ viewer: Caller) -> HTML {
        guard viewer.acting.isTeam else { return "<p class=\"account__who\">Signed in as <strong>@\(viewer.member.handle)</strong></p>" }
        return """
            <p class="account__who">Working for <strong>@\(viewer.handle)</strong> as \(viewer.role.rawValue)<br>
            Signed in as @\(viewer.member.handle) · <a href="/account/teams">Switch</a></p>
            """
    }
}
