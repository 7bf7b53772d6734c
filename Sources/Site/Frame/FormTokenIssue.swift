internal import HTTP
internal import Security

/// This reader's form token, and whether a page asked for it.
///
/// A token is derived from a cookie that only the reader's browser holds: the session's, or for visitors a random
/// `tc_visit` that is set with the first form they are shown. Another site can neither read nor guess it.
final class FormTokenIssue {
    static let fieldName = "form_token"
    /// Where scripts put the token: it is in `<meta name="form-token">`.
    static let headerName = "x-form-token"

    private let secret: String
    /// True when the secret is a new visitor cookie that must be sent if the token is used.
    private let isFresh: Bool
    private(set) var wasUsed = false

    /// `secret` is the value of the cookie that the request brought, if it brought one.
    init(secret: String?) {
        self.secret = secret ?? RandomToken.make(byteCount: 16)
        isFresh = secret == nil
    }

    func token() -> String {
        wasUsed = true
        return FormToken.derive(from: secret)
    }

    /// The cookie to set with the answer, if a new one is needed.
    func cookie(isSecure: Bool) -> Cookie? {
        guard isFresh, wasUsed else { return nil }
        return Cookie(name: CookieName.visit(isSecure: isSecure), value: secret, maxAgeSeconds: nil, isSecure: isSecure)
    }
}

/// The names of our cookies. Over https the `__Host-` prefix makes browsers refuse any that another host,
/// path or plain http tries to plant (RFC 6265bis, 4.1.3.2).
enum CookieName {
    static func session(isSecure: Bool) -> String { isSecure ? "__Host-tc_session" : "tc_session" }
    static func visit(isSecure: Bool) -> String { isSecure ? "__Host-tc_visit" : "tc_visit" }
}
