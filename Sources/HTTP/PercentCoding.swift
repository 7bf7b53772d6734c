/// Percent encoding (RFC 3986, 2.1).
public enum PercentCoding {
    /// Undoes `%XX`, and `+` as a space when asked. Nil for a broken escape or bytes that are not UTF-8.
    public static func decode(_ bytes: some Sequence<UInt8>, plusIsSpace: Bool) -> String? {
        var out: [UInt8] = []
        var pending = 0
        var high: UInt8 = 0
        for byte in bytes {
            switch pending {
            case 2:
                guard let digit = hexValue(byte) else { return nil }
                high = digit
                pending = 1
            case 1:
                guard let digit = hexValue(byte) else { return nil }
                out.append(high << 4 | digit)
                pending = 0
            default:
                if byte == UInt8(ascii: "%") {
                    pending = 2
                } else if plusIsSpace, byte == UInt8(ascii: "+") {
                    out.append(0x20)
                } else {
                    out.append(byte)
                }
            }
        }
        guard pending == 0 else { return nil }
        return String(validating: out, as: UTF8.self)
    }

    /// Every byte but the unreserved ones (RFC 3986, 2.3) escaped: fit for one path segment or one query value.
    public static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                 UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                 UInt8(ascii: "~"):
                out.append(byte)
            default:
                out.append(UInt8(ascii: "%"))
                out.append(digits[Int(byte >> 4)])
                out.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
