internal import Base
internal import Foundation

/// A password on its way in. Everything that takes one goes through here, so that the same keys pressed on two machines
/// are the same password: one composes é from two characters where the other sends it as one.
enum PasswordText {
    /// `typed` in normalization form NFKC (NIST SP 800-63B, 5.1.1.2). What is longer than any password of ours becomes the
    /// empty text, which none is: nobody makes us work on a megabyte.
    static func normalised(_ typed: String?) -> Secret<String> {
        guard let typed, typed.utf8.count <= 4 * Limits.passwordBytesMax else { return Secret("") }
        return Secret(typed.precomposedStringWithCompatibilityMapping)
    }
}
