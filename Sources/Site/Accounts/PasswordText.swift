internal import Base
internal import Foundation

/// Passwords as they are hashed: in Unicode's form NFKC (UAX #15), so that the same word typed on two keyboards is the
/// same password. It stands here because the form needs Foundation. Apply it to every password that comes from a
/// person, exactly once and before anything else looks at it; what is stored rests on this form for ever.
enum PasswordText {
    static func normalised(_ typed: Secret<String>) -> Secret<String> {
        Secret(typed.reveal().precomposedStringWithCompatibilityMapping)
    }
}
