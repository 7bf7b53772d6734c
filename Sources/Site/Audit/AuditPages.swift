internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// The audit log for people: the list with its filters, and one event.
enum AuditPages {
    /// One line of the list.
    struct Row {
        let address: String?
        let sentence: String
        let details: String
        let at: Instant
        let isRefused: Bool
        let place: String
        let browser: String
        /// The leaf's number; nil while the event waits for it.
        let leaf: Int?
        /// Admins: whose log.
        var tenant: String?
    }

    /// What the list page shows.
    struct List {
        let path: String
        let query: AuditQuery
        let rows: [Row]
        let actors: [(value: String, label: String)]
        let isForAdmins: Bool
        let next: String?
        let exportRowsMax: Int
    }

    static func list(_ page: List, token: HTML) -> HTML {
        """
        <p class="account__answer">\(answer(page))</p>
        \(summary(page.query.errors))
        \(filters(page))
        \(page.rows.isEmpty ? empty(page) : table(page))
        \(Pieces.pagination(Pagination(
            what: "audit events", label: page.query.cursor == nil ? "Newest first" : "Older events",
            previous: page.query.cursor == nil ? nil : page.query.address(page.path, cursor: nil),
            next: page.next.map { page.query.address(page.path, cursor: $0) })))
        \(export(page, token: token))
        <section class="account__section"><h2>How you can trust it</h2>
        <p>Within a minute every event is part of a signed log that nobody can change unseen, not even whoever runs the database. \
        <a href="/transparency">See how to check it</a>.</p></section>
        """
    }

    private static func answer(_ page: List) -> HTML {
        page.isForAdmins
            ? "Every sensitive act on the platform, as the transparency log has it. The last seconds may be missing."
            : "Who did what here, when and from where. Nothing in this list can be changed or removed."
    }

    private static func summary(_ errors: [Problem.FieldError]) -> HTML {
        Form.summary(errors.map { FieldError(field: "filter-\($0.field)", message: $0.message) }, title: "Please check the filters")
    }

    private static func filters(_ page: List) -> HTML {
        let query = page.query
        let errors = query.errors.map { FieldError(field: "filter-\($0.field)", message: $0.message) }
        let any = [(value: "", label: "Any")]
        let isGroup = query.action.isEmpty || AuditWords.groups.contains { $0.value == query.action }
        let actions = any + AuditWords.groups + (isGroup ? [] : [(value: query.action, label: query.action)])
        let actor: HTML = page.isForAdmins
            ? Form.input(id: "filter-tenant", name: "tenant", label: "Account or team", value: query.tenant, help: "A handle, such as mara.", errors: errors)
            : Form.select(id: "filter-actor", name: "actor", label: "Who", options: any + page.actors, selected: query.actor, errors: errors)
        return """
        <form class="audit-filters" method="get" action="\(url: page.path)">
        <div class="form__row">
        \(Form.select(id: "filter-action", name: "action", label: "What", options: actions, selected: query.action, errors: errors))
        \(actor)
        \(Form.select(id: "filter-outcome", name: "outcome", label: "Outcome", options: any + [("done", "Done"), ("refused", "Refused")], selected: query.outcome, errors: errors))
        \(Form.input(id: "filter-from", name: "from", label: "From (UTC)", value: query.from, type: "date", errors: errors))
        \(Form.input(id: "filter-until", name: "until", label: "To (UTC)", value: query.until, type: "date", errors: errors))
        </div>
        <div class="form__actions"><button class="button button--primary" type="submit">Show</button>\
        \(query.pairs.isEmpty ? HTML.empty : "<a class=\"button button--quiet\" href=\"\(url: page.path)\">Clear filters</a>")</div>
        </form>
        """
    }

    private static func empty(_ page: List) -> HTML {
        if page.query.pairs.isEmpty {
            return Pieces.empty("Nothing has happened yet", "Log-ins, changes of the account, tokens, team and skills will be listed here.")
        }
        return Pieces.empty(
            "No event matches", "Widen the days or drop a filter.",
            action: "<a class=\"button\" href=\"\(url: page.path)\">Clear filters</a>")
    }

    private static func table(_ page: List) -> HTML {
        let owner: HTML = page.isForAdmins ? "<th scope=\"col\">In</th>" : .empty
        return """
        <table class="table table--cards audit-table"><caption class="visually-hidden">Audit events, newest first</caption>
        <thead><tr><th scope="col">What happened</th>\(owner)<th scope="col">When</th><th scope="col">From</th>\
        <th scope="col" class="number">Log entry</th></tr></thead>
        <tbody>\(page.rows.map(row))</tbody></table>
        """
    }

