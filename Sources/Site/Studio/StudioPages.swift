internal import Base
internal import HTTP
internal import Marketplace

/// `/studio`: the member's skills and runs.
enum StudioPages {
    struct Studio: Sendable, Hashable {
        let skills: [OwnSkill]
        let runs: [OwnRun]
        let runPages: Pagination
        /// Shown while there is no skill.
        let templates: [Template]
        let token: String
        let now: Instant
        var access = StudioAccess()
    }

    struct OwnSkill: Sendable, Hashable {
        let name: SkillName
        let title: String
        let glyph: Glyph
        /// Nil while it was never published.
        let publishedVersion: Int?
        /// The draft differs from the published version.
        let hasChanges: Bool
        let updatedAt: Instant
        /// Total return of the published version's evaluation.
        let evaluated: Figure
        let forkedFrom: SkillName?
    }

    struct OwnRun: Sendable, Hashable {
        let id: ID<Run>
        let title: String
        let version: String
        let glyph: Glyph
        let from: CalendarDate
        let to: CalendarDate
        let createdAt: Instant
        let state: State

        enum State: Sendable, Hashable {
            /// Nil is not known.
            case queued(position: Int?)
            case running(RunProgress)
            case completed(change: Figure)
            case failed(String)
            case cancelled
        }
    }

    struct Template: Sendable, Hashable {
        let id: String
        let title: String
        let summary: String
        /// `5m`, `trend`, `helpers only`.
        let marks: [String]
    }

    static func index(_ page: Studio) -> Page {
        let isWaiting = page.runs.contains { if case .queued = $0.state { true } else if case .running = $0.state { true } else { false } }
        return Page(
            title: "Studio", section: .studio, scripts: isWaiting ? ["run-progress.js"] : [],
            body: """
            <div class="page">
            <div class="page__head"><div class="page__title"><h1>Studio</h1></div>\(begin(page))</div>
            <div class="studio">
            <section aria-labelledby="mine"><h2 class="section__title" id="mine">My skills</h2>\(skills(page))</section>
            <section aria-labelledby="runs"><h2 class="section__title" id="runs">Runs</h2>\(runs(page))</section>
            </div></div>
            """)
    }

    /// Without a skill the list below says how to begin.
    private static func begin(_ page: Studio) -> HTML {
        if let refusal = page.access.refusal(.writeSkills) { return refusal }
        guard !page.skills.isEmpty else { return .empty }
        return "<div class=\"page__actions\"><a class=\"button button--primary\" href=\"\(Paths.newSkill)\">New skill</a></div>"
    }

    private static func skills(_ page: Studio) -> HTML {
        guard page.skills.isEmpty else { return "<ul class=\"item-list\">\(page.skills.map { skill($0, now: page.now) })</ul>" }
        guard page.access.refusal(.writeSkills) == nil else {
            return Pieces.empty("No skill yet", "What authors of @\(page.access.handle) write appears here.")
        }
        return """
        <div class="stack-large">\(Pieces.empty("You have no skill yet", "Your drafts and published skills appear here. Start from a template and change one thing.",
            action: "<a class=\"button button--primary\" href=\"\(Paths.newSkill)\">Choose a template</a>"))
        \(page.templates.isEmpty ? .empty : "<div class=\"templates\">\(page.templates.prefix(4).map { NewSkillPages.card($0, token: page.token) })</div>")</div>
        """
    }

    private static func skill(_ skill: OwnSkill, now: Instant) -> HTML {
        let state: HTML = skill.publishedVersion.map { version in
            let listing: HTML = "<a href=\"\(Paths.listing(skill.name))\">v\(version) published</a>"
            return skill.hasChanges ? "\(listing) <span class=\"badge badge--warning\">Unpublished changes</span>" : listing
        } ?? "<span class=\"badge\">Draft</span>"
        let source: HTML = skill.forkedFrom.map { " · forked from \(Pieces.link($0))" } ?? .empty
        let evaluated: HTML = skill.publishedVersion == nil ? .empty : "<span class=\"number\">\(Format.change(skill.evaluated))</span>"
        return """
        <li class="item"><div class="item__name">\(skill.glyph.html(.medium))<div><a class="skill-name__link" href="\(Paths.editor(skill.name.slug))">\(skill.title)</a>\
        <p class="item__meta">\(state)\(source) · changed \(Format.age(skill.updatedAt, now: now))</p></div></div>\(evaluated)</li>
        """
    }

