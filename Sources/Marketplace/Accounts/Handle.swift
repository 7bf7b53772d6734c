/// The public name of a tenant: 3 to 30 of `a`–`z`, `0`–`9` and single hyphens between them. Stands in addresses as
/// `/@handle`.
public struct Handle: Sendable, Hashable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    /// Why a text is no handle.
    public enum Refusal: Error, Sendable, Hashable {
        case length
        case characters
        case reserved
    }

    public static let charactersMin = 3
    public static let charactersMax = 30

    /// Takes upper case too and makes it lower: people type their handles that way.
    public init(_ typed: some StringProtocol) throws(Refusal) {
        let text = typed.lowercased()
        let bytes = Array(text.utf8)
        guard (Handle.charactersMin...Handle.charactersMax).contains(bytes.count) else { throw .length }
        var previous = UInt8(ascii: "-")
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-") where previous != UInt8(ascii: "-"): break
            default: throw .characters
            }
            previous = byte
        }
        guard previous != UInt8(ascii: "-") else { throw .characters }
        guard !Handle.reserved.contains(text) else { throw .reserved }
        self.text = text
    }

    /// Names that would pass for the platform itself, or for one of its addresses.
    private static let reserved: Set<String> = [
        "about", "account", "admin", "administrator", "api", "app", "assets", "billing", "blog", "compare", "contact",
        "demo-admin", "docs", "engine", "error", "errors", "everyone", "help", "home", "legal", "login", "logout", "mail",
        "me", "metrics", "moderator", "new", "nobody", "null", "official", "openapi", "payments", "platform", "privacy",
        "reference", "root", "runs", "security", "settings", "signup", "skill", "skills", "staff", "status", "studio",
        "support", "system", "team", "terms", "tradecraft", "undefined", "user", "verified", "webmaster", "www",
    ]
}
