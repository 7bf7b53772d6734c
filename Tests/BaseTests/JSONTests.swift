import Base
import Testing

@Suite struct JSONTests {
    /// The sample of RFC 8785, section 3.2.2 to 3.2.4.
    @Test func canonicalFormOfTheStandardsSample() throws {
        let source = #"""
            {"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
             "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}
            """#
        let expected = #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try JSON(parsing: source).canonical == expected)
    }

    @Test func membersSortByUTF16CodeUnits() throws {
        let source = "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}"
        let order = try JSON(parsing: JSON(parsing: source).canonicalBytes).object?.compactMap { $0.1.int }
        #expect(order == [2, 4, 6, 7, 1, 5, 3])
    }

    /// Appendix B of RFC 8785: IEEE 754 bits and their text.
    @Test(arguments: [
        (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
    func numbersAsECMAScriptWritesThem(bits: UInt64, text: String) {
        #expect(JSON.double(Double(bitPattern: bits)).canonical == text)
    }

    @Test func whatIsNoNumberBecomesNull() {
        #expect(JSON.double(.nan).text == "null")
        #expect(JSON.optional(Double.infinity).isNull)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", ".5", "+1", "1e", "NaN", "nul", "\"\\x\"", "\"\\ud800\"",
        "\"a", "\"\u{1}\"", "[1] 2", "{1:2}", "'a'", "1e999", "\u{feff}1",
    ])
    func malformedTextIsRefusedWithItsPlace(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xff, 0x22]) }
    }

    @Test func deepNestingIsRefusedNotFollowed() {
        #expect(throws: JSONError.self) { try JSON(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 100_000)) }
    }

    @Test func randomBytesNeverTrap() {
        let seed: UInt64 = 20_260_101
        var random = SeededRandom(seed: seed)
        let alphabet = Array("{}[]\",:\\u0123456789eE+-.truefalsn \n\u{7f}é".utf8) + [0xff, 0x00]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            guard let value = try? JSON(parsing: bytes) else { continue }
            #expect((try? JSON(parsing: value.canonicalBytes)) == value, "seed \(seed), \(bytes)")
        }
    }

    @Test func equalityIgnoresMemberOrderAndNumberSpelling() throws {
        #expect(try JSON(parsing: #"{"a":1,"b":2.0}"#) == JSON(parsing: #"{"b":2,"a":1.0}"#))
    }
}
