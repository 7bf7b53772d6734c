internal import Base
internal import HTTP

/// `/runs/{id}`: a run while it waits, while it runs, and its report.
enum RunPages {
    struct Show: Sendable, Hashable {
        let run: RunHeader
        let state: RunState
        let viewer: Viewer
        /// Slug of the draft in the viewer's studio, when the run came from there.
        var draftSlug: String?
        /// The lineage's latest other run, to compare with.
        var compareWith: ID<Run>?
        /// The draft can be published as it was run.
        var canPublish = false
    }

    static func show(_ page: Show) -> Page {
        let body: HTML
        var scripts: [String] = []
        switch page.state {
        case .queued(let position):
            body = waiting(page, .waiting(position: position), isQueued: true)
            scripts = ["run-progress.js"]
        case .running(let progress):
            body = waiting(page, progress, isQueued: false)
            scripts = ["run-progress.js"]
        case .failed(let failure): body = failed(page, failure)
        case .cancelled(let time): body = cancelled(page, time)
        case .completed(let report):
            body = RunReportPages.body(page, report)
            scripts = ["chart.js"]
        }
        return Page(
            title: "Run of \(page.run.title), \(page.run.from) to \(page.run.to)",
            description: "A simulation of \(page.run.title) over \(page.run.from) to \(page.run.to), repeatable by anyone.",
            section: .skills, scripts: scripts, canonicalPath: Paths.run(page.run.id),
            body: "<div class=\"page\">\(head(page))\(body)</div>")
    }

    private static func head(_ page: Show) -> HTML {
        let run = page.run
        let source: HTML = run.skill.map { "<a href=\"\(Paths.listing($0))\">\($0.text)</a>" } ?? "Draft"
        let synthetic: HTML = run.isSynthetic ? Pieces.syntheticBadge : .empty
        return """
        <div class="page__head"><div class="page__title listing__name">\(run.glyph.html(.large))<div>
        <p class="page__path">\(source) · \(run.version) · run by @\(run.startedBy), \(Format.time(run.createdAt))</p>
        <h1>\(run.title), <span class="nowrap">\(run.from.description)</span> to <span class="nowrap">\(run.to.description)</span></h1>
        <p class="badges"><span class="badge">\(run.timeframe)</span><span class="badge">\(run.universe.joined(separator: ", "))</span>\(synthetic)</p>
        </div></div></div>
        """
    }

    private static func waiting(_ page: Show, _ progress: RunProgress, isQueued: Bool) -> HTML {
        let id = page.run.id
        let words: HTML = isQueued
            ? "<p class=\"answer\">This run waits for a free engine. It starts by itself; you can leave this page.</p>"
            : "<p class=\"answer\">The engine is replaying the candles. The report appears here when it is done.</p>"
        let cancel: HTML = page.run.isOwner
            ? Form.action(page.viewer, post: Paths.cancellation(id), label: "Cancel this run", returnTo: Paths.run(id)) : .empty
        return """
        <div class="run__state" data-run-progress data-events="\(Paths.events(id))" data-poll="\(Paths.progress(id))" aria-live="polite">
        \(words)\(Pieces.progress(progress, label: "Progress of the run"))
        <div class="row"><a class="button" href="\(Paths.run(id))">Refresh</a>\(cancel)</div></div>
        """
    }

    private static func failed(_ page: Show, _ failure: RunFailure) -> HTML {
        let place: HTML = failure.file.map { file in
            failure.line.map { "<p>\(file), line \($0)</p>" } ?? "<p>\(file)</p>"
        } ?? .empty
        let excerpt: HTML = failure.excerpt.map { "<pre class=\"code\" tabindex=\"0\"><code>\($0)</code></pre>" } ?? .empty
        let edit: HTML = page.draftSlug.map { "<a class=\"button button--primary\" href=\"\(Paths.editor($0))\">Open the editor</a>" } ?? .empty
        return """
        <div class="run__state"><p class="answer">The run stopped before its report, so it has no numbers. Your skill is kept as you saved it.</p>
        \(Pieces.notice(failure.message, place, kind: .error))\(excerpt)
        <p>\(failure.advice)</p><div class="row">\(edit)<a class="button" href="\(Paths.docs)/authoring">Authoring guide</a></div></div>
        """
    }

    private static func cancelled(_ page: Show, _ time: Instant) -> HTML {
        let edit: HTML = page.draftSlug.map { "<a class=\"button button--primary\" href=\"\(Paths.editor($0))\">Back to the editor</a>" } ?? .empty
        return """
        <div class="run__state"><p class="answer">This run was cancelled at \(Format.time(time, seconds: true)). It has no numbers.</p><div class="row">\(edit)</div></div>
        """
    }
}
