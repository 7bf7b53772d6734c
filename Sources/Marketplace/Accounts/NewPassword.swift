public import Base

/// A password that somebody chooses. Length is what counts (NIST SP 800-63B, 5.1.1): no rules about kinds of
/// characters, but not one of those that are tried first: a common word with digits around it, a row of keys, a
/// repetition, the site's name, or the owner's own names. A long password of such pieces is good again.
public enum NewPassword {
    /// Why a password is refused.
    public enum Refusal: Error, Sendable, Hashable {
        case tooShort
        case tooLong
        /// Built from words, rows and repetitions that everybody uses.
        case common
        /// Little more than the owner's handle or mail address.
        case sameAsName
    }

    /// Bits of `PasswordEstimate` that a password must have. Behind argon2id and throttles, 2^39 guesses take decades
    /// of a machine's cores; ten random letters have 47.
    private static let bitsMin = 39.0

    /// `names` are the handle and mail address of its owner. The password is in its Unicode form already.
    public static func check(_ password: Secret<String>, names: [String]) throws(Refusal) {
        let text = password.reveal()
        // Bytes first: counting the characters of a huge text is work.
        guard text.utf8.count <= Limits.passwordBytesMax else { throw .tooLong }
        guard text.count >= Limits.passwordCharactersMin else { throw .tooShort }
        let own = pieces(of: names)
        guard !names.contains(where: { $0.lowercased() == text.lowercased() }) else { throw .sameAsName }
        guard PasswordEstimate(text).bits >= bitsMin else { throw .common }
        guard PasswordEstimate(text, names: own).bits >= bitsMin else { throw .sameAsName }
    }

    /// The names, their parts and their parts run together: `mara.l@example.org` gives also `mara.l`, `mara`, `maral`
    /// and `example`. Parts of under three characters are in every text.
    private static func pieces(of names: [String]) -> Set<String> {
        var pieces: Set<String> = []
        for name in names {
            let lower = name.lowercased()
            for half in [Substring(lower)] + lower.split(separator: "@") {
                let parts = half.split { !$0.isLetter && !$0.isNumber }
                for piece in [String(half), parts.joined()] + parts.map(String.init) {
                    if (3...PasswordEstimate.pieceCharactersMax).contains(piece.count) { pieces.insert(piece) }
                }
            }
        }
        return pieces
    }
}
