import Base
import Testing

@Suite struct FixedPointTests {
    @Test(arguments: [
        ("0", 0), ("1", 100_000_000), ("-1.5", -150_000_000), ("0.00000001", 1), ("113782.3", 11_378_230_000_000),
        ("92233720368.54775807", Int64.max), ("1.000000000", 100_000_000), ("+2", 200_000_000), (".5", 50_000_000),
    ])
    func decimalsParseExactly(text: String, raw: Int64) {
        #expect(Price(decimal: text)?.raw == raw)
    }

    @Test(arguments: ["", "-", ".", "1e5", "NaN", "inf", "1.2.3", "1,000", " 1", "1 ", "0.000000001", "92233720368.54775808", "٣", "0x10"])
    func nothingElseParses(text: String) {
        #expect(Price(decimal: text) == nil)
    }

    @Test func descriptionParsesBack() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<10_000 {
            let value = Money(raw: Int64(bitPattern: random.next()) >> Int64.random(in: 0...62, using: &random))
            guard value.raw != .min else { continue }
            #expect(Money(decimal: value.description) == value)
        }
    }

    @Test(arguments: [
        (7, 2, Rounding.halfEven, 4), (5, 2, .halfEven, 2), (-5, 2, .halfEven, -2), (-7, 2, .halfEven, -4),
        (5, 2, .down, 2), (-5, 2, .down, -3), (5, 2, .up, 3), (-5, 2, .up, -2), (-5, 2, .towardZero, -2), (6, -4, .halfEven, -2),
        (-6, -4, .up, 2), (6, -4, .down, -2),
    ] as [(Int128, Int128, Rounding, Int64)])
    func roundingIsNamed(dividend: Int128, divisor: Int128, rounding: Rounding, expected: Int64) throws {
        #expect(try divideWide(dividend, by: divisor, rounding) == expected)
    }

    @Test func productsThatDoNotFitAreRefusedNotTrapped() {
        #expect(throws: ArithmeticError.overflow) { try Price(raw: .max).times(Quantity(raw: .max)) }
        #expect(throws: ArithmeticError.overflow) { try Money(raw: .max).adding(Money(raw: 1)) }
        #expect(throws: ArithmeticError.overflow) { try Money(raw: .min).negated() }
        #expect(throws: ArithmeticError.divisionByZero) { try Money.whole(1).divided(by: .zero, .down) }
        #expect(throws: ArithmeticError.overflow) { try divideWide(.max, by: 1, .down) }
    }

    @Test func approximatingRefusesWhatIsNoNumber() {
        #expect(Price(approximating: .nan) == nil)
        #expect(Price(approximating: .infinity) == nil)
        #expect(Price(approximating: 1e300) == nil)
        #expect(Price(approximating: 0.1)?.raw == 10_000_000)
    }

    @Test func multiplesOfAStep() throws {
        #expect(try Quantity(raw: 123_456_789).rounded(toMultipleOf: Quantity(raw: 1_000), .down).raw == 123_456_000)
        #expect(try Price(raw: -15).rounded(toMultipleOf: Price(raw: 10), .towardZero).raw == -10)
    }
}
