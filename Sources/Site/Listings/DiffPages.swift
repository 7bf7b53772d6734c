internal import Base
internal import HTTP

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
        let changed = page.files.map { ($0.name, LineDiff(from: $0.old, to: $0.new)) }.filter { !$0.1.isEmpty }
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

    private static func file(_ name: String, _ diff: LineDiff) -> HTML {
        let lines = diff.lines.map { line in
            switch line.kind {
            case .same: "<span class=\"diff__line\">  \(line.text)</span>" as HTML
            case .added: "<span class=\"diff__line diff__line--added\">+ \(line.text)</span>" as HTML
            case .removed: "<span class=\"diff__line diff__line--removed\">− \(line.text)</span>" as HTML
            case .gap: "<span class=\"diff__line diff__line--place\">\(line.text)</span>" as HTML
            }
        }
        return """
        <section class="section"><h2 class="section__title">\(name)</h2><pre class="diff" tabindex="0" role="region" aria-label="Changes of \(name)"><code>\(lines)</code></pre></section>
        """
    }
}
