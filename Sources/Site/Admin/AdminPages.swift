internal import HTTP
internal import Storage

/// Members as administrators see them.
enum AdminPages {
    static let index: HTML = """
        <div class="page">
        <div class="page__head"><div class="page__title"><h1>Administration</h1></div></div>
        <ul class="rows">
        <li class="row"><div class="row__main"><strong><a href="/admin/members">Members</a></strong>
        <p>Find a member, see their state, suspend or restore.</p></div></li>
        <li class="row"><div class="row__main"><strong><a href="/admin/audit">Audit log</a></strong>
        <p>Every sensitive act on the platform.</p></div></li>
        </ul>
        </div>
        """

    static func list(_ rows: [MemberAdminTable.Row], search: String, next: String?) -> HTML {
        """
        <div class="page">
        <div class="page__head"><div class="page__title"><p class="page__path"><a href="/admin">Administration</a></p><h1>Members</h1></div></div>
        <form class="form" method="get" action="/admin/members" role="search">
        \(Form.input(id: "q", name: "q", label: "Handle or address", value: search, help: "Shows those that start with this."))
        <button class="button button--primary" type="submit">Search</button>
        </form>
        \(rows.isEmpty ? none(search) : table(rows))
        \(Pieces.pagination(Pagination(what: "members", label: "\(rows.count) shown", previous: nil, next: next)))
        </div>
        """
    }

    private static func none(_ search: String) -> HTML {
        Pieces.empty(
            search.isEmpty ? "Nobody signed up yet" : "Nobody’s handle or address starts with “\(search)”",
            "Check the spelling, or show everybody.", action: "<a class=\"button\" href=\"/admin/members\">Show everybody</a>")
    }

    private static func table(_ rows: [MemberAdminTable.Row]) -> HTML {
        let lines: [HTML] = rows.map { row in
            """
            <tr><th scope="row"><a href="\(url: "/admin/members/\(row.member)")">@\(row.handle)</a></th><td>\(row.email)</td>\
            <td>\(state(row))</td><td>\(row.hasSecondFactor ? "yes" : "no")</td><td class="number">\(row.sessions)</td>\
            <td>\(Format.date(row.createdAt))</td></tr>

            """
        }
        return Pieces.frame("Members", """
            <table class="table"><thead><tr><th scope="col">Member</th><th scope="col">Address</th><th scope="col">State</th>\
            <th scope="col">Second factor</th><th scope="col" class="number">Sessions</th><th scope="col">Since</th></tr></thead>
            <tbody>\(lines)</tbody></table>
            """)
    }

    private static func state(_ row: MemberAdminTable.Row) -> HTML {
        let word: HTML = switch row.state {
        case "active": "active"
        case "suspended": "<span class=\"badge badge--warning\">suspended</span>"
        default: "<span class=\"badge\">\(row.state)</span>"
        }
        return "\(word)\(row.isAdmin ? ", administrator" : "")\(row.isVerified || row.state == "deleted" ? "" : ", address not verified")"
    }

    static func show(_ row: MemberAdminTable.Row, isSelf: Bool, error: String?, token: HTML) -> HTML {
        """
        <div class="page">
        <div class="page__head"><div class="page__title"><p class="page__path"><a href="/admin/members">Members</a></p>
        <h1>@\(row.handle)</h1></div></div>
        \(Pieces.facts([
            Pieces.fact("State", state(row)), Pieces.fact("Address", "\(row.email)"),
            Pieces.fact("Second factor", row.hasSecondFactor ? "yes" : "no"), Pieces.fact("Sessions", "\(row.sessions)"),
            Pieces.fact("Member since", "\(Format.date(row.createdAt))"),
            Pieces.fact("Public page", "<a href=\"\(url: "/@" + row.handle)\">/@\(row.handle)</a>"),
        ]))
        \(action(row, isSelf: isSelf, error: error, token: token))
        </div>
        """
    }

    private static func action(_ row: MemberAdminTable.Row, isSelf: Bool, error: String?, token: HTML) -> HTML {
        let path = "/admin/members/\(row.member)"
        switch row.state {
        case "suspended":
            return """
                <section class="account__section"><h2>Restore</h2>
                <p>The member can log in again. Sessions that ended stay ended.</p>
                <form class="form" method="post" action="\(url: path + "/restoration")">\(token)\
                <button class="button button--primary" type="submit">Restore @\(row.handle)</button></form></section>
                """
        case "active" where isSelf || row.isAdmin:
            return "<p>An administrator cannot be suspended here. <code>tradecraft user revoke-admin</code> takes that back first.</p>"
        case "active":
            let errors = error.map { [FieldError(field: "reason", message: $0)] } ?? []
            return """
                <section class="account__section account__section--danger"><h2>Suspend</h2>
                <p>Ends every session, token and live page of theirs at once. Published skills stay.</p>
                <form class="form" method="post" action="\(url: path + "/suspension")" novalidate>
                \(token)\(Form.summary(errors, title: "Please check this"))
                \(Form.input(id: "reason", name: "reason", label: "Reason", value: "", help: "For the audit log. No personal details.", errors: errors))
                <button class="button button--danger" type="submit">Suspend @\(row.handle)</button></form></section>
                """
        default: return "<p>This account is deleted.</p>"
        }
    }
}
