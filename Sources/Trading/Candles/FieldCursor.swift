internal import Base

/// Reads the fields of one CSV line from left to right, as numbers, without making a String of any of them.
struct FieldCursor {
    let bytes: [UInt8]
    private(set) var position: Int
    let end: Int
    /// True until the first field was read, and after a comma: a field is still to come.
    private var fieldExpected = true

    init(bytes: [UInt8], position: Int, end: Int) {
        self.bytes = bytes
        self.position = position
        self.end = end
    }

    /// The last field was read and no comma follows it.
    var isAtEnd: Bool { position == end && !fieldExpected }

    /// Digits alone, at most 18 of them.
    mutating func wholeNumber(_ column: String) throws(BarRules.Violation) -> Int64 {
        let number = try decimal(column)
        guard number.decimals == 0, !number.pointSeen else {
            throw BarRules.Violation(column, "\(number.text(bytes)) is not a whole number")
        }
        guard let value = number.mantissa, value <= 999_999_999_999_999_999 else {
            throw BarRules.Violation(column, "\(number.text(bytes)) has too many digits")
        }
        return Int64(value)
    }

    /// A price with at most eight decimals that fits fixed-point. Whether it is positive is for `BarRules`.
    mutating func price(_ column: String) throws(BarRules.Violation) -> Price {
        let number = try decimal(column)
        guard number.decimals <= 8 else {
            throw BarRules.Violation(column, "\(number.text(bytes)) has more than 8 decimals")
        }
        guard var value = number.mantissa else {
            throw BarRules.Violation(column, "\(number.text(bytes)) has too many digits")
        }
        for _ in number.decimals..<8 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { throw BarRules.Violation(column, "\(number.text(bytes)) is too large") }
            value = product
        }
        guard let raw = Int64(exactly: value) else {
            throw BarRules.Violation(column, "\(number.text(bytes)) is too large")
        }
        return Price(raw: raw)
    }

    /// The nearest Double to a decimal that is not negative.
    mutating func volume(_ column: String) throws(BarRules.Violation) -> Double {
        let number = try decimal(column)
        // Both operands are exact, so one division rounds correctly (Clinger 1990, the fast path).
        if let mantissa = number.mantissa, mantissa <= 1 << 53, number.decimals < exactPowersOfTen.count {
            return Double(mantissa) / exactPowersOfTen[number.decimals]
        }
        guard let value = Double(number.text(bytes)), value.isFinite else {
            throw BarRules.Violation(column, "\(number.text(bytes)) is too large")
        }
        return value
    }

    /// Digits with at most one point among them: no sign, no exponent, no quotes, no spaces.
    private mutating func decimal(_ column: String) throws(BarRules.Violation) -> DecimalField {
        guard fieldExpected else { throw BarRules.Violation(column, "the field is missing") }
        let start = position
        var mantissa: UInt64? = 0
        var digits = 0
        var decimals = 0
        // Zeros at the end are held back: 1.50000000000 has one decimal.
        var zeros = 0
        var pointSeen = false
        while position < end, bytes[position] != UInt8(ascii: ",") {
            let byte = bytes[position]
            if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                digits += 1
                if pointSeen, byte == UInt8(ascii: "0") {
                    zeros += 1
                } else {
                    for _ in 0..<zeros { mantissa = appending(0, to: mantissa) }
                    mantissa = appending(UInt64(byte - UInt8(ascii: "0")), to: mantissa)
                    if pointSeen { decimals += zeros + 1 }
                    zeros = 0
                }
            } else if byte == UInt8(ascii: "."), !pointSeen {
                pointSeen = true
            } else {
                throw BarRules.Violation(column, problem(from: start))
            }
            position += 1
        }
        guard digits > 0 else { throw BarRules.Violation(column, problem(from: start)) }
        let field = DecimalField(range: start..<position, mantissa: mantissa, decimals: decimals, pointSeen: pointSeen)
        fieldExpected = position < end
        if fieldExpected { position += 1 }
        return field
    }

    private func appending(_ digit: UInt64, to mantissa: UInt64?) -> UInt64? {
        guard let mantissa else { return nil }
        let (tens, overflow) = mantissa.multipliedReportingOverflow(by: 10)
        let (sum, overflowAgain) = tens.addingReportingOverflow(digit)
        return overflow || overflowAgain ? nil : sum
    }

    /// Says what is wrong with the text of the field that starts at `start`.
    private func problem(from start: Int) -> String {
        var stop = start
        while stop < end, bytes[stop] != UInt8(ascii: ","), stop - start < 40 { stop += 1 }
        guard stop > start else { return "the field is empty" }
        let text = String(decoding: bytes[start..<stop], as: UTF8.self)
        let lower = text.lowercased()
        if bytes[start] == UInt8(ascii: "-") { return "\(text) is negative" }
        if lower == "nan" || lower.hasPrefix("inf") { return "\(text) is not a finite number" }
        if lower.hasPrefix("\"") { return "\(text) is quoted; write numbers without quotes" }
        if lower.contains("e") { return "\(text) is not a plain decimal; write it without an exponent" }
        return "\(text) is not a number"
    }
}

/// What one numeric field holds: mantissa · 10^−decimals. A mantissa beyond 64 bits is nil.
private struct DecimalField {
    let range: Range<Int>
    let mantissa: UInt64?
    let decimals: Int
    let pointSeen: Bool

    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes[range].prefix(60), as: UTF8.self) }
}

/// 10⁰ to 10²²: the powers of ten a Double holds exactly.
private let exactPowersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
