import Base
import HTTP
import Testing

@Suite struct ResponseTests {
    @Test func headersCannotBeSplit() {
        var response = Response(status: 200)
        for (name, value) in [("x-note", "a\r\nset-cookie: b=c"), ("x-note", "a\nb"), ("x-note", "a\u{0}b"), ("x note", "a"), ("", "a")] {
            let wasAppended = response.headers.append(name, value)
            let wasSet = response.headers.set(name, value)
            #expect(!wasAppended && !wasSet, "\(name): \(value.debugDescription)")
        }
        #expect(response.headers.fields.isEmpty)
        #expect(Cookie(name: "a", value: "b; Path=/x", maxAgeSeconds: nil, isSecure: false).headerValue == nil)
    }

    @Test func nothingIsCacheableUnlessSaid() {
        #expect(Response.html("<p>x</p>").finalHeaders["cache-control"] == "no-store")
        var open = Response.html("<p>x</p>", caching: .public(maxAgeSeconds: 60))
        #expect(open.finalHeaders["cache-control"] == "public, max-age=60")
        open.cookies.append(Cookie(name: "a", value: "b", maxAgeSeconds: nil, isSecure: true))
        #expect(open.finalHeaders["cache-control"] == "no-store")
        #expect(open.finalHeaders["set-cookie"] == "a=b; Path=/; HttpOnly; SameSite=Lax; Secure")
    }

    @Test(arguments: [
        ("/studio", true), ("/skills?q=a%20b#top", true), ("//evil.example", false), ("/\\evil.example", false), ("https://evil.example", false),
        ("", false), ("studio", false), ("/a\r\nb", false), ("/a b", false), ("/\t/evil.example", false), ("/a\\b", false),
    ])
    func redirectsStayHere(location: String, isLocal: Bool) { #expect(Response.isLocal(location) == isLocal) }

    @Test func unchangedAnswersAreNotSentAgain() throws {
        var first = Response.html("<p>x</p>", caching: .privateRevalidate)
        first.setETag(for: try Request(method: "GET", target: "/"))
        let tag = try #require(first.headers["etag"])
        #expect(first.status == 200)
        for condition in [tag, "W/" + tag, "\"other\", " + tag, "*"] {
            var second = Response.html("<p>x</p>", caching: .privateRevalidate)
            second.setETag(for: try Request(method: "GET", target: "/", headers: ["if-none-match": condition]))
            #expect(second.status == 304 && second.bytes.isEmpty && second.headers["etag"] == tag)
        }
        var changed = Response.html("<p>y</p>", caching: .privateRevalidate)
        changed.setETag(for: try Request(method: "GET", target: "/", headers: ["if-none-match": tag]))
        #expect(changed.status == 200)
    }

    @Test func eventsHoldTheirLines() {
        let event = ServerEvent(name: "progress\nevil: 1", id: "7\n", data: "a\r\nb\nc")
        #expect(String(decoding: event.bytes, as: UTF8.self) == "event: progressevil: 1\nid: 7\ndata: a\ndata: b\ndata: c\n\n")
    }

    @Test func problemsSayTheirFields() {
        let problem = Problem.invalid([.init("limit", "Give a whole number.")])
        let json = problem.json(requestID: "r1")
        #expect(json["status"]?.int == 422)
        #expect(json["request_id"]?.string == "r1")
        #expect(json["errors"]?.array?.first?["field"]?.string == "limit")
        #expect(json["type"]?.string == "about:blank")
    }
}
