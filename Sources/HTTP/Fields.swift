internal import Base

/// Names and values of a query or a form, in order. The first value of a name counts.
public struct Fields: Sendable, Hashable {
    public struct Pair: Sendable, Hashable {
        public let name: String
        public let value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public let pairs: [Pair]

    public init(_ pairs: [Pair] = []) { self.pairs = pairs }

    /// Parses `application/x-www-form-urlencoded`. Nil for broken escapes, bytes that are not UTF-8, a NUL, or more
    /// than `Limits.formFieldsMax` fields.
    public init?(parsing bytes: some Collection<UInt8>) {
        var pairs: [Pair] = []
        for part in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            guard pairs.count < Limits.formFieldsMax else { return nil }
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let rawName = equals.map { part[..<$0] } ?? part[...]
            let rawValue = equals.map { part[part.index(after: $0)...] } ?? part[part.endIndex...]
            guard let name = PercentCoding.decode(rawName, plusIsSpace: true),
                  let value = PercentCoding.decode(rawValue, plusIsSpace: true),
                  !name.utf8.contains(0), !value.utf8.contains(0) else { return nil }
            pairs.append(Pair(name, value))
        }
        self.pairs = pairs
    }

    /// The first value of that name, or nil.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// The first value without white space around it; empty when absent. CR LF of text areas becomes LF.
    public func text(_ name: String) -> String { Fields.tidied(self[name] ?? "") }

    /// True for a box that was ticked (any value but `0`, `false` and empty).
    public func isOn(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return !["", "0", "false"].contains(value)
    }

    private static func tidied(_ value: String) -> String {
        var scalars: [Unicode.Scalar] = []
        for scalar in value.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
            scalars.append(scalar)
        }
        let isSpace: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        let start = scalars.firstIndex { !isSpace($0) } ?? scalars.endIndex
        let end = scalars.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<max(start, end)])
        return String(text)
    }

    /// `a=1&b=2`, every value escaped.
    public var encoded: String {
        pairs.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }.joined(separator: "&")
    }
}
