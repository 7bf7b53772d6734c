public import Base

/// The secret in a link that we mail: 256 random bits as 43 characters of base64url. Only its SHA-256 is stored.
public struct MailLinkToken: Sendable {
    public let text: Secret<String>
    /// What the database holds.
    public let digest: Digest

    public init() {
        let token = SessionToken()
        text = token.text
        digest = token.digest
    }

    /// The digest of a token out of a link; nil when it cannot be one of ours.
    public static func digest(of text: String) -> Digest? { SessionToken.digest(of: text) }
}
