import Testing

@testable import Gateways

@Suite("Source maps")
struct SourceMapTests {
    @Test("Segments carry over lines and go back")
    func decoding() {
        // Generated line 1: column 0 → line 1, column 4 → line 3; line 2: nothing; line 3: column 2 → line 2.
        let map = SourceMap(mappings: "AAAA,IAEA;;EADA")
        #expect(map.sourceLine(line: 1, column: 1) == 1)
        #expect(map.sourceLine(line: 1, column: 5) == 3)
        #expect(map.sourceLine(line: 1, column: 40) == 3)
        #expect(map.sourceLine(line: 2, column: 1) == nil)
        #expect(map.sourceLine(line: 3, column: 9) == 2)
        #expect(map.sourceLine(line: 3, column: 0) == 2)
        #expect(map.sourceLine(line: 4, column: 1) == nil)
        #expect(map.sourceLine(line: 0, column: 1) == nil)
    }

    @Test("Malformed mappings map to nothing and never trap", arguments: ["", ";;;", "????", "zzzzzzzzzzzzzzzzzzzzzz", "AAAA,,,,", "D"])
    func malformed(mappings: String) {
        let map = SourceMap(mappings: mappings)
        for line in 0..<6 { _ = map.sourceLine(line: line, column: 3) }
    }

    @Test("Base64 with and without padding, and not base64")
    func base64() {
        #expect(decodeBase64("aGk=".utf8) == Array("hi".utf8))
        #expect(decodeBase64("aGkx".utf8) == Array("hi1".utf8))
        #expect(decodeBase64("aG k".utf8) == nil)
    }
}
