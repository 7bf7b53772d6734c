/// base32 without padding (RFC 4648, 6), as authenticator apps take secrets.
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Upper case, no `=`.
    public static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            group = (group << 8 | UInt32(byte)) & 0xfff
            bits += 8
            while bits >= 5 {
                bits -= 5
                out.append(alphabet[Int(group >> bits) & 31])
            }
        }
        if bits > 0 { out.append(alphabet[Int(group << (5 - bits)) & 31]) }
        return String(decoding: out, as: UTF8.self)
    }

    /// Upper case without padding alone. Nil for other characters, a length that no bytes have, or bits beyond the
    /// last byte.
    public static func decode(_ text: String) -> [UInt8]? {
        var out: [UInt8] = []
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text.utf8 {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "2")...UInt8(ascii: "7"): value = byte - UInt8(ascii: "2") + 26
            default: return nil
            }
            group = (group << 5 | UInt32(value)) & 0xfff
            bits += 5
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: group >> bits))
            }
        }
        guard bits < 5, group & ((1 << bits) - 1) == 0 else { return nil }
        return out
    }
}
