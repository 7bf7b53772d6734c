/// Header fields in order. Names compare without regard to ASCII case.
///
/// One rule for duplicates, everywhere: the first value counts. (nginx passes every line on; a dictionary built
/// from them would keep the last, libfcgi's own look-up the first.)
public struct Headers: Sendable, Hashable {
    /// One field; `name` in lower case.
    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    public private(set) var fields: [Field] = []

    public init() {}

    /// The first value of that name, or nil.
    public subscript(_ name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name == wanted }?.value
    }

    public func all(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name == wanted }.map(\.value)
    }

    /// Adds a line. False, and nothing added, when the name is no token or the value holds a control character:
    /// a line break in a value would let its author write headers, or a body, of their own.
    @discardableResult
    public mutating func append(_ name: String, _ value: String) -> Bool {
        guard Headers.isName(name), Headers.isValue(value) else { return false }
        fields.append(Field(name: name.lowercased(), value: value))
        return true
    }

    /// Replaces every line of that name by one. False as for `append`, and then nothing is changed.
    @discardableResult
    public mutating func set(_ name: String, _ value: String) -> Bool {
        guard Headers.isName(name), Headers.isValue(value) else { return false }
        remove(name)
        return append(name, value)
    }

    public mutating func remove(_ name: String) {
        let wanted = name.lowercased()
        fields.removeAll { $0.name == wanted }
    }

    /// A token of RFC 9110, 5.6.2.
    public static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                 UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }

    /// No control character but the tab: above all no CR, LF or NUL.
    public static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
    }
}

extension Headers: ExpressibleByDictionaryLiteral {
    /// Traps on an invalid field: for constants and tests.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements {
            precondition(append(name, value), "Invariant: header fields in our source are valid.")
        }
    }
}
