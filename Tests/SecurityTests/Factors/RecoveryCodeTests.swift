import Base
import Security
import Testing

@Suite struct RecoveryCodeTests {
    @Test func tenCodesWithTheirOwnSelectors() throws {
        let codes = try RecoveryCodes.make()
        #expect(codes.count == 10)
        #expect(Set(codes.map(\.selector)).count == 10)
        let shape = #/[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}/#
        for code in codes {
            let text = code.text.reveal()
            #expect(text.wholeMatch(of: shape) != nil)
            #expect(text.hasPrefix(code.selector))
            #expect(!"\(code)".contains(text))
        }
        let first = codes[0]
        let read = try #require(RecoveryCodes.read(first.text.reveal()))
        #expect(read.selector == first.selector)
        #expect(try PasswordHash.verify(read.rest, against: first.hash))
        #expect(try !PasswordHash.verify(read.rest, against: codes[1].hash))
    }

    @Test func spellingDoesNotMatter() throws {
        for typed in ["ABCDE-FGH23", "abcde-fgh23", " ab cde fgh23 ", "ABCDEFGH23", "A-B-C-D-E-F-G-H-2-3", "abcde‑fgh23"] {
            let read = try #require(RecoveryCodes.read(typed), "\(typed)")
            #expect(read.selector == "AB")
            #expect(read.rest.reveal() == "CDEFGH23")
        }
        for bad in ["", "ABCDE-FGH2", "ABCDE-FGH234", "ABCDE-FGH20", "ABCDE-FGHI2", "ABCDE-FGHß2", "ABCDE_FGH23", String(repeating: " ", count: 70)] {
            #expect(RecoveryCodes.read(bad) == nil, "\(bad)")
        }
    }
}
