internal import Base
internal import Marketplace
@testable internal import HTTP
@testable internal import Site
internal import Testing

@Suite struct PageTests {
    private static let tags = ["script", "style", "iframe", "object", "embed"]

    @Test(arguments: Samples.pages.map(\.name))
    func keepsTheRulesOfOurPages(name: String) throws {
        let page = try #require(Samples.pages.first { $0.name == name }?.page)
        let html = page.body.markup
        #expect(html.split(separator: "<h1").count == 2, "one h1")
        #expect(!html.contains(" style=\""), "no inline style: the policy forbids it")
        #expect(html.firstMatch(of: /\son[a-z]+="/) == nil, "no inline script")
        for tag in Self.tags { #expect(!html.contains("<\(tag)"), "no <\(tag)>") }
        #expect(!page.title.isEmpty && !html.contains("Optional("))

        var level = 1
        for match in html.matches(of: /<h([1-6])[ >]/) {
            let next = Int(match.1) ?? 0
            #expect(next <= level + 1, "h\(next) follows h\(level)")
            level = next
        }
        let ids = html.matches(of: /\sid="([^"]+)"/).map { String($0.1) }
        #expect(Set(ids).count == ids.count, "ids are unique: \(ids.sorted())")
        for match in html.matches(of: /\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"/) {
            for id in match.1.split(separator: " ") { #expect(ids.contains(String(id)), "#\(id) exists") }
        }
        for match in html.matches(of: /href="#([^"]+)"/) { #expect(ids.contains(String(match.1)), "#\(match.1) exists") }
        for match in html.matches(of: /<(input|select|textarea) [^>]*>/) where !match.0.contains("type=\"hidden\"") {
            let id = try #require(match.0.firstMatch(of: /\sid="([^"]+)"/)?.1, "\(match.0) has an id")
            #expect(html.contains("for=\"\(id)\""), "#\(id) has a label")
        }
        for match in html.matches(of: /<form [^>]*method="post"[^>]*>(.{0,80})/) {
            #expect(match.1.contains("name=\"\(Form.tokenField)\""), "forms that write carry the token")
        }
        #expect(balance(html).isEmpty, "unclosed: \(balance(html))")
    }

    /// Elements that are opened and not closed, or the reverse.
    private func balance(_ html: String) -> [String] {
        let void: Set<String> = ["input", "hr", "br", "img", "meta", "link"]
        var open: [String] = []
        for match in html.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) {
            let name = String(match.2)
            if void.contains(name) || match.3 == "/" { continue }
            if match.1.isEmpty {
                open.append(name)
            } else if open.last == name {
                open.removeLast()
            } else {
                return open + ["</\(name)>"]
            }
        }
        return open
    }

    @Test func hostileTextStaysText() {
        let hostile = "\"'><script>alert(1)</script>"
        let name = SkillName(handle: hostile, slug: hostile)
        let row = SkillRow(
            name: name, title: hostile, summary: hostile, glyph: Samples.glyph("a"), timeframe: hostile, isSynthetic: true,
            evaluated: .unavailable(because: hostile), sincePublication: .unavailable(because: hostile), sharpe: .value(1),
            maxDrawdown: .value(-0.1), trials: 1, forks: 0, publishedAt: Samples.now, curve: [])
        let browse = BrowsePages.Browse(
            query: hostile, sort: .init(value: hostile, label: hostile), sorts: [.init(value: hostile, label: hostile)],
            facets: [.init(title: hostile, options: [.init(label: hostile, count: 1, isActive: true, address: "javascript:alert(1)")])],
            activeFilters: [.init(value: hostile, label: hostile)],
            cohort: .init(published: 1, positive: 0, median: .unavailable(because: hostile), measure: hostile), rows: [row],
            pagination: .init(what: hostile, label: hostile, previous: "javascript:alert(1)", next: hostile), now: Samples.now)
        let editor = EditorPages.Editor(
            name: name, title: hostile, glyph: Samples.glyph("a"), manifest: "</textarea>" + hostile, entry: hostile, exit: hostile,
            errors: [.init(field: "manifest", message: hostile)], savedAt: nil, revision: hostile, publishedVersion: nil, hasChanges: true,
            forkedFrom: name, isOpen: true, backtest: Samples.backtest, lastRun: nil, publishErrors: [.init(field: "confirmed", message: hostile)],
            token: hostile, now: Samples.now)
        let failure = RunFailure(message: hostile, file: hostile, line: 1, excerpt: hostile, advice: hostile)
        let document = DocsPages.Document(slug: "x", title: hostile, summary: hostile, markdown: "# " + hostile + "\n" + hostile)
        let pages = [
            BrowsePages.index(browse), EditorPages.show(editor), RunPages.show(Samples.runPage(.failed(failure))),
            DocsPages.show(document, among: [document]), ErrorPages.show(status: 404, requestID: hostile, detail: hostile),
        ]
        for page in pages {
            let html = page.body.markup
            #expect(!html.contains("<script") && !html.contains("\"'>") && !html.contains("javascript:"), "\(page.title)")
            #expect(html.split(separator: "<textarea").count == html.split(separator: "</textarea>").count)
        }
    }

    @Test func visitorsAreLedToLogInAndBack() {
        let html = ListingPages.show(Samples.listing()).body.markup
        #expect(!html.contains("method=\"post\""))
        #expect(html.contains("/login?next=%2F%40mara%2Ftrend-rider-tight"))
    }

    @Test func membersForkAndBacktestFromTheListing() {
        let html = ListingPages.show(Samples.listing(viewer: Samples.member)).body.markup
        #expect(html.contains("action=\"/@mara/trend-rider-tight/forks\"") && html.contains("action=\"/@mara/trend-rider-tight/runs\""))
        #expect(html.contains("forked from <a href=\"/@okafor/trend-rider\">"))
    }

    @Test func closedSkillsShowNoSource() {
        let html = ListingPages.show(Samples.listing(viewer: Samples.member, isOpen: false)).body.markup
        #expect(!html.contains("entry.ts") && !html.contains("Follow the") && !html.contains("/forks\""))
    }

    @Test func warningsComeBeforeTheAnswer() throws {
        let html = RunPages.show(Samples.runPage(.completed(Samples.report))).body.markup
        let warning = try #require(html.firstRange(of: "candles are missing"))
        let answer = try #require(html.firstRange(of: "class=\"answer\""))
        #expect(warning.lowerBound < answer.lowerBound)
    }

    @Test func diffsShowOnlyWhatChanged() {
        let old = (1...40).map(String.init).joined(separator: "\n")
        let new = (1...40).map { $0 == 20 ? "<x>" : "\($0)" }.joined(separator: "\n")
        let lines = DiffPages.lines(LineDifference(from: old, to: new)).map(\.markup)
        #expect(lines.count == 10 && lines.contains { $0.contains("− 20<") } && lines.contains { $0.contains("+ &lt;x&gt;<") })
        #expect(lines.first?.contains("16\u{A0}lines unchanged") == true && lines.last?.contains("17\u{A0}lines unchanged") == true)
    }

    @Test func forksLookLikeTheirSource() {
        let source = Samples.glyph("source").html().markup
        let fork = Samples.glyph("fork", root: "source").html().markup
        #expect(source != fork && source != Samples.glyph("other").html().markup)
    }

    @Test(arguments: ["a/b", "../x", "a?b#c", "ü\"<"])
    func namesStayOnePathSegment(text: String) {
        let path = Paths.listing(SkillName(handle: text, slug: text))
        #expect(path.split(separator: "/").count == 2 && !path.contains("?") && !path.contains("#") && !path.contains("\""))
    }
}
