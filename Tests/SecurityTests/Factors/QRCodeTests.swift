import Base
import Security
import Testing

@Suite struct QRCodeTests {
    /// ISO/IEC 18004, 6.3.3 and 6.3.5: finder patterns in three corners and timing patterns between them.
    @Test func codeHasItsPatterns() throws {
        let address = Totp.address(issuer: "Tradecraft", account: "alice@example.com", secret: TotpSecret())
        let code = try #require(QRCode(address))
        #expect(code.size >= 21 && (code.size - 17) % 4 == 0)
        let finder = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"].map { $0.map { $0 == "#" } }
        for (left, top) in [(0, 0), (code.size - 7, 0), (0, code.size - 7)] {
            for y in 0..<7 { for x in 0..<7 { #expect(code.isDark(x: left + x, y: top + y) == finder[y][x]) } }
        }
        for position in 8..<(code.size - 8) {
            #expect(code.isDark(x: position, y: 6) == (position % 2 == 0))
            #expect(code.isDark(x: 6, y: position) == (position % 2 == 0))
        }
        #expect(code.rows.count == code.size && code.rows.allSatisfy { $0.count == code.size })
        #expect(code.rows[6][8] == code.isDark(x: 8, y: 6))
        #expect(!code.isDark(x: -1, y: 0) && !code.isDark(x: 0, y: code.size))
    }

    @Test func limits() {
        #expect(QRCode(Secret("")) == nil)
        #expect(QRCode(Secret(String(repeating: "é", count: 1_166))) == nil)
        #expect(QRCode(Secret(String(repeating: "a", count: 2_331)))?.size == 177)
    }
}
