/// A JSON value (RFC 8259). Objects keep the order they were built in; `canonical` sorts.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    /// A finite number. NaN and infinity have no JSON: writers turn them into null.
    case double(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])
}

extension JSON {
    /// Null for nil: an unknown figure is never 0.
    public static func optional(_ value: Double?) -> JSON {
        guard let value, value.isFinite else { return .null }
        return .double(value)
    }
    public static func optional(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
    public static func optional(_ value: Int?) -> JSON { value.map { .int(Int64($0)) } ?? .null }
    public static func int(_ value: Int) -> JSON { .int(Int64(value)) }
    /// Money, prices and quantities are decimal strings.
    public static func decimal(_ value: some FixedPoint) -> JSON { .string(value.description) }

    /// The member of that name, or nil when this is no object or has none.
    public subscript(_ key: String) -> JSON? {
        guard case .object(let pairs) = self else { return nil }
        return pairs.first { $0.0 == key }?.1
    }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var object: [(String, JSON)]? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }
    /// A whole number that fits 64 bits, also when spelled `3.0`.
    public var int: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }
    public var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}

extension JSON: Equatable {
    /// Equal when the canonical bytes are: member order does not count, `1` and `1.0` are the same number.
    public static func == (a: JSON, b: JSON) -> Bool { a.canonicalBytes == b.canonicalBytes }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(nilLiteral: ()) { self = .null }
}

// MARK: Writing

extension JSON {
    /// Compact text in the order the value was built in.
    public var text: String {
        var out: [UInt8] = []
        write(into: &out, sorted: false, indent: nil, depth: 0)
        return String(decoding: out, as: UTF8.self)
    }

    /// Two-space indented text for people and files.
    public var prettyText: String {
        var out: [UInt8] = []
        write(into: &out, sorted: false, indent: 2, depth: 0)
        return String(decoding: out, as: UTF8.self)
    }

    /// The one canonical encoding, for everything that is hashed or compared: RFC 8785 (members sorted by UTF-16
    /// code units, ECMAScript number form, no white space). Integers beyond ±2⁵³ keep their exact digits, which
    /// RFC 8785 leaves to strings; we never put one in hashed data.
    public var canonicalBytes: [UInt8] {
        var out: [UInt8] = []
        write(into: &out, sorted: true, indent: nil, depth: 0)
        return out
    }

    public var canonical: String { String(decoding: canonicalBytes, as: UTF8.self) }

    private func write(into out: inout [UInt8], sorted: Bool, indent: Int?, depth: Int) {
        func newline(_ depth: Int) {
            guard let indent else { return }
            out.append(UInt8(ascii: "\n"))
            out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * depth))
        }
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): out.append(contentsOf: String(value).utf8)
        case .double(let value): out.append(contentsOf: ecmaScriptNumber(value).utf8)
        case .string(let value): writeJSONString(value, into: &out)
        case .array(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                newline(depth + 1)
                item.write(into: &out, sorted: sorted, indent: indent, depth: depth + 1)
            }
            if !items.isEmpty { newline(depth) }
            out.append(UInt8(ascii: "]"))
        case .object(let pairs):
            let ordered = sorted ? pairs.sorted { $0.0.utf16.lexicographicallyPrecedes($1.0.utf16) } : pairs
            out.append(UInt8(ascii: "{"))
            for (index, pair) in ordered.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                newline(depth + 1)
                writeJSONString(pair.0, into: &out)
                out.append(UInt8(ascii: ":"))
                if indent != nil { out.append(UInt8(ascii: " ")) }
                pair.1.write(into: &out, sorted: sorted, indent: indent, depth: depth + 1)
            }
            if !ordered.isEmpty { newline(depth) }
            out.append(UInt8(ascii: "}"))
        }
    }
}

private func writeJSONString(_ text: String, into out: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
        case 0x08: out.append(contentsOf: "\\b".utf8)
        case 0x09: out.append(contentsOf: "\\t".utf8)
        case 0x0a: out.append(contentsOf: "\\n".utf8)
        case 0x0c: out.append(contentsOf: "\\f".utf8)
        case 0x0d: out.append(contentsOf: "\\r".utf8)
        case 0..<0x20:
            out.append(contentsOf: "\\u00".utf8)
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        default: out.append(byte)
        }
    }
    out.append(UInt8(ascii: "\""))
}

/// A number as ECMAScript's Number::toString prints it, from Swift's shortest round-trip digits.
/// `null` for NaN and infinity.
func ecmaScriptNumber(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    guard value != 0 else { return "0" }
    var digits: [UInt8] = []
    var exponent = 0
    var pointSeen = false
    var exponentText = ""
    var inExponent = false
    for byte in value.magnitude.description.utf8 {
        switch byte {
        case UInt8(ascii: "."): pointSeen = true
        case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
        default:
            if inExponent {
                exponentText.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                digits.append(byte)
                if !pointSeen { exponent += 1 }
            }
        }
    }
    exponent += Int(exponentText) ?? 0
    let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(leadingZeros)
    exponent -= leadingZeros
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    // The value is 0.DIGITS × 10^exponent; ECMA-262 calls `exponent` n and the digit count k.
    let text = String(decoding: digits, as: UTF8.self)
    let count = digits.count
    let sign = value < 0 ? "-" : ""
    if count <= exponent, exponent <= 21 { return sign + text + String(repeating: "0", count: exponent - count) }
    if 0 < exponent, exponent <= 21 { return sign + text.prefix(exponent) + "." + text.dropFirst(exponent) }
    if -6 < exponent, exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + text }
    let power = exponent - 1
    let suffix = "e" + (power < 0 ? "-" : "+") + String(abs(power))
    return count == 1 ? sign + text + suffix : sign + text.prefix(1) + "." + text.dropFirst(1) + suffix
}
