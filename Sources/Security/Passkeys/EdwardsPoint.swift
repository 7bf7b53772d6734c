/// Whether 32 bytes are a point of edwards25519 (RFC 8032, 5.1.3). swift-crypto only looks at the length, and a key
/// that is no point would be noticed at the first log-in, when it is too late.
enum EdwardsPoint {
    /// False for bytes that are no point, for a second spelling of one, and for the eight points of small order, with
    /// which anybody's signature holds.
    static func isUsable(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 32 else { return false }
        var masked = bytes
        masked[31] &= 0x7f
        let y = FieldElement(littleEndian: masked)
        guard y.isReduced, !smallOrder.contains(y) else { return false }
        let square = y * y
        // x² = u / v with u = y² − 1 and v = d y² + 1. It has a root exactly when u·v is 0 or a square (Euler).
        let u = square - .one
        let v = d * square + .one
        let character = (u * v).raisedToHalf()
        return character == .one || character == .zero
    }

    /// d = −121665 / 121666 (RFC 8032, 5.1).
    private static let d = FieldElement(littleEndian: [
        0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
        0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
    ])
    /// The y of the points of order 1, 2, 4 and 8.
    private static let smallOrder: [FieldElement] = [
        .one, .zero - .one, .zero,
        FieldElement(littleEndian: [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ]),
        FieldElement(littleEndian: [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ]),
    ]
}

/// A number modulo 2^255 − 19, in four words of 64 bits, lowest first. For public values: its time varies.
struct FieldElement: Equatable {
    private var words: [UInt64]
    private static let modulus: [UInt64] = [0xffff_ffff_ffff_ffed, .max, .max, 0x7fff_ffff_ffff_ffff]
    static let zero = FieldElement([0, 0, 0, 0])
    static let one = FieldElement([1, 0, 0, 0])

    private init(_ words: [UInt64]) { self.words = words }

    /// Takes 32 bytes as they are: `isReduced` tells whether they are below the modulus.
    init(littleEndian bytes: [UInt8]) {
        words = (0..<4).map { word in bytes[(word * 8)..<(word * 8 + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    }

    var isReduced: Bool { Self.isLess(words, Self.modulus) }

    static func + (a: Self, b: Self) -> Self {
        var out = a.words
        var carry: UInt64 = 0
        for index in 0..<4 { (carry, out[index]) = add(out[index], b.words[index], carry) }
        // Both are below 2^255, so nothing is carried out of the last word.
        return FieldElement(out).reduced()
    }

    static func - (a: Self, b: Self) -> Self {
        a + FieldElement(subtract(modulus, b.words))
    }

    static func * (a: Self, b: Self) -> Self {
        var product = [UInt64](repeating: 0, count: 8)
        for i in 0..<4 {
            var carry: UInt64 = 0
            for j in 0..<4 {
                let (high, low) = a.words[i].multipliedFullWidth(by: b.words[j])
                let (carry1, sum1) = add(product[i + j], low, 0)
                let (carry2, sum2) = add(sum1, carry, 0)
                product[i + j] = sum2
                carry = high &+ carry1 &+ carry2
            }
            product[i + 4] = carry
        }
        // 2^256 = 38 modulo the modulus: fold the upper half in, twice.
        var out = Array(product[0..<4])
        var carry: UInt64 = 0
        for index in 0..<4 {
            let (high, low) = product[index + 4].multipliedFullWidth(by: 38)
            let (carry1, sum1) = add(out[index], low, 0)
            let (carry2, sum2) = add(sum1, carry, 0)
            out[index] = sum2
            carry = high &+ carry1 &+ carry2
        }
        while carry != 0 {
            var next: UInt64 = 0
            (next, out[0]) = add(out[0], carry &* 38, 0)
            for index in 1..<4 { (next, out[index]) = add(out[index], 0, next) }
            carry = next
        }
        // Bit 255 counts 19.
        let top = out[3] >> 63
        out[3] &= 0x7fff_ffff_ffff_ffff
        return FieldElement(out) + FieldElement([top * 19, 0, 0, 0])
    }

    /// This number to the power (p − 1) / 2 = 2^254 − 10: 1 for squares, 0 for 0.
    func raisedToHalf() -> Self {
        var result = Self.one
        // 2^254 − 10 has ones everywhere from bit 253 down, but for bits 3 and 0.
        for bit in stride(from: 253, through: 0, by: -1) {
            result = result * result
            if bit != 3, bit != 0 { result = result * self }
        }
        return result
    }

    private func reduced() -> Self { isReduced ? self : FieldElement(Self.subtract(words, Self.modulus)).reduced() }

    private static func add(_ a: UInt64, _ b: UInt64, _ carry: UInt64) -> (carry: UInt64, sum: UInt64) {
        let (sum1, over1) = a.addingReportingOverflow(b)
        let (sum2, over2) = sum1.addingReportingOverflow(carry)
        return ((over1 ? 1 : 0) + (over2 ? 1 : 0), sum2)
    }

    private static func subtract(_ a: [UInt64], _ b: [UInt64]) -> [UInt64] {
        var out = a
        var borrow: UInt64 = 0
        for index in 0..<4 {
            let (part1, under1) = a[index].subtractingReportingOverflow(b[index])
            let (part2, under2) = part1.subtractingReportingOverflow(borrow)
            out[index] = part2
            borrow = (under1 ? 1 : 0) + (under2 ? 1 : 0)
        }
        return out
    }

    private static func isLess(_ a: [UInt64], _ b: [UInt64]) -> Bool {
        for index in stride(from: 3, through: 0, by: -1) where a[index] != b[index] { return a[index] < b[index] }
        return false
    }
}
