public import Base

/// Random values that cannot be guessed, as text for cookies and addresses.
public enum RandomToken {
    /// `byteCount` bytes from the kernel's generator, in base64url.
    public static func make(byteCount: Int) -> String {
        Base64URL.encode(RandomBytes.make(byteCount))
    }
}

/// The secret in a session cookie: 256 random bits. Only its SHA-256 is stored, so that nobody who reads the
/// database can be somebody else.
public struct SessionToken: Sendable {
    /// 43 characters of base64url.
    public let text: Secret<String>
    /// What the database holds.
    public let digest: Digest

    public init() {
        let text = RandomToken.make(byteCount: 32)
        self.text = Secret(text)
        digest = Digest.of(text)
    }

    /// The digest of a token that a browser sent; nil when it cannot be one of ours.
    public static func digest(of text: String) -> Digest? {
        guard text.utf8.count == 43, Base64URL.decode(text) != nil else { return nil }
        return Digest.of(text)
    }
}
