/// A cookie we set. Always `HttpOnly`, `SameSite=Lax` and `Path=/`: no cookie of ours is for scripts or others.
public struct Cookie: Sendable, Hashable {
    public var name: String
    /// Characters of RFC 6265 `cookie-octet` only; our values are base64url.
    public var value: String
    /// Seconds until it goes; nil lasts until the browser closes; 0 deletes it.
    public var maxAgeSeconds: Int?
    /// True when the page came over https.
    public var isSecure: Bool

    public init(name: String, value: String, maxAgeSeconds: Int?, isSecure: Bool) {
        self.name = name
        self.value = value
        self.maxAgeSeconds = maxAgeSeconds
        self.isSecure = isSecure
    }

    /// The `Set-Cookie` value, or nil when name or value hold characters that a cookie cannot.
    public var headerValue: String? {
        guard Headers.isName(name), value.utf8.allSatisfy(Cookie.isOctet) else { return nil }
        var text = "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax"
        if let maxAgeSeconds { text += "; Max-Age=\(maxAgeSeconds)" }
        if isSecure { text += "; Secure" }
        return text
    }

    /// Parses a `Cookie` header leniently: parts that are no pair are skipped. The first cookie of a name counts.
    public static func parse(_ header: String) -> Fields {
        var pairs: [Fields.Pair] = []
        for part in header.utf8.split(separator: UInt8(ascii: ";")) {
            guard pairs.count < 64, let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = trimmed(part[..<equals])
            let value = trimmed(part[part.index(after: equals)...])
            guard !name.isEmpty else { continue }
            pairs.append(Fields.Pair(name, value))
        }
        return Fields(pairs)
    }

    private static func isOctet(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2b, 0x2d...0x3a, 0x3c...0x5b, 0x5d...0x7e: true
        default: false
        }
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
        let text = bytes[start...]
        var out = Array(text)
        while let last = out.last, isSpace(last) { out.removeLast() }
        return String(decoding: out, as: UTF8.self)
    }
}
