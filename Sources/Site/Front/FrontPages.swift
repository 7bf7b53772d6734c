internal import Base
internal import HTTP

/// `/`: what this is, what is in it, why the numbers can be believed, what to do next.
enum FrontPages {
    struct Front: Sendable, Hashable {
        /// The top of the marketplace, at most ten.
        let rows: [SkillRow]
        let cohort: BrowsePages.Cohort
        /// Runs ever made here: all of them count as trials.
        let trials: Int
        let viewer: Viewer
        let now: Instant
    }

    static func show(_ page: Front) -> Page {
        Page(
            title: "Trading skills with evidence",
            description: "A marketplace of trading skills whose numbers anyone can run again.",
            body: """
            <div class="page">
            <section class="front__opening"><div>
            <h1>Trading skills, with evidence attached</h1>
            <p class="front__text">A skill is a strategy in plain language, with the model that runs it, its tools and its risk caps. \
            Our engine replays it on recorded candles, counts every attempt and publishes the result. You can repeat any number on \
            these pages and compare the hash.</p>
            </div>
            \(Pieces.facts([
                Pieces.fact("Published skills", "\(Format.count(page.cohort.published))"),
                Pieces.fact("With a gain", "\(Format.count(page.cohort.positive))"),
                Pieces.fact("Median of all", Format.change(page.cohort.median)),
                Pieces.fact("Runs counted", "\(Format.count(page.trials))"),
            ]))
            </section>
            <section class="section" aria-labelledby="published">
            <div class="front__table-head"><h2 id="published">Published skills</h2><a href="\(Paths.browse)">Browse all \(Format.count(page.cohort.published))</a></div>
            <p class="browse__cohort">Numbers are those of \(page.cohort.measure). Delisted skills stay in every count.</p>
            \(table(page))
            </section>
            <section class="section" aria-labelledby="evidence"><h2 class="section__title" id="evidence">How to read a number here</h2>
            <div class="front__facts">
            \(fact("Run it again", "Each result names its skill, candles, engine and seed by hash. The same four give the same decision log, bit for bit, on your machine as on ours."))
            \(fact("Every try is counted", "\(Format.count(page.trials)) runs so far, none deleted. The more variants a lineage has tried, the more a good Sharpe ratio is discounted."))
            \(fact("Never the best run", "A listing shows one fixed evaluation of its published version. What happened after publication, on data that did not exist before, stands apart."))
            </div></section>
            <section class="section front__next">\(next(page.viewer))</section>
            </div>
            """)
    }

    private static func table(_ page: Front) -> HTML {
        page.rows.isEmpty
            ? Pieces.empty("No skill is published yet", "The first published skills appear here with the numbers of their evaluation.",
                           action: "<a class=\"button button--primary\" href=\"\(Paths.newSkill)\">Write the first one</a>")
            : SkillList.html(page.rows, now: page.now, caption: "Published skills by evidence")
    }

    private static func fact(_ title: String, _ text: String) -> HTML {
        "<div class=\"front__fact\"><h3>\(title)</h3><p>\(text)</p></div>"
    }

    private static func next(_ viewer: Viewer) -> HTML {
        switch viewer {
        case .visitor: """
            <div><h2>Write a skill and test it</h2><p class="muted">Start from a template. A backtest of 30 days takes seconds.</p></div>
            <div class="row"><a class="button button--primary" href="\(Paths.signUp)">Create an account</a><a href="\(Paths.docs)/authoring">Read how</a></div>
            """
        case .member: """
            <div><h2>Carry on in your studio</h2><p class="muted">Your skills, drafts and runs are there.</p></div>
            <div class="row"><a class="button button--primary" href="\(Paths.studio)">Open the studio</a><a href="\(Paths.newSkill)">New skill</a></div>
            """
        }
    }
}
