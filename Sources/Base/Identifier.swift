/// A typed identifier: `ID<Skill>` cannot be passed where `ID<Tenant>` is expected.
///
/// 128 bits in UUIDv7 layout (RFC 9562), so that ids sort by creation time in b-trees.
public struct ID<Entity>: Sendable, Hashable, Comparable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identifier made at `instant`; `random` gives the 74 bits that keep it apart from its neighbours.
    public init(at instant: Instant, random: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(clamping: instant.milliseconds) & 0xffff_ffff_ffff
        let high = milliseconds << 16 | 0x7000 | (random.next() & 0x0fff)
        let low = 0x8000_0000_0000_0000 | (random.next() & 0x3fff_ffff_ffff_ffff)
        self.init(high: high, low: low)
    }

    /// Parses the 36-character form, upper or lower case. Nil for anything else.
    public init?(_ text: some StringProtocol) {
        var nibbles: [UInt64] = []
        nibbles.reserveCapacity(32)
        var position = 0
        for byte in text.utf8 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = hexDigit(byte), nibbles.count < 32 else { return nil }
                nibbles.append(UInt64(digit))
            }
            position += 1
        }
        guard position == 36, nibbles.count == 32 else { return nil }
        self.init(high: nibbles[..<16].reduce(0) { $0 << 4 | $1 }, low: nibbles[16...].reduce(0) { $0 << 4 | $1 })
    }

    public static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// The same bits under another type, where a fact about one entity is a fact about another.
    public func cast<Other>(to: Other.Type) -> ID<Other> { ID<Other>(high: high, low: low) }
}

extension ID: CustomStringConvertible {
    /// Lower-case canonical form, 36 characters.
    public var description: String {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return hex(high >> 32, 8) + "-" + hex((high >> 16) & 0xffff, 4) + "-" + hex(high & 0xffff, 4)
            + "-" + hex(low >> 48, 4) + "-" + hex(low & 0xffff_ffff_ffff, 12)
    }
}

/// The value of one hexadecimal digit, or nil.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

// What identifiers identify. Empty types: they only keep ids apart.
public enum Tenant {}
public enum Member {}
public enum APIToken {}
public enum Skill {}
public enum Version {}
public enum Run {}
public enum Job {}
public enum LoginSession {}
