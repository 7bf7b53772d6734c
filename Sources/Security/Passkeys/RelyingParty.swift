internal import Base

/// This site as passkeys know it.
public struct RelyingParty: Sendable, Hashable {
    /// The host of the origin: passkeys belong to it.
    public let id: String
    /// What browsers show.
    public let name: String
    /// Scheme, host and port as browsers write them: lower case, no port that is the scheme's own.
    public let origin: String

    /// Nil unless `origin` is `https://HOST[:PORT]`, or `http://` for `localhost`, where browsers allow passkeys. An
    /// address in numbers is no host for passkeys.
    public init?(origin: String, name: String) {
        let text = origin.lowercased()
        let scheme: String
        if text.hasPrefix("https://") { scheme = "https://" } else if text.hasPrefix("http://") { scheme = "http://" } else { return nil }
        let parts = text.dropFirst(scheme.count).split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let host = parts.first, Self.isHost(host) else { return nil }
        if scheme == "http://", host != "localhost", !host.hasSuffix(".localhost") { return nil }
        var port = ""
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = UInt16(parts[1]), number > 0 else {
                return nil
            }
            if number != (scheme == "https://" ? 443 : 80) { port = ":\(number)" }
        }
        id = String(host)
        self.name = name
        self.origin = scheme + host + port
    }

    /// Labels of letters, digits and hyphens; the last one is no number, or it would be an address.
    private static func isHost(_ host: Substring) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, Int(last) == nil, !last.hasPrefix("0x") else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-" && label.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
                default: false
                }
            }
        }
    }
}
