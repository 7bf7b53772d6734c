public import Base

/// The secret of an API token: `tc_`, 256 random bits in base64url (43 characters), and 6 characters of the SHA-256 of
/// what stands before, so that a typing error or a cut is told without asking the database and scanners of leaked
/// secrets recognise it. Only its SHA-256 is stored.
public struct APITokenText: Sendable {
    public static let prefix = "tc_"
    private static let characterCount = 52

    /// Shown once.
    public let text: Secret<String>
    /// What the database holds.
    public let digest: Digest

    public init() {
        let body = APITokenText.prefix + RandomToken.make(byteCount: 32)
        let text = body + APITokenText.check(of: body)
        self.text = Secret(text)
        digest = Digest.of(text)
    }

    /// The digest of a token that somebody sent; nil when it cannot be one of ours.
    public static func digest(of text: String) -> Digest? {
        guard text.utf8.count == characterCount, text.hasPrefix(prefix) else { return nil }
        let body = String(text.dropLast(6))
        guard check(of: body) == text.suffix(6) else { return nil }
        return Digest.of(text)
    }

    private static func check(of body: String) -> String { String(Base64URL.encode(Digest.of(body).bytes).prefix(6)) }
}
