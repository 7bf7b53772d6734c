internal import Base
internal import HTTP
internal import Security

/// This reader's form token, and whether a page asked for it.
///
/// A member's token is derived from their session, the tenant they act for and a key of the site: a form that was opened
/// before they switched to another tenant cannot write there. A visitor's is derived from a random `tc_visit` cookie that
/// is set with the first form they are shown. Another site can neither read nor guess either.
final class FormTokenIssue {
    static let fieldName = "form_token"
    /// Where scripts put the token: it is in `<meta name="form-token">`.
    static let headerName = "x-form-token"

    private let secret: String
    /// True when the secret is a new visitor cookie that must be sent if the token is used.
    private let isFresh: Bool
    private(set) var wasUsed = false

    /// For a visitor: `visit` is the value of the cookie that the request brought, if it brought one.
    init(visit: String?) {
        secret = visit ?? RandomToken.make(byteCount: 16)
        isFresh = visit == nil
    }

    /// For a member's session. API tokens need no form token.
    init(_ viewer: Caller, key: SealingKey) {
        secret = key.derive("form token \(viewer.session?.description ?? "") \(viewer.tenant)")
        isFresh = false
    }

    func token() -> String {
        wasUsed = true
        return FormToken.derive(from: secret)
    }

    /// True when `sent` came from a form that this reader was shown.
    func isValid(_ sent: String) -> Bool { !isFresh && FormToken.isValid(sent, for: secret) }

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
    /// Holds a log-in that waits for its second factor.
    static func pending(isSecure: Bool) -> String { isSecure ? "__Host-tc_pending" : "tc_pending" }
    /// Marks a browser that logged in before.
    static func device(isSecure: Bool) -> String { isSecure ? "__Host-tc_device" : "tc_device" }
}
