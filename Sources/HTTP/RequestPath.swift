/// The one normalised form of a request's path, made from the raw request target and nothing else.
///
/// Each segment is decoded on its own. What other software could split or fold differently is refused rather than
/// repaired: an encoded slash, a backslash, `.` and `..`, empty segments, control characters, broken UTF-8.
public struct RequestPath: Sendable, Hashable, CustomStringConvertible {
    /// Decoded segments; empty for `/`.
    public let segments: [String]
    /// True when the path ended in `/` (and is not `/` itself).
    public let hasTrailingSlash: Bool

    /// Parses the part of a request target before `?`. Nil when refused.
    public init?(_ raw: some StringProtocol) {
        let bytes = Array(raw.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        var parts = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        var trailing = false
        if parts.last?.isEmpty == true {
            parts.removeLast()
            trailing = !parts.isEmpty
        }
        var segments: [String] = []
        for part in parts {
            guard let segment = PercentCoding.decode(part, plusIsSpace: false), RequestPath.isSegment(segment) else {
                return nil
            }
            segments.append(segment)
        }
        self.segments = segments
        hasTrailingSlash = trailing
    }

    private static func isSegment(_ segment: String) -> Bool {
        guard !segment.isEmpty, segment != ".", segment != ".." else { return false }
        return segment.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }

    /// The path encoded again, without a trailing slash.
    public var description: String {
        segments.isEmpty ? "/" : segments.map { "/" + RequestPath.encodeSegment($0) }.joined()
    }

    /// Like `PercentCoding.encode`, with `@` kept: our addresses show it.
    private static func encodeSegment(_ segment: String) -> String {
        segment.split(separator: "@", omittingEmptySubsequences: false).map { PercentCoding.encode(String($0)) }
            .joined(separator: "@")
    }
}
