internal import Base
@testable internal import HTTP
@testable internal import Site
internal import Testing

@Suite struct MarkdownTests {
    private func render(_ text: String, _ source: Markdown.Source = .people) -> String {
        let whole = Markdown.render(text, source: source, topHeading: 3).markup
        return String(whole.dropFirst("<div class=\"prose\">".count).dropLast("</div>".count))
    }

    @Test(arguments: [
        ("# A\ntext", "<h3>A</h3><p>text</p>"),
        ("a **b** _c_ `d*e*`", "<p>a <strong>b</strong> <em>c</em> <code>d*e*</code></p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("- a\n  - b", "<ul><li><p>a</p><ul><li>b</li></ul></li></ul>"),
        ("> q", "<blockquote><p>q</p></blockquote>"),
        ("```ts\na < b\n```", "<pre class=\"code\" tabindex=\"0\"><code>a &lt; b</code></pre>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("\\*not\\*", "<p>*not*</p>"),
        ("---", "<hr>"),
        ("```\n# not a heading\n```\n## B", "<pre class=\"code\" tabindex=\"0\"><code># not a heading</code></pre><h3>B</h3>"),
    ])
    func renders(text: String, html: String) {
        #expect(render(text) == html)
    }

    @Test func tablesHaveHeadings() {
        let html = render("| a | b |\n|---|---|\n| 1 | <i> |")
        #expect(html.contains("<th scope=\"col\">a</th>") && html.contains("<td>&lt;i&gt;</td>"))
    }

    @Test func linksGoOnlyWhereTheyMay() {
        #expect(render("[x](https://a.example/?q=\"1\")") == "<p>[x](https://a.example/?q=&quot;1&quot;)</p>"
            || render("[x](https://a.example/?q=\"1\")").contains("href=\"https://a.example/?q=&quot;1&quot;\" rel=\"nofollow ugc noopener noreferrer\""))
        for target in ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "/account", "\u{1}javascript:x",
                       "java\tscript:x", "vbscript:x", "file:///etc/passwd", "https:\\\\x", "mailto:a@b"] {
            #expect(!render("[x](\(target))").contains("<a"), "\(target)")
        }
        #expect(render("[m](/docs/metrics)", .documentation) == "<p><a href=\"/docs/metrics\">m</a></p>")
        #expect(!render("[m](//evil.example)", .documentation).contains("<a"))
    }

    @Test func hostileTextBecomesNoMarkupOfItsOwn() {
        let allowed: Set<String> = ["h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "a", "div", "table",
                                    "thead", "tbody", "tr", "th", "td"]
        let parts = ["<script>", "</p>", "\"", "'", "<img src=x onerror=y>", "**", "*", "_", "`", "```", "[", "](", ")", "\n", "\n\n", "# ", "- ", "1. ", "> ",
                     "| ", "|---|", "  ", "\\", "https://a", "javascript:", "\u{0}", "é", "👩‍👩‍👧", "&lt;", "\r\n", "    ", "~~~", "text"]
        for seed in UInt64(1)...600 {
            var random = SeededRandom(seed: seed)
            var text = ""
            for _ in 0..<60 { text += parts[Int(random.next() % UInt64(parts.count))] }
            for source in [Markdown.Source.people, .documentation] {
                let html = Markdown.render(text, source: source).markup
                for tag in html.split(separator: "<").dropFirst() {
                    let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }
                    #expect(allowed.contains(String(name)) || name == "h2", "seed \(seed): <\(tag.prefix(30))")
                }
                #expect(!html.lowercased().contains("href=\"javascript"), "seed \(seed)")
            }
        }
    }

    @Test func longHostileTextIsRenderedInTime() {
        let start = SystemClock.monotonicNanoseconds()
        for piece in ["*a", "[", "`", "_", "> ", "- ", "[a](", "**a*", "|", "\\"] {
            _ = Markdown.render(String(repeating: piece, count: 20_000), source: .people)
            _ = Markdown.render(String(repeating: piece + "\n", count: 20_000), source: .people)
        }
        #expect(SystemClock.monotonicNanoseconds() - start < 20_000_000_000)
    }
}
