internal import Foundation
internal import HTTP
internal import Postgres

/// The documents of the repository that readers need, as pages.
enum DocsRoutes {
    static let routes: [Route] = [
        .visitor(.get, "/docs", index),
        .visitor(.get, "/docs/:slug", show),
    ]

    private static let cacheSeconds = 300

    private static func index(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        context.page(DocsPages.index(context.frame.assets.documents), caching: .public(maxAgeSeconds: cacheSeconds))
    }

    private static func show(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let slug = try context.parameter("slug")
        let documents = context.frame.assets.documents
        guard let document = documents.first(where: { $0.slug == slug }) else { throw Problem.notFound }
        return context.page(DocsPages.show(document, among: documents), caching: .public(maxAgeSeconds: cacheSeconds))
    }
}

extension DocsPages.Document {
    /// In the order of the index.
    static let slugs = ["authoring", "execution", "metrics", "teams", "api", "audit", "privacy", "glossary"]

    /// Reads what is there; a document that cannot be read is left out.
    static func load(folder: URL) -> [DocsPages.Document] {
        slugs.compactMap { slug in
            // A missing file is a page less, not a site less.
            guard let text = try? String(contentsOf: folder.appendingPathComponent(slug + ".md"), encoding: .utf8) else { return nil }
            return DocsPages.Document(slug: slug, markdown: text)
        }
    }

    /// The title is the first heading, the summary the first sentence of the first paragraph.
    init(slug: String, markdown: String) {
        let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
        let title = lines.first { $0.hasPrefix("# ") }.map { String($0.dropFirst(2)) } ?? slug
        let text = lines.drop { $0.isEmpty || $0.hasPrefix("#") }.prefix { !$0.isEmpty }.joined(separator: " ")
        let plain = text.replacing("`", with: "").replacing("**", with: "")
        let summary = plain.firstRange(of: ". ").map { String(plain[..<$0.lowerBound]) + "." } ?? plain
        self.init(slug: slug, title: title, summary: summary, markdown: markdown)
    }
}
