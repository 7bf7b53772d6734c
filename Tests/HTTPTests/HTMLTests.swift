import HTTP
import Testing

@Suite struct HTMLTests {
    @Test func textIsEscapedEverywhere() {
        let evil = "<script>alert('x')</script>\" onload=\"y & z"
        let html: HTML = "<p title=\"\(evil)\">\(evil)</p>"
        #expect(!html.markup.contains("<script>") && !html.markup.contains("\" onload=\""))
        #expect(HTML(text: "a<b").markup == "a&lt;b")
    }

    @Test(arguments: [
        ("javascript:alert(1)", "#"), ("JaVaScRiPt:alert(1)", "#"), ("\u{1}javascript:alert(1)", "#"), ("java\tscript:alert(1)", "#"),
        ("data:text/html,x", "#"), ("//evil.example", "#"), ("/\\evil.example", "#"), ("", "#"), ("vbscript:x", "#"),
        ("/skills?q=a&b=c", "/skills?q=a&amp;b=c"), ("https://example.org/\"x", "https://example.org/&quot;x"), ("#top", "#top"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ])
    func addressesAreHarmless(address: String, shown: String) {
        let html: HTML = "\(url: address)"
        #expect(html.markup == shown)
    }

    @Test func attributesComeAndGo() {
        let html: HTML = "<a\(attribute: "aria-current", if: true)\(attribute: "hidden", if: false)\(attribute: "title", "a\"b")\(attribute: "id", nil)>"
        #expect(html.markup == "<a aria-current title=\"a&quot;b\">")
    }
}
