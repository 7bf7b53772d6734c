/// A mail address as we accept and store it: lower case, one `@`, a dotted host, no spaces or control characters,
/// at most 254 bytes (RFC 5321, 4.5.3.1.3). Whether it exists only a mail can tell.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    public static let bytesMax = 254

    /// Nil when it is no address.
    public init?(_ typed: some StringProtocol) {
        let text = typed.lowercased()
        let bytes = Array(text.utf8)
        guard bytes.count <= EmailAddress.bytesMax,
              bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"()<>[]:;,\\\"".utf8.contains($0) }) else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count) else { return nil }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ (1...63).contains($0.count) && $0.first != UInt8(ascii: "-") }) else {
            return nil
        }
        self.text = text
    }
}
