internal import HTTP

/// `/docs`: what the words and numbers mean, from the Markdown files of `docs/`.
enum DocsPages {
    /// One document of the reader's part of `docs/`.
    struct Document: Sendable, Hashable {
        /// `execution`, the last part of the address.
        let slug: String
        let title: String
        /// One sentence for the index.
        let summary: String
        let markdown: String
    }

    static func index(_ documents: [Document]) -> Page {
        let items = documents.map { document in
            "<section><h2><a href=\"\(Paths.docs)/\(document.slug)\">\(document.title)</a></h2><p>\(document.summary)</p></section>" as HTML
        }
        return Page(
            title: "Documentation",
            description: "How skills are written, executed and measured.", section: .docs,
            body: """
            <div class="page"><div class="docs">\(navigation(documents, current: nil))
            <div><div class="page__head"><div class="page__title"><h1>Documentation</h1>
            <p class="page__lead">How skills are written, how the engine executes them, and how each number is computed.</p></div></div>
            <div class="docs__list">\(items)\
            <section><h2><a href="/openapi.yaml">API</a></h2><p>Everything these pages show, as JSON, described in OpenAPI.</p></section></div></div></div></div>
            """)
    }

    static func show(_ document: Document, among documents: [Document]) -> Page {
        Page(
            title: document.title,
            description: document.summary, section: .docs,
            body: """
            <div class="page"><div class="docs">\(navigation(documents, current: document.slug))
            <article><div class="page__head"><div class="page__title"><h1>\(document.title)</h1><p class="page__lead">\(document.summary)</p></div></div>
            \(Markdown.render(body(document), source: .documentation, topHeading: 2))</article></div></div>
            """)
    }

    /// The text without its first heading, which is the page's title.
    private static func body(_ document: Document) -> String {
        let lines = document.markdown.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, first.hasPrefix("# ") else { return document.markdown }
        return lines.dropFirst().joined(separator: "\n")
    }

    private static func navigation(_ documents: [Document], current: String?) -> HTML {
        let links = documents.map { document in
            let mark: HTML = document.slug == current ? " aria-current=\"page\"" : .empty
            return "<a href=\"\(Paths.docs)/\(document.slug)\"\(mark)>\(document.title)</a>" as HTML
        }
        let overview: HTML = current == nil ? " aria-current=\"page\"" : .empty
        return "<nav class=\"docs__nav\" aria-label=\"Documentation\"><a href=\"\(Paths.docs)\"\(overview)>Overview</a>\(links)</nav>"
    }
}
