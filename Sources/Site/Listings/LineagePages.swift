internal import Base
internal import HTTP

/// `/@handle/slug/lineage`: every published skill that comes from the same first version.
enum LineagePages {
    struct Lineage: Sendable, Hashable {
        let name: SkillName
        /// The oldest ancestor first, each followed by its forks; `depth` 0 is the ancestor.
        let members: [Member]
        /// Runs counted over all of them.
        let trials: Int
    }

    struct Member: Sendable, Hashable {
        let relative: ListingPages.Relative
        let depth: Int
        let publishedAt: Instant
    }

    static func show(_ page: Lineage) -> Page {
        Page(
            title: "Lineage of \(page.name.text)", section: .skills,
            body: """
            <div class="page page--narrow">
            <div class="page__head"><div class="page__title"><p class="page__path">\(Pieces.link(page.name))</p><h1>Lineage</h1></div></div>
            <p class="answer">\(Format.count(page.members.count, "skill")) from one source, \(Format.count(page.trials, "trial")) in all. \
            The more a lineage has tried, the more its best Sharpe ratio is discounted.</p>
            <div class="section">\(tree(page.members[...], depth: 0, current: page.name))</div></div>
            """)
    }

    /// Nested lists; deeper than eight stays at eight.
    private static func tree(_ members: ArraySlice<Member>, depth: Int, current: SkillName) -> HTML {
        guard !members.isEmpty else { return .empty }
        var items: [HTML] = []
        var index = members.startIndex
        while index < members.endIndex {
            let next = members[(index + 1)...].firstIndex { $0.depth <= members[index].depth } ?? members.endIndex
            let below = depth < 8 ? tree(members[(index + 1)..<next], depth: depth + 1, current: current) : .empty
            items.append("<li>\(row(members[index], current: current))\(below)</li>")
            index = depth < 8 ? next : index + 1
        }
        return "<ul class=\"lineage\">\(items)</ul>"
    }

    private static func row(_ member: Member, current: SkillName) -> HTML {
        let relative = member.relative
        let here: HTML = relative.name == current ? "<span class=\"badge badge--accent\">This skill</span>" : .empty
        return """
        <div class="lineage__item">\(relative.glyph.html())\(Pieces.link(relative.name)) <span class="muted">v\(relative.version), \(Format.date(member.publishedAt))</span> \
        <span class="number">\(Format.change(relative.change))</span>\(here)</div>
        """
    }
}
