public import Base

/// A value on its way to a placeholder. Everything but bytes travels as text, so that the server infers the type from
/// the statement (`int` fits smallint, integer, bigint and numeric alike).
public enum Parameter: Sendable {
    case null
    /// Refused with `PostgresError.invalidParameter` if it contains a NUL: the server's text cannot.
    case text(String)
    case int(Int64)
    /// Finite or not: PostgreSQL's double precision knows NaN and infinity.
    case double(Double)
    case bool(Bool)
    /// bytea, sent in binary.
    case bytes([UInt8])
    /// uuid; made by `uuid(_:)` from a typed id.
    case uuidBits(high: UInt64, low: UInt64)
    /// timestamptz
    case instant(Instant)
    /// date
    case date(CalendarDate)
    /// jsonb or json
    case json(JSON)
    /// text[]
    case textArray([String])
    /// uuid[]; made by `uuidArray(_:)`.
    case uuidBitsArray([(high: UInt64, low: UInt64)])
    /// bytea of 32 bytes
    case digest(Digest)
}

extension Parameter {
    public static func int(_ value: Int) -> Parameter { .int(Int64(value)) }
    public static func uuid<Entity>(_ id: ID<Entity>) -> Parameter { .uuidBits(high: id.high, low: id.low) }
    public static func uuidArray<Entity>(_ ids: [ID<Entity>]) -> Parameter {
        .uuidBitsArray(ids.map { (high: $0.high, low: $0.low) })
    }
    /// bigint holding the raw value, 1e-8 units.
    public static func fixed(_ value: some FixedPoint) -> Parameter { .int(value.raw) }

    // NULL for nil.
    public static func text(orNull value: String?) -> Parameter { value.map { .text($0) } ?? .null }
    public static func int(orNull value: Int?) -> Parameter { value.map { .int(Int64($0)) } ?? .null }
    public static func double(orNull value: Double?) -> Parameter { value.map { .double($0) } ?? .null }
    public static func uuid<Entity>(orNull id: ID<Entity>?) -> Parameter { id.map { .uuid($0) } ?? .null }
    public static func instant(orNull value: Instant?) -> Parameter { value.map { .instant($0) } ?? .null }
    public static func json(orNull value: JSON?) -> Parameter { value.map { .json($0) } ?? .null }
    public static func digest(orNull value: Digest?) -> Parameter { value.map { .digest($0) } ?? .null }
    public static func fixed(orNull value: (some FixedPoint)?) -> Parameter { value.map { .int($0.raw) } ?? .null }
}

/// Parameters laid out as libpq wants them: one arena of bytes, an offset each, text NUL-terminated.
struct EncodedParameters {
    private(set) var arena: [UInt8] = []
    private(set) var offsets: [Int?] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []

    init(_ parameters: [Parameter], statement: String) throws(PostgresError) {
        for parameter in parameters {
            switch parameter {
            case .null:
                offsets.append(nil)
                lengths.append(0)
                formats.append(0)
            case .bytes(let bytes): append(binary: bytes)
            case .digest(let digest): append(binary: digest.bytes)
            case .text(let value):
                guard !value.utf8.contains(0) else {
                    throw .invalidParameter(
                        statement: statement, position: offsets.count + 1, problem: "contains a NUL character")
                }
                append(text: value)
            case .int(let value): append(text: String(value))
            case .double(let value): append(text: Self.spell(value))
            case .bool(let value): append(text: value ? "t" : "f")
            case .uuidBits(let high, let low): append(text: ID<Parameter>(high: high, low: low).description)
            case .instant(let value): append(text: value.description)
            case .date(let value): append(text: value.description)
            case .json(let value):
                let text = value.text
                // JSON text escapes the character, jsonb still refuses it; say so before the server does.
                guard !text.contains("\\u0000") else {
                    throw .invalidParameter(
                        statement: statement, position: offsets.count + 1, problem: "contains a NUL character")
                }
                append(text: text)
            case .textArray(let values):
                guard !values.contains(where: { $0.utf8.contains(0) }) else {
                    throw .invalidParameter(
                        statement: statement, position: offsets.count + 1, problem: "contains a NUL character")
                }
                append(text: "{" + values.map(Self.quote).joined(separator: ",") + "}")
            case .uuidBitsArray(let values):
                let texts = values.map { ID<Parameter>(high: $0.high, low: $0.low).description }
                append(text: "{" + texts.joined(separator: ",") + "}")
            }
        }
    }

    private mutating func append(text: String) {
        offsets.append(arena.count)
        lengths.append(0)
        formats.append(0)
        arena.append(contentsOf: text.utf8)
        arena.append(0)
    }

    private mutating func append(binary: [UInt8]) {
        offsets.append(arena.count)
        lengths.append(Int32(clamping: binary.count))
        formats.append(1)
        arena.append(contentsOf: binary)
        // An empty value still needs an address inside the arena.
        arena.append(0)
    }

    private static func spell(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }

    /// An element of an array literal: always quoted, so that commas, braces and the word NULL are plain text.
    private static func quote(_ value: String) -> String {
        var out = "\""
        for character in value.unicodeScalars {
            if character == "\"" || character == "\\" { out.unicodeScalars.append("\\") }
            out.unicodeScalars.append(character)
        }
        return out + "\""
    }

    /// Lends the pointers for the length of `body`.
    func withPointers<R>(
        _ body: (
            _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
            _ formats: UnsafePointer<Int32>?
        ) -> R
    ) -> R {
        unsafe arena.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
                guard let offset, let start = unsafe start else { return nil }
                return unsafe start + offset
            }
            return unsafe values.withUnsafeBufferPointer { values in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
