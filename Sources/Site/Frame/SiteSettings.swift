public import Security

/// What an operator tells the web workers.
public struct SiteSettings: Sendable {
    /// Scheme, host and port under which people reach the site, such as `https://tradecraft.example`. Links in mails,
    /// passkeys and nothing else rest on it; it never comes from a request.
    public let origin: String
    public let keys: WebKeys

    /// Nil when `origin` is no http or https origin.
    public init?(origin: String, keys: WebKeys) {
        guard let host = SiteSettings.host(of: origin), !host.isEmpty else { return nil }
        self.origin = origin
        self.keys = keys
    }

    /// The host of the origin, without port: the relying party of passkeys.
    public var host: String { SiteSettings.host(of: origin) ?? "" }

    private static func host(of origin: String) -> String? {
        for scheme in ["https://", "http://"] where origin.hasPrefix(scheme) {
            let rest = origin.dropFirst(scheme.count)
            let isPlain = rest.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2e || byte == 0x2d || byte == 0x3a
            }
            guard isPlain else { return nil }
            return rest.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init)
        }
        return nil
    }
}
