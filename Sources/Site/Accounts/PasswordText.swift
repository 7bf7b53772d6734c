internal import Base
internal import Foundation

/// Passwords as they are hashed: in Unicode's form NFKC (UAX #15), so that the same word typed on two keyboards is the
/// same password. It stands here because the form needs Foundation. Apply it to every password that comes from a
/// person, exactly once and before anything else looks at it; what is stored rests on this form for ever.
enum PasswordText {
    static func normalised(_ typed: Secret<String>) -> Secret<String> {
        Secret(typed.reveal().precomposedStringWithCompatibilityMapping)
    }

    /// For a field that may be missing: then the empty text, which no password is. Of what is longer than any password
    /// only so much is kept that it still is, so that nobody makes us work on a megabyte.
    static func normalised(_ typed: String?) -> Secret<String> {
        guard let typed else { return Secret("") }
        guard typed.utf8.count <= 4 * Limits.passwordBytesMax else { return Secret(String(typed.prefix(Limits.passwordBytesMax + 1))) }
        return normalised(Secret(typed))
    }
}
