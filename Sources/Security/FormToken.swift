internal import Crypto

/// The token in our forms, bound to a cookie that only the reader's browser holds.
public enum FormToken {
    /// HMAC-SHA256 over a fixed label, keyed by the cookie's value: stands in pages without giving the cookie away.
    public static func derive(from secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("tradecraft form token 1".utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return Base64URL.encode(Array(code))
    }

    /// Compares in a time that does not depend on where they differ.
    public static func isValid(_ token: String, for secret: String) -> Bool {
        guard let sent = Base64URL.decode(token) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            sent, authenticating: Array("tradecraft form token 1".utf8), using: SymmetricKey(data: Array(secret.utf8)))
    }
}
