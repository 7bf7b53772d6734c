internal import Base
internal import HTTP
internal import Marketplace

/// `/@handle/slug/diff/2...3`: what changed between two versions, file by file.
enum DiffPages {
    struct Diff: Sendable, Hashable {
        let name: SkillName
        let glyph: Glyph
        let from: Side
        let to: Side
        /// `SKILL.md`, `entry.ts`, `exit.ts`, in this order.
        let files: [File]
    }

    struct Side: Sendable, Hashable {
        let number: Int
        let hash: Digest
        let publishedAt: Instant
        /// Total return of its evaluation.
        let evaluated: Figure
    }

    /// A missing file is an empty one.
    struct File: Sendable, Hashable {
        let name: String
        let old: String
        let new: String
    }

    static func show(_ page: Diff) -> Page {
        let changed = page.files.map { ($0.name, LineDifference(from: $0.old, to: $0.new)) }.filter { !$0.1.isEmpty }
        let words: HTML = changed.isEmpty
            ? "The two versions have the same files."
            : "\(Format.count(changed.count, "file")) changed: \(changed.map(\.0).joined(separator: ", "))."
        return Page(
            title: "\(page.name.text), v\(page.from.number) to v\(page.to.number)", section: .skills,
            body: """
            <div class="page">
            <div class="page__head"><div class="page__title listing__name">\(page.glyph.html(.large))<div>
            <p class="page__path">\(Pieces.link(page.name))</p><h1>From v\(page.from.number) to v\(page.to.number)</h1></div></div></div>
            <p class="answer">\(words) The evaluation went from \(Format.change(page.from.evaluated)) to \(Format.change(page.to.evaluated)).</p>
            <div class="metrics metrics--wide section__below">\(side(page.name, page.from))\(side(page.name, page.to))</div>
            \(changed.map { file($0.0, $0.1) })
            </div>
            """)
    }

    private static func side(_ name: SkillName, _ side: Side) -> HTML {
        Pieces.facts([
            Pieces.fact("Version", "<a href=\"\(url: Paths.version(name, side.number))\">v\(side.number)</a>"),
            Pieces.fact("Published", Format.date(side.publishedAt)),
            Pieces.fact("Hash", Format.hash(side.hash)),
        ])
    }

    private static func file(_ name: String, _ difference: LineDifference) -> HTML {
        """
        <section class="section"><h2 class="section__title">\(name)</h2>\
        <pre class="diff" tabindex="0" role="region" aria-label="Changes of \(name)"><code>\(lines(difference))</code></pre></section>
        """
    }

    /// Changed lines with three of their neighbours; what lies between is counted.
    static func lines(_ difference: LineDifference) -> [HTML] {
        let all = difference.lines
        var isNear = [Bool](repeating: false, count: all.count)
        for (index, line) in all.enumerated() where line.change != .same {
            for near in max(0, index - 3)...min(all.count - 1, index + 3) { isNear[near] = true }
        }
        var out: [HTML] = []
        var skipped = 0
        for (index, line) in all.enumerated() {
            guard isNear[index] else {
                skipped += 1
                continue
            }
            if skipped > 0 { out.append(gap(skipped)) }
            skipped = 0
            out.append(row(line))
        }
        if skipped > 0 { out.append(gap(skipped)) }
        return out
    }

    private static func gap(_ count: Int) -> HTML {
        "<span class=\"diff__line diff__line--place\">\(Format.count(count, "line")) unchanged</span>"
    }

    private static func row(_ line: LineDifference.Line) -> HTML {
        switch line.change {
        case .same: "<span class=\"diff__line\">  \(line.text)</span>"
        case .added: "<span class=\"diff__line diff__line--added\">+ \(line.text)</span>"
        case .removed: "<span class=\"diff__line diff__line--removed\">− \(line.text)</span>"
        }
    }
}
