public import Base

/// The secret of an API token: `tc_`, 43 characters of base64url for 256 random bits, and 6 for their checksum. Prefix and
/// checksum let scanners of public code find tokens without asking us, and typing errors show before any look-up.
/// Only the SHA-256 of the whole text is stored.
public struct APITokenText: Sendable {
    /// How every token starts.
    public static let prefix = "tc_"
    /// Characters of a token: 52.
    static let characterCount = 52
    private static let randomCharacterCount = 43

    /// Shown once.
    public let text: Secret<String>
    /// What the database holds.
    public let digest: Digest

    public init() {
        let body = Self.prefix + RandomToken.make(byteCount: 32)
        let text = body + Self.checksum(of: body)
        self.text = Secret(text)
        digest = Digest.of(text)
    }

    /// The digest of a token that somebody sent; nil when it cannot be one of ours.
    public static func digest(of text: String) -> Digest? {
        guard text.utf8.count == characterCount, text.hasPrefix(prefix) else { return nil }
        let body = String(text.prefix(prefix.count + randomCharacterCount))
        guard Base64URL.decode(String(body.dropFirst(prefix.count))) != nil, text == body + checksum(of: body) else { return nil }
        return Digest.of(text)
    }

    /// CRC-32 (ISO/IEC 3309, as in zlib) over prefix and random part, in base64url. It finds accidents; it protects
    /// nothing.
    private static func checksum(of body: String) -> String {
        var sum = UInt32.max
        for byte in body.utf8 {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        }
        sum = ~sum
        return Base64URL.encode((0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * $0)) })
    }
}
