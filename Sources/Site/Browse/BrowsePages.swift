internal import Base
internal import HTTP

/// `/skills`: search, facets, sort, and every number beside the fate of its whole class.
enum BrowsePages {
    struct Browse: Sendable, Hashable {
        let query: String
        /// One of `sorts`.
        let sort: Choice
        let sorts: [Choice]
        let facets: [Facet]
        /// Kept by the search form: filters in force, as query parameters.
        let activeFilters: [Choice]
        let cohort: Cohort
        let rows: [SkillRow]
        let pagination: Pagination
        let now: Instant
    }

    /// A value of a query parameter and its words.
    struct Choice: Sendable, Hashable {
        let value: String
        let label: String
    }

    struct Facet: Sendable, Hashable {
        let title: String
        let options: [Option]

        struct Option: Sendable, Hashable {
            let label: String
            let count: Int
            let isActive: Bool
            /// The address with this option switched.
            let address: String
        }
    }

    /// All skills that match the filters, delisted ones included.
    struct Cohort: Sendable, Hashable {
        let published: Int
        let positive: Int
        let median: Figure
        /// What the return of each is: `the standard evaluation`.
        let measure: String
    }

    static func index(_ page: Browse) -> Page {
        Page(
            title: page.query.isEmpty ? "Skills" : "Skills for “\(page.query)”",
            description: "Search published trading skills. Every number comes from a run that anyone can repeat.",
            section: .skills, searchText: page.query,
            body: """
            <div class="page">
            <div class="page__head"><div class="page__title"><h1>Skills</h1></div></div>
            <div class="browse">
            <aside class="browse__facets browse__facets--wide" aria-label="Filters">\(page.facets.map(facet))</aside>
            <div class="browse__results">
            \(search(page))
            <details class="browse__facets browse__facets--narrow"><summary>Filters\(activeCount(page))</summary>\
            <div class="browse__facet-list">\(page.facets.map(facet))</div></details>
            <p class="browse__cohort">\(cohort(page.cohort))</p>
            \(results(page))
            </div></div></div>
            """)
    }

    private static func search(_ page: Browse) -> HTML {
        let kept = page.activeFilters.map { "<input type=\"hidden\" name=\"\($0.value)\" value=\"\($0.label)\">" as HTML }
        return """
        <form class="browse__search" method="get" action="\(Paths.browse)" role="search">\(kept)
        \(Form.input(id: "query", name: "q", label: "Search", value: page.query, type: "search",
                     attributes: "placeholder=\"Name, author, instrument, idea\" maxlength=\"200\""))
        \(Form.select(id: "sort", name: "sort", label: "Sort by",
                      options: page.sorts.map { ($0.value, $0.label) }, selected: page.sort.value))
        <button class="button button--primary" type="submit">\(Icon.search)Search</button></form>
        """
    }

    private static func activeCount(_ page: Browse) -> HTML {
        let count = page.facets.flatMap(\.options).filter(\.isActive).count
        return count == 0 ? .empty : " (\(count) in force)"
    }

    private static func facet(_ facet: Facet) -> HTML {
        let options = facet.options.map { option in
            let current: HTML = option.isActive ? " aria-current=\"true\"" : .empty
            return """
            <a class="facet__option" href="\(url: option.address)"\(current)><span class="facet__box">\(option.isActive ? Icon.tick : .empty)</span>\
            \(option.label)<span class="number">\(Format.count(option.count))</span></a>
            """ as HTML
        }
        return "<div class=\"facet\" role=\"group\" aria-label=\"\(facet.title)\"><p class=\"facet__title\">\(facet.title)</p>\(options)</div>"
    }

    static func cohort(_ cohort: Cohort) -> HTML {
        guard cohort.published > 0 else { return "Nothing published matches." }
        return """
        \(Format.count(cohort.published)) published, \(Format.count(cohort.positive)) with a gain in \(cohort.measure), \
        median of all \(Format.change(cohort.median)). Delisted skills stay in this count.
        """
    }

    private static func results(_ page: Browse) -> HTML {
        guard !page.rows.isEmpty else {
            return page.query.isEmpty && page.activeFilters.isEmpty
                ? Pieces.empty("No skill is published yet", "Published skills appear here with the numbers of their evaluation.",
                               action: "<a class=\"button button--primary\" href=\"\(Paths.newSkill)\">Write the first one</a>")
                : Pieces.empty("Nothing matches", "Try fewer words or take a filter away. Search looks at names, authors, summaries and instruments.",
                               action: "<a class=\"button\" href=\"\(Paths.browse)\">Show all skills</a>")
        }
        return """
        \(SkillList.html(page.rows, now: page.now, caption: "Skills, sorted by \(page.sort.label)"))
        \(Pieces.pagination(page.pagination))
        """
    }
}
