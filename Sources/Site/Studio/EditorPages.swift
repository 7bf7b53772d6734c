internal import Base
internal import HTTP
internal import Marketplace

/// `/studio/skills/{slug}`: the source of a draft, checked when saved; backtest and publish beside it.
enum EditorPages {
    struct Editor: Sendable, Hashable {
        let name: SkillName
        let title: String
        let glyph: Glyph
        /// SKILL.md as last typed, valid or not.
        let manifest: String
        /// Empty when there is none.
        let entry: String
        let exit: String
        /// Of fields `manifest`, `entry`, `exit`; messages name the line.
        let errors: [FieldError]
        let savedAt: Instant?
        /// Changes with every save; posted as `revision`, so that a second tab can't overwrite the first in silence.
        let revision: String
        let publishedVersion: Int?
        let hasChanges: Bool
        let forkedFrom: SkillName?
        let isOpen: Bool
        let backtest: BacktestForm
        let lastRun: LastRun?
        let publishErrors: [FieldError]
        let token: String
        let now: Instant
        /// Number of the saved draft; publishing makes this number public.
        var latestVersion = 1
        var notice: Notice?
        /// Newest first.
        var versions: [SavedVersion] = []
        var access = StudioAccess()
    }

    /// Told above the form: what happened, and where to look.
    struct Notice: Sendable, Hashable {
        struct Link: Sendable, Hashable {
            let path: String
            let label: String
        }
        let title: String
        let text: String
        let kind: Pieces.NoticeKind
        var link: Link?
    }

    struct SavedVersion: Sendable, Hashable {
        let number: Int
        let hash: Digest
        let savedAt: Instant
    }

    struct LastRun: Sendable, Hashable {
        let id: ID<Run>
        let from: CalendarDate
        let to: CalendarDate
        let change: Figure
        let curve: [Double]
    }

    static func show(_ page: Editor) -> Page {
        Page(
            title: "Edit \(page.title)", section: .studio, scripts: ["editor.js"],
            body: """
            <div class="page">
            <div class="page__head"><div class="page__title listing__name">\(page.glyph.html(.large))<div><p class="page__path"><a href="\(Paths.studio)">Studio</a>\(source(page))</p>
            <h1>\(page.title)</h1><p class="badges">\(state(page))</p></div></div></div>
            \(notice(page))
            <div class="editor">\(form(page))<aside class="editor__side" aria-label="Test and publish">\(side(page))</aside></div>
            </div>
            """)
    }

    private static func notice(_ page: Editor) -> HTML {
        guard let notice = page.notice else { return .empty }
        let link: HTML = notice.link.map { "<p><a href=\"\(url: $0.path)\" target=\"_blank\" rel=\"noopener\">\($0.label)</a></p>" } ?? .empty
        return "<div class=\"notices\" role=\"status\">\(Pieces.notice(notice.title, "<p>\(notice.text)</p>\(link)", kind: notice.kind))</div>"
    }

    private static func source(_ page: Editor) -> HTML { page.forkedFrom.map { " · forked from \(Pieces.link($0))" } ?? .empty }

    private static func state(_ page: Editor) -> HTML {
        let published: HTML = page.publishedVersion.map { "<a class=\"badge badge--accent\" href=\"\(Paths.listing(page.name))\">v\($0) published</a>" }
            ?? "<span class=\"badge\">Draft, not published</span>"
        let changes: HTML = page.publishedVersion != nil && page.hasChanges ? "<span class=\"badge badge--warning\">Unpublished changes</span>" : .empty
        let saved: HTML = page.savedAt.map { "<span class=\"small muted\">Saved \(Format.age($0, now: page.now))</span>" } ?? "<span class=\"small muted\">Not saved yet</span>"
        return "\(published)\(changes)\(saved)"
    }

    /// Fields `manifest`, `entry`, `exit`, `revision`.
    private static func form(_ page: Editor) -> HTML {
        """
        <form class="form" id="editor" method="post" action="\(Paths.editor(page.name.slug))" data-editor="\(page.name.text)">\(Form.token(page.token))
        <input type="hidden" name="revision" value="\(page.revision)">
        \(Form.summary(page.errors, title: page.errors.count == 1 ? "One thing needs a change" : "\(page.errors.count) things need a change"))
        \(Form.area(id: "manifest", name: "manifest", label: "SKILL.md", value: page.manifest,
                    help: "Between the two lines of --- is the manifest: name, universe, timeframe, risk caps. Below it, the instructions in plain language.",
                    errors: page.errors, isCode: true, extraClass: "editor__source", rows: 24))
        \(Form.area(id: "entry", name: "entry", label: "entry.ts", value: page.entry,
                    help: "Optional. Called at the close of each bar of each instrument without a position. Returns a signal or null.",
                    errors: page.errors, isCode: true, extraClass: "editor__helper", rows: 16))
        \(Form.area(id: "exit", name: "exit", label: "exit.ts", value: page.exit,
                    help: "Optional. Called at the close of each bar where a position is open.",
                    errors: page.errors, isCode: true, extraClass: "editor__helper", rows: 10))
        <div class="editor__save form__actions">\(save(page))</div></form>
        """
    }

