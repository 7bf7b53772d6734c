internal import Base
internal import HTTP

/// `/@handle`: an author's published skills and their fate as a whole.
enum AuthorPages {
    struct Author: Sendable, Hashable {
        let handle: String
        let displayName: String
        let joinedAt: Instant
        let rows: [SkillRow]
        let cohort: BrowsePages.Cohort
        /// Runs by this author, each a trial.
        let trials: Int
        /// Forks that others made of these skills.
        let forks: Int
        let isViewer: Bool
        let now: Instant
    }

    static func show(_ page: Author) -> Page {
        let studio: HTML = page.isViewer ? "<div class=\"page__actions\"><a class=\"button\" href=\"\(Paths.studio)\">Open the studio</a></div>" : .empty
        return Page(
            title: "@\(page.handle)",
            description: "Skills published by \(page.displayName).",
            section: .skills, canonicalPath: Paths.author(page.handle),
            body: """
            <div class="page">
            <div class="page__head"><div class="page__title"><p class="page__path">Author since \(Format.date(page.joinedAt))</p>
            <h1>\(page.displayName) <span class="muted">@\(page.handle)</span></h1>
            <p class="page__lead">\(BrowsePages.cohort(page.cohort)) \(Format.count(page.trials, "run")) made, \(Format.count(page.forks, "fork")) by others.</p></div>\(studio)</div>
            \(page.rows.isEmpty
                ? Pieces.empty("Nothing published yet", "Skills appear here when @\(page.handle) publishes them.",
                               action: page.isViewer ? "<a class=\"button button--primary\" href=\"\(Paths.newSkill)\">Write a skill</a>" : .empty)
                : SkillList.html(page.rows, now: page.now, caption: "Skills by @\(page.handle)"))
            </div>
            """)
    }
}
