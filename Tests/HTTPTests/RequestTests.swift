import Base
import HTTP
import Testing

@Suite struct RequestTests {
    /// Bytes that parsers meet at their worst: structure characters among noise.
    static func noise(_ random: inout SeededRandom) -> [UInt8] {
        let alphabet = Array("%/&=;:?+.@\\\0\r\n \t\"'<>abcAF09-_~{}[],é".utf8)
        let count = Int.random(in: 0...60, using: &random)
        return (0..<count).map { _ in
            Bool.random(using: &random) ? alphabet[Int.random(in: 0..<alphabet.count, using: &random)] : UInt8.random(in: .min ... .max, using: &random)
        }
    }

    @Test(arguments: [
        ("/", "/"), ("/skills", "/skills"), ("/@ada/trend", "/@ada/trend"), ("/sk%69lls", "/skills"),
        ("/a%20b", "/a%20b"), ("/%C3%A9", "/%C3%A9"), ("/skills/", "/skills"), ("/a.b", "/a.b"), ("/...", "/..."),
    ])
    func pathsAreNormalised(raw: String, normal: String) throws {
        let path = try #require(RequestPath(raw))
        #expect(path.description == normal)
        #expect(RequestPath(path.description)?.segments == path.segments)
    }

    @Test(arguments: [
        "", "skills", "//evil.example", "/a//b", "/.", "/..", "/a/../b", "/%2e%2e/b", "/env%2f..%2fadmin", "/a%5cb", "/a\\b",
        "/a%00", "/a%0d%0a", "/%", "/%4", "/%zz", "/%ff", "/a\u{7f}", "http://host/path", "*",
    ])
    func whatOthersCouldReadDifferentlyIsRefused(raw: String) {
        #expect(RequestPath(raw) == nil)
    }

    @Test func firstDuplicateCounts() throws {
        var headers = Headers()
        headers.append("X-Side", "first")
        headers.append("x-side", "second")
        let request = try Request(method: "GET", target: "/?a=1&a=2", headers: headers)
        #expect(request.headers["X-SIDE"] == "first")
        #expect(request.headers.all("x-side") == ["first", "second"])
        #expect(request.query["a"] == "1")
        #expect(request.query.all("a") == ["1", "2"])
        let cookies = try Request(method: "GET", target: "/", headers: ["cookie": "tc_session=one; tc_session=two"]).cookies
        #expect(cookies["tc_session"] == "one")
    }

    @Test func limitsAreKept() throws {
        let long = String(repeating: "a", count: Limits.pathBytesMax)
        #expect(throws: Request.Refusal.targetTooLong) { try Request(method: "GET", target: "/" + long) }
        #expect(throws: Request.Refusal.targetTooLong) {
            try Request(method: "GET", target: "/?" + String(repeating: "a", count: Limits.queryBytesMax + 1))
        }
        #expect(throws: Request.Refusal.bodyTooLarge) {
            try Request(method: "POST", target: "/", body: [UInt8](repeating: 0, count: Limits.bodyBytesMax + 1))
        }
        #expect(throws: Request.Refusal.headersTooLarge) {
            try Request(method: "GET", target: "/", headers: ["x-large": String(repeating: "a", count: Limits.headerBytesMax)])
        }
        #expect(throws: Request.Refusal.method("BREW")) { try Request(method: "BREW", target: "/") }
        let fields = Array((0...Limits.formFieldsMax).map { "f\($0)=1" }.joined(separator: "&").utf8)
        #expect(Fields(parsing: fields) == nil)
    }

    @Test func formsDecode() throws {
        let request = try Request(
            method: "POST", target: "/x", headers: ["content-type": "application/x-www-form-urlencoded; charset=UTF-8"],
            body: Array("name=a+b%26c&empty=&text=%0D%0A+one%0D%0Atwo+&tick=on".utf8))
        let form = try #require(request.form())
        #expect(form["name"] == "a b&c")
        #expect(form["empty"] == "")
        #expect(form.text("text") == "one\ntwo")
        #expect(form.isOn("tick") && !form.isOn("other"))
        #expect(form["absent"] == nil && form.text("absent") == "")
    }

    @Test func onlyDeclaredTypesAreRead() throws {
        let plain = try Request(method: "POST", target: "/", headers: ["content-type": "text/plain"], body: Array("a=1".utf8))
        #expect(plain.form() == nil)
        #expect(try plain.json() == nil)
        let json = try Request(method: "POST", target: "/", headers: ["content-type": "application/json"], body: Array("{\"a\":1}".utf8))
        #expect(try json.json() == ["a": 1])
    }

    @Test func requestIDsOfOthersAreReplaced() throws {
        let good = String(repeating: "0a", count: 16)
        #expect(try Request(method: "GET", target: "/", requestID: good).requestID == good)
        let made = try Request(method: "GET", target: "/", requestID: "x\" injected").requestID
        #expect(made.utf8.count == 32 && made.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func noParserTrapsOnNoise(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<4_000 {
            let bytes = RequestTests.noise(&random)
            let text = String(decoding: bytes, as: UTF8.self)
            if let path = RequestPath(text) {
                #expect(RequestPath(path.description) != nil, "seed \(seed): \(text.debugDescription)")
                #expect(!path.segments.contains("..") && !path.segments.contains(""), "seed \(seed)")
            }
            if let fields = Fields(parsing: bytes) {
                #expect(Fields(parsing: Array(fields.encoded.utf8)) == fields, "seed \(seed): \(text.debugDescription)")
            }
            _ = Cookie.parse(text)
            _ = try? JSON(parsing: bytes)
            let header = Headers.isValue(text)
            #expect(!header || !text.utf8.contains(10), "seed \(seed)")
            _ = try? Request(method: text, target: "/" + text)
            #expect(!Response.isLocal(text) || (text.hasPrefix("/") && !text.hasPrefix("//")), "seed \(seed)")
        }
    }
}