    private static func runs(_ page: Studio) -> HTML {
        guard !page.runs.isEmpty else {
            return Pieces.empty("No run yet", "Open a skill and press Run backtest. Its progress and report appear here.")
        }
        return "<ul class=\"item-list\">\(page.runs.map { run($0, now: page.now) })</ul>\(Pieces.pagination(page.runPages))"
    }

    private static func run(_ run: OwnRun, now: Instant) -> HTML {
        let state: HTML
        var below: HTML = .empty
        var attributes: HTML = .empty
        switch run.state {
        case .queued(let position):
            state = "<span class=\"badge\" data-progress-label>\(position.map { $0 == 1 ? "Next" : "Queue: \(Format.count($0))" } ?? "Queued")</span>"
            attributes = live(run.id)
        case .running(let progress):
            state = "<span class=\"badge badge--accent\" data-progress-percent>\(progress.percentText)</span>"
            below = "<div class=\"item__wide progress progress--small\"><progress class=\"progress__bar\" max=\"100\" value=\"\(progress.percent)\" aria-label=\"Progress of \(run.title)\" data-progress-bar>\(progress.percentText)</progress></div>"
            attributes = live(run.id)
        case .completed(let change): state = "<span class=\"number\">\(Format.change(change))</span>"
        case .failed(let reason):
            state = "<span class=\"badge badge--loss\">Failed</span>"
            below = "<p class=\"item__wide item__meta\">\(reason)</p>"
        case .cancelled: state = "<span class=\"badge\">Cancelled</span>"
        }
        return """
        <li class="item"\(attributes)><div class="item__name">\(run.glyph.html())<div><a href="\(Paths.run(run.id))">\(run.title)</a> <span class="muted small">\(run.version)</span>\
        <p class="item__meta">\(run.from.description) to \(run.to.description)<br>\(Format.age(run.createdAt, now: now))</p></div></div>\(state)\(below)</li>
        """
    }

    private static func live(_ id: ID<Run>) -> HTML {
        " data-run-progress data-events=\"\(Paths.events(id))\" data-poll=\"\(Paths.progress(id))\""
    }
}

/// `/studio/skills/new`: a template to start from.
enum NewSkillPages {
    static func show(_ templates: [StudioPages.Template], token: String) -> Page {
        Page(
            title: "New skill", section: .studio,
            body: """
            <div class="page">
            <div class="page__head"><div class="page__title"><p class="page__path"><a href="\(Paths.studio)">Studio</a></p><h1>New skill</h1>
            <p class="page__lead">Choose what is nearest to your idea. Each template runs as it is, so that you can change one thing and see what it does.</p></div></div>
            <div class="templates">\(templates.map { card($0, token: token) })</div>
            <p class="section muted">You can also start from somebody's work: open a listing with an open licence and press Fork. <a href="\(Paths.browse)?licence=open">Browse open skills</a></p>
            </div>
            """)
    }

    /// Posts `template` to `Paths.skills`.
    static func card(_ template: StudioPages.Template, token: String) -> HTML {
        let marks = template.marks.map { "<span class=\"badge\">\($0)</span>" as HTML }
        return """
        <form class="template" method="post" action="\(Paths.skills)">\(Form.token(token))<input type="hidden" name="template" value="\(template.id)">
        <h2 class="card__title">\(template.title)</h2><p>\(template.summary)</p><div class="badges">\(marks)</div>
        <button class="button" type="submit">Start with \(template.title)</button></form>
        """
    }
}
