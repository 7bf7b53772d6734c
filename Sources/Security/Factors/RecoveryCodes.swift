public import Base

/// One recovery code as it is made: shown once, then only `selector` and `hash` are kept.
public struct RecoveryCode: Sendable {
    /// `XXXXX-XXXXX`.
    public let text: Secret<String>
    /// The first two characters, which find the row. No two codes of a set share them.
    public let selector: String
    /// argon2id of the other eight characters (`PasswordHash`).
    public let hash: String
}

/// Ten codes for the day the phone is gone. Each has 50 random bits, 40 of them behind argon2id; tries are limited
/// as those of passwords are (NIST SP 800-63B, look-up secrets).
public enum RecoveryCodes {
    /// Codes in a set.
    public static let count = 10
    /// Without 0, 1, I and O, which look alike.
    private static let alphabet = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZ".utf8)
    private static let characters = 10
    private static let selectorCharacters = 2

    /// A fresh set. Ten hashes take about half a second of one core: hold a slot of `HashSlots` meanwhile.
    public static func make() throws(SecurityError) -> [RecoveryCode] {
        var random = SystemRandomNumberGenerator()
        var selectors: [String] = []
        var codes: [RecoveryCode] = []
        while codes.count < count {
            let code = (0..<characters).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            let text = String(decoding: code, as: UTF8.self)
            let selector = String(text.prefix(selectorCharacters))
            if selectors.contains(selector) { continue }
            selectors.append(selector)
            codes.append(RecoveryCode(
                text: Secret(text.prefix(5) + "-" + text.suffix(5)), selector: selector,
                hash: try PasswordHash.make(Secret(String(text.dropFirst(selectorCharacters))))))
        }
        return codes
    }

    /// What somebody typed: case, white space and hyphens do not matter. Nil when it cannot be a code.
    /// Find the row of `selector`, then give `rest` to `PasswordHash.verify`, and to `PasswordHash.ofNobody` when
    /// there is no row.
    public static func read(_ typed: String) -> (selector: String, rest: Secret<String>)? {
        guard typed.utf8.count <= 64 else { return nil }
        let code = typed.unicodeScalars.filter { !$0.properties.isWhitespace && $0 != "-" && $0 != "\u{2010}" && $0 != "\u{2011}" }
        guard code.count == characters, code.allSatisfy(\.isASCII) else { return nil }
        let text = String(String.UnicodeScalarView(code)).uppercased()
        guard text.utf8.allSatisfy(alphabet.contains) else { return nil }
        return (String(text.prefix(selectorCharacters)), Secret(String(text.dropFirst(selectorCharacters))))
    }
}
