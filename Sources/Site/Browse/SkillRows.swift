internal import Base
internal import HTTP
internal import Storage
internal import Trading

extension Glyph {
    /// The mark of a skill: the lineage gives the pattern, the skill itself the variation.
    init(lineage: ID<Skill>, skill: ID<Skill>) {
        self.init(root: .of(lineage.description), own: .of(skill.description))
    }
}

extension SkillRow {
    /// A listing as lists show it.
    init(_ row: ListingTable.Row, viewer: Caller?) {
        let p = row.publication
        let missing = switch row.evaluation {
        case .queued: "the evaluation is running"
        case .failed: "the evaluation failed"
        case .completed: "undefined for this evaluation"
        }
        func figure(_ value: Double?) -> Figure { value.map { .value($0) } ?? .unavailable(because: missing) }
        self.init(
            name: SkillName(handle: p.handle, slug: p.slug), title: p.name, summary: p.summary,
            glyph: Glyph(lineage: p.lineage, skill: p.skill), timeframe: p.timeframe.rawValue, isSynthetic: p.synthetic,
            isMine: viewer?.tenant == row.tenant, evaluated: figure(row.figures.totalReturn),
            sincePublication: .unavailable(because: "forward evaluation needs candles from after publication"),
            sharpe: figure(row.figures.sharpe), maxDrawdown: figure(row.figures.maxDrawdown), trials: row.trials, forks: row.forks,
            publishedAt: row.firstPublishedAt, curve: row.figures.sparkline)
    }
}

extension BrowsePages.Cohort {
    init(_ cohort: ListingTable.Cohort) {
        self.init(published: cohort.published, positive: cohort.positive,
                  median: cohort.medianReturn.map { .value($0) } ?? .unavailable(because: "nothing is evaluated yet"),
                  measure: "the standard evaluation")
    }
}

extension PageContext {
    /// How long nginx may show a public page to visitors.
    var publicCaching: Caching { .public(maxAgeSeconds: 30) }
}