    private static func save(_ page: Editor) -> HTML {
        page.access.refusal(.writeSkills) ?? """
            <button class="button button--primary" type="submit">Save</button>\
            <span class="small muted" data-editor-state role="status">Saving checks every line and reports what to change.</span>
            """
    }

    private static func side(_ page: Editor) -> HTML {
        """
        \(lastRun(page))
        <section class="card" aria-labelledby="backtest-title"><h2 class="card__title" id="backtest-title">Backtest</h2>
        <p class="small muted">Runs the saved draft. Every run counts as a trial.</p>
        \(page.access.refusal(.runBacktests) ?? (page.errors.isEmpty ? page.backtest.html(post: Paths.draftRuns(page.name.slug), token: page.token, isPrimary: false)
            : "<p class=\"small\">Change what the list above names and save, then you can run it.</p>"))</section>
        <section class="card" id="publish" aria-labelledby="publish-title"><h2 class="card__title" id="publish-title">Publish</h2>\(publish(page))</section>
        \(versions(page))
        <p class="small"><a href="\(Paths.docs)/authoring">Authoring guide</a> · <a href="\(Paths.docs)/execution">Execution rules</a></p>
        """
    }

    private static func versions(_ page: Editor) -> HTML {
        guard !page.versions.isEmpty else { return .empty }
        let items = page.versions.map { version in
            "<li>v\(version.number) \(Format.age(version.savedAt, now: page.now)) \(Format.code(version.hash.short))</li>" as HTML
        }
        return "<section class=\"card\" aria-labelledby=\"versions-title\"><h2 class=\"card__title\" id=\"versions-title\">Saved versions</h2><ul class=\"small\">\(items)</ul></section>"
    }

    private static func lastRun(_ page: Editor) -> HTML {
        guard let run = page.lastRun else { return .empty }
        let words = run.change.number.flatMap { Format.percentText($0) } ?? "no return"
        return """
        <section class="card" aria-labelledby="last-run"><h2 class="card__title" id="last-run">Last run</h2>
        <div class="row">\(Sparkline.html(run.curve, label: "Equity of the last run: \(words)"))<span class="number">\(Format.change(run.change))</span></div>
        <p class="small muted">\(run.from.description) to \(run.to.description)</p><p><a href="\(Paths.run(run.id))">Open the report</a></p></section>
        """
    }

    /// Posts `licence` (the one in the manifest) and `confirmed` (`yes`).
    private static func publish(_ page: Editor) -> HTML {
        guard page.errors.isEmpty else { return "<p class=\"small muted\">A skill with errors can't be published.</p>" }
        guard page.hasChanges || page.publishedVersion == nil else {
            return "<p class=\"small muted\">The published version is the same as this draft.</p>"
        }
        if let steps = page.access.publishingSteps { return steps }
        let next = page.latestVersion
        let terms: HTML = page.isOpen
            ? "Everybody may read, run and fork the source; forks name you for ever."
            : "Everybody may see the numbers and run it; the source stays closed."
        let problem: HTML = page.publishErrors.isEmpty ? .empty
            : "<p class=\"field__error\" id=\"confirmed-error\"><span>\(page.publishErrors.map { "\($0.message) " as HTML })</span></p>"
        let described: HTML = page.publishErrors.isEmpty ? .empty : " aria-invalid=\"true\" aria-describedby=\"confirmed-error\""
        return """
        <form class="form" method="post" action="\(Paths.publication(page.name.slug))">\(Form.token(page.token))
        <input type="hidden" name="revision" value="\(page.revision)"><input type="hidden" name="licence" value="\(page.isOpen ? "open" : "closed")">
        <p class="small">Version \(next) becomes public and can't be changed or taken back. Licence: <strong>\(page.isOpen ? "open" : "closed")</strong>. \(terms)</p>
        <div class="field field--check"><input id="confirmed" name="confirmed" type="checkbox" value="yes" required\(described)>\
        <label class="field__label" for="confirmed">I wrote this or may share it, and I agree to this licence.</label>\(problem)</div>
        <div class="form__actions"><button class="button" type="submit">Publish version \(next)</button></div></form>
        """
    }
}
