internal import HTTP

/// What browsers are told with every answer.
enum SecurityHeaders {
    /// No inline script or style, nothing from other hosts, no frames.
    static let contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    private static let fixed: [(String, String)] = [
        ("content-security-policy", contentSecurityPolicy),
        ("x-content-type-options", "nosniff"),
        // `same-origin`, not `no-referrer`: with that browsers send `Origin: null` from our own forms.
        ("referrer-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ]

    static func apply(to response: inout Response, isSecure: Bool) {
        // A page whose own address is a secret tells even less about where its reader came from.
        let referrer = response.headers["referrer-policy"]
        for (name, value) in fixed { response.headers.set(name, value) }
        if let referrer { response.headers.set("referrer-policy", referrer) }
        if isSecure { response.headers.set("strict-transport-security", "max-age=31536000") }
    }
}