    private static func row(_ row: Row) -> HTML {
        let what: HTML = row.address.map { "<a href=\"\(url: $0)\">\(row.sentence)</a>" } ?? "\(row.sentence)"
        let details: HTML = row.details.isEmpty ? .empty : " <span class=\"audit-table__details\">\(row.details)</span>"
        let refused: HTML = row.isRefused ? " <span class=\"badge badge--warning\">Refused</span>" : .empty
        let tenant: HTML = row.tenant.map { "<td data-label=\"In\">\($0)</td>" } ?? .empty
        let place: HTML = row.place.isEmpty ? "\(row.browser)" : "\(row.place)<br><span class=\"audit-table__details\">\(row.browser)</span>"
        let leaf: HTML = row.leaf.map { "\(Format.count($0))" } ?? Format.notAvailable("its number in the signed log follows within seconds")
        return """
        <tr><th scope="row">\(what)\(refused)\(details)</th>\(tenant)<td data-label="When">\(Format.time(row.at, seconds: true))</td>\
        <td data-label="From">\(place)</td><td class="number" data-label="Log entry">\(leaf)</td></tr>
        """
    }

    private static func export(_ page: List, token: HTML) -> HTML {
        guard !page.rows.isEmpty else { return .empty }
        let hidden = page.query.pairs.map { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">" as HTML }
        return """
        <form class="button-form audit-export" method="post" action="\(url: page.path + "/export")">\(token)\(hidden)\
        <button class="button" type="submit">Export as CSV</button> <span class="table-note">With these filters, the newest \
        \(Format.count(page.exportRowsMax)) events at most.</span></form>
        """
    }

    // MARK: One event

    struct Event {
        let entry: AuditEntryTable.Entry
        let sentence: String
        let actor: String
        let leafHash: Digest
        let leaf: LogTable.Leaf?
        let checkpoint: LogTable.Checkpoint?
    }

    static func event(_ event: Event) -> HTML {
        let entry = event.entry
        return """
        <p class="account__answer">\(event.sentence).</p>
        \(entry.placeIsTrue ? HTML.empty : Pieces.notice(
            "The place was changed", "<p>Network and browser are not the ones that this event was written with. Somebody changed the database.</p>", kind: .error))
        \(Pieces.facts([
            Pieces.fact("When", Format.time(entry.at, seconds: true)), Pieces.fact("Who", "\(event.actor)"),
            Pieces.fact("By", "\(by(entry.actorKind))"), Pieces.fact("Action", "<code>\(entry.action)</code>"),
            Pieces.fact("Object", entry.objectID.map { "\(entry.objectKind ?? "") \(Format.code($0))" } ?? "none"),
            Pieces.fact("Outcome", "\(entry.outcome)"), Pieces.fact("Details", "\(orNone(AuditDetails.words(entry)))"),
            Pieces.fact("Network", "\(entry.place.map { orNone($0.network) } ?? "forgotten")"),
            Pieces.fact("Browser", "\(entry.place.map { orNone($0.userAgent) } ?? "forgotten")"),
            Pieces.fact("Request", entry.requestID.isEmpty ? "none" : Format.code(entry.requestID)),
        ]))
        <section class="account__section"><h2>Its place in the transparency log</h2>
        \(proof(event))
        <p>What the leaf is made of, byte for byte. Its hash is SHA-256 over a zero byte and this text:</p>
        <pre class="code code--wrap" tabindex="0" data-copy-block><code>\(String(decoding: entry.leaf.bytes, as: UTF8.self))</code></pre>
        <p>\(Format.hash(event.leafHash))</p></section>
        <p><a href="/account/audit">All events</a></p>
        """
    }

    private static func proof(_ event: Event) -> HTML {
        guard let leaf = event.leaf else {
            return "<p>It waits for its leaf, which follows within seconds. Reload in a moment.</p>"
        }
        guard leaf.hash == event.leafHash else {
            return Pieces.notice(
                "The event was changed", "<p>It is not what leaf \(leaf.number) commits to. Somebody changed the database.</p>", kind: .error)
        }
        guard let checkpoint = event.checkpoint else { return "<p>It is leaf \(leaf.number). A signed checkpoint follows within seconds.</p>" }
        let address = "/api/v1/transparency/inclusion?number=\(leaf.number)&tree_size=\(checkpoint.treeSize)"
        return """
        <p>It is leaf \(Format.count(leaf.number)), first signed in checkpoint \(Format.count(checkpoint.number)) of \
        \(Format.time(checkpoint.createdAt, seconds: true)). <a href="\(url: address)">The proof that it is in</a> needs nothing of yours: \
        anybody can check it.</p>
        """
    }

    private static func by(_ kind: String) -> String {
        switch AuditEvent.ActorKind(rawValue: kind) {
        case .session: "a browser session"
        case .token: "an API token"
        case .visitor: "somebody who was not logged in"
        case .operator: "a command of the operator"
        case .platform: "the platform itself"
        case nil: kind
        }
    }

    private static func orNone(_ text: String) -> String { text.isEmpty ? "none" : text }
}
