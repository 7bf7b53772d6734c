internal import HTTP
internal import Storage

/// The copy of one's data and the end of the account.
enum PrivacyPages {
    static func data(token: HTML) -> HTML {
        """
        <p class="account__answer">Everything we keep about you, in one file.</p>
        <section class="account__section">
        <h2>Download</h2>
        <p>One JSON file: your account, sessions, names of factors and tokens, teams, skills with their source, runs and your audit \
        log. Secrets are not in it. It has the newest \(Format.count(AccountExportTable.versionsMax)) versions, \
        \(Format.count(AccountExportTable.runsMax)) runs and \(Format.count(AccountExportTable.eventsMax)) audit events.</p>
        <form class="form" method="post" action="/account/data">\(token)\
        <button class="button button--primary" type="submit">Download your data</button></form>
        </section>
        <section class="account__section account__section--danger">
        <h2>Delete your account</h2>
        <p>Ends the account and erases what is private. Published versions stay, under another name.</p>
        <a class="button button--danger" href="/account/deletion">See what deleting does</a>
        </section>
        """
    }

    static func deletion(handle: String, isAdmin: Bool, teams: [String], error: String?, token: HTML) -> HTML {
        """
        <p class="account__answer">Deleting cannot be undone.</p>
        <section class="account__section">
        <h2>What goes at once</h2>
        <ul>
        <li>You are logged out everywhere, and no API token works.</li>
        <li>Address, password, factors, passkeys, sessions and the places in your audit log are erased.</li>
        <li>@\(handle) becomes a name like deleted-1a2b3c4d; forks of your skills show that name.</li>
        <li>Skills and versions you never published, and your backtests, are erased within minutes.</li>
        </ul>
        <h2>What stays</h2>
        <ul>
        <li>Published versions and their evaluations: they are evidence that others rely on.</li>
        <li>The count of runs of each skill's family.</li>
        <li>Audit events, which name you by a number alone.</li>
        </ul>
        </section>
        \(isAdmin ? inTheWay("You are an administrator", "Have that taken back first.") : ending(handle, teams, error, token))
        """
    }

    private static func inTheWay(_ title: String, _ text: HTML) -> HTML { Pieces.notice(title, "<p>\(text)</p>", kind: .warning) }

    private static func ending(_ handle: String, _ teams: [String], _ error: String?, _ token: HTML) -> HTML {
        guard teams.isEmpty else {
            return inTheWay("You are the last owner of \(teams.map { "@" + $0 }.joined(separator: ", "))", """
                Make another member owner, or remove the others, then come back. <a href="/account/team">Open the team</a>
                """)
        }
        let errors = error.map { [FieldError(field: "handle", message: $0)] } ?? []
        return """
            <section class="account__section account__section--danger">
            <h2>Delete the account</h2>
            <form class="form" method="post" action="/account/deletion" novalidate>
            \(token)\(Form.summary(errors, title: "Please check this"))
            \(Form.input(
                id: "handle", name: "handle", label: "Type \(handle) to confirm", value: "", errors: errors,
                attributes: "autocomplete=\"off\" autocapitalize=\"none\" required"))
            <button class="button button--danger" type="submit">Delete the account for good</button>
            </form>
            <p><a href="/account/data">Keep the account</a></p>
            </section>
            """
    }

    static let deleted: HTML = """
        <section class="form-page">
        <h1>Your account is deleted</h1>
        <p>You are logged out everywhere. What was private is erased within minutes.</p>
        <p><a href="/">Go to the front page</a></p>
        </section>
        """
}
