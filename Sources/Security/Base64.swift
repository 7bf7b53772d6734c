/// base64 with `+`, `/` and, unless said otherwise, `=` (RFC 4648, 4).
public enum Base64 {
    /// `isPadded` false leaves the `=` away, as PHC strings want.
    public static func encode(_ bytes: [UInt8], isPadded: Bool = true) -> String {
        var text = Base64URL.encode(bytes).utf8.map { (byte: UInt8) -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while isPadded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for other characters, wrong padding, a length that no bytes have, or bits beyond the last byte: every run
    /// of bytes has exactly one text.
    public static func decode(_ text: some StringProtocol, isPadded: Bool = true) -> [UInt8]? {
        var body = Array(text.utf8)
        if isPadded {
            guard body.count % 4 == 0 else { return nil }
            for _ in 0..<2 where body.last == UInt8(ascii: "=") { body.removeLast() }
        }
        for index in body.indices {
            switch body[index] {
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            case UInt8(ascii: "+"): body[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): body[index] = UInt8(ascii: "_")
            default: break
            }
        }
        return Base64URL.decode(String(decoding: body, as: UTF8.self))
    }
}
