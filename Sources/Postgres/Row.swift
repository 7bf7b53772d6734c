public import Base
internal import CPostgres

/// Which column of a row: by name (`"skill_id"`) or by place (`0`).
public enum Column: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case name(String)
    case index(Int)
    public init(stringLiteral value: String) { self = .name(value) }
    public init(integerLiteral value: Int) { self = .index(value) }
}

/// One row, lent by its `ResultSet` for one closure. Accessors copy values out; a NULL, another type or bytes that do
/// not decode throw `PostgresError.malformed`, naming statement and column. `…OrNil` gives nil for NULL.
///
/// The type is checked against the column's declared one: an integer is read only from an integer column.
@safe public struct Row: ~Copyable {
    private let raw: OpaquePointer
    private let number: Int32
    private let statement: String
    private let columns: [String]

    init(raw: OpaquePointer, number: Int32, statement: String, columns: [String]) {
        unsafe self.raw = raw
        self.number = number
        self.statement = statement
        self.columns = columns
    }

    /// smallint, integer or bigint.
    public func int(_ column: Column) throws(PostgresError) -> Int { try required(column, "an integer", Self.integer) }
    public func intOrNil(_ column: Column) throws(PostgresError) -> Int? {
        try value(column, "an integer", Self.integer)
    }
    public func int64(_ column: Column) throws(PostgresError) -> Int64 { Int64(try int(column)) }
    public func int64OrNil(_ column: Column) throws(PostgresError) -> Int64? { try intOrNil(column).map(Int64.init) }

    /// text, varchar, char, name, json. Cast anything else (numeric, enums) to text in the statement.
    public func text(_ column: Column) throws(PostgresError) -> String { try required(column, "text", Self.string) }
    public func textOrNil(_ column: Column) throws(PostgresError) -> String? { try value(column, "text", Self.string) }

    /// double precision or real.
    public func double(_ column: Column) throws(PostgresError) -> Double {
        try required(column, "double precision", Self.number)
    }
    public func doubleOrNil(_ column: Column) throws(PostgresError) -> Double? {
        try value(column, "double precision", Self.number)
    }

    public func bool(_ column: Column) throws(PostgresError) -> Bool { try required(column, "boolean", Self.boolean) }
    public func boolOrNil(_ column: Column) throws(PostgresError) -> Bool? {
        try value(column, "boolean", Self.boolean)
    }

    /// bytea
    public func bytes(_ column: Column) throws(PostgresError) -> [UInt8] { try required(column, "bytea", Self.blob) }
    public func bytesOrNil(_ column: Column) throws(PostgresError) -> [UInt8]? { try value(column, "bytea", Self.blob) }

    /// uuid
    public func id<Entity>(_ column: Column) throws(PostgresError) -> ID<Entity> {
        try required(column, "uuid", Self.uuid)
    }
    public func idOrNil<Entity>(_ column: Column) throws(PostgresError) -> ID<Entity>? {
        try value(column, "uuid", Self.uuid)
    }

    /// timestamptz, microseconds cut to milliseconds. Infinity is malformed.
    public func instant(_ column: Column) throws(PostgresError) -> Instant {
        try required(column, "timestamptz", Self.time)
    }
    public func instantOrNil(_ column: Column) throws(PostgresError) -> Instant? {
        try value(column, "timestamptz", Self.time)
    }

    /// date of the years 1 to 9999.
    public func date(_ column: Column) throws(PostgresError) -> CalendarDate { try required(column, "date", Self.day) }
    public func dateOrNil(_ column: Column) throws(PostgresError) -> CalendarDate? {
        try value(column, "date", Self.day)
    }

    /// jsonb or json
    public func json(_ column: Column) throws(PostgresError) -> JSON { try required(column, "jsonb", Self.document) }
    public func jsonOrNil(_ column: Column) throws(PostgresError) -> JSON? { try value(column, "jsonb", Self.document) }

    /// bytea of exactly 32 bytes.
    public func digest(_ column: Column) throws(PostgresError) -> Digest {
        try required(column, "a digest of 32 bytes", Self.hash)
    }
    public func digestOrNil(_ column: Column) throws(PostgresError) -> Digest? {
        try value(column, "a digest of 32 bytes", Self.hash)
    }

    /// bigint in 1e-8 units.
    public func price(_ column: Column) throws(PostgresError) -> Price { Price(raw: try int64(column)) }
    public func priceOrNil(_ column: Column) throws(PostgresError) -> Price? {
        try int64OrNil(column).map(Price.init(raw:))
    }
    public func quantity(_ column: Column) throws(PostgresError) -> Quantity { Quantity(raw: try int64(column)) }
    public func quantityOrNil(_ column: Column) throws(PostgresError) -> Quantity? {
        try int64OrNil(column).map(Quantity.init(raw:))
    }
    public func money(_ column: Column) throws(PostgresError) -> Money { Money(raw: try int64(column)) }
    public func moneyOrNil(_ column: Column) throws(PostgresError) -> Money? {
        try int64OrNil(column).map(Money.init(raw:))
    }

    /// text[] of one dimension without NULL elements.
    public func textArray(_ column: Column) throws(PostgresError) -> [String] {
        try required(column, "text[]", Self.strings)
    }

    // MARK: Reaching a column

    private func required<Value>(
        _ column: Column, _ expected: String, _ decode: (UInt32, [UInt8]) -> Value?
    ) throws(PostgresError) -> Value {
        guard let value = try value(column, expected, decode) else {
            throw malformed(column, expected + " (it is NULL)")
        }
        return value
    }

    private func value<Value>(
        _ column: Column, _ expected: String, _ decode: (UInt32, [UInt8]) -> Value?
    ) throws(PostgresError) -> Value? {
        let place: Int
        switch column {
        case .index(let index): place = index
        case .name(let name): place = columns.firstIndex(of: name) ?? -1
        }
        guard columns.indices.contains(place) else { throw malformed(column, "in the result") }
        let index = Int32(clamping: place)
        guard unsafe PQgetisnull(raw, number, index) == 0 else { return nil }
        let length = unsafe Int(PQgetlength(raw, number, index))
        guard let start = unsafe PQgetvalue(raw, number, index) else { return nil }
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: length))
        guard let value = unsafe decode(PQftype(raw, index), bytes) else { throw malformed(column, expected) }
        return value
    }

    private func malformed(_ column: Column, _ expected: String) -> PostgresError {
        switch column {
        case .name(let name): .malformed(statement: statement, column: name, expected: expected)
        case .index(let index): .malformed(statement: statement, column: String(index), expected: expected)
        }
    }
}

// MARK: Decoding binary values; type numbers from PostgreSQL's pg_type.dat.

extension Row {
    /// Big-endian, as everything PostgreSQL sends.
    private static func bigEndian(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func integer(_ type: UInt32, _ bytes: [UInt8]) -> Int? {
        switch (type, bytes.count) {
        case (20, 8): Int(Int64(bitPattern: bigEndian(bytes)))
        case (23, 4): Int(Int32(truncatingIfNeeded: bigEndian(bytes)))
        case (21, 2): Int(Int16(truncatingIfNeeded: bigEndian(bytes)))
        default: nil
        }
    }

    private static func string(_ type: UInt32, _ bytes: [UInt8]) -> String? {
        // "char", name, text, json, unknown, bpchar, varchar
        guard [18, 19, 25, 114, 705, 1042, 1043].contains(type) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func number(_ type: UInt32, _ bytes: [UInt8]) -> Double? {
        switch (type, bytes.count) {
        case (701, 8): Double(bitPattern: bigEndian(bytes))
        case (700, 4): Double(Float(bitPattern: UInt32(truncatingIfNeeded: bigEndian(bytes))))
        default: nil
        }
    }

    private static func boolean(_ type: UInt32, _ bytes: [UInt8]) -> Bool? {
        type == 16 && bytes.count == 1 ? bytes[0] != 0 : nil
    }

    private static func blob(_ type: UInt32, _ bytes: [UInt8]) -> [UInt8]? { type == 17 ? bytes : nil }

    private static func hash(_ type: UInt32, _ bytes: [UInt8]) -> Digest? { type == 17 ? Digest(bytes: bytes) : nil }

    private static func uuid<Entity>(_ type: UInt32, _ bytes: [UInt8]) -> ID<Entity>? {
        guard type == 2950, bytes.count == 16 else { return nil }
        return ID(high: bigEndian(bytes[..<8]), low: bigEndian(bytes[8...]))
    }

    /// Microseconds since 2000-01-01, which is 946,684,800 s after 1970-01-01. The extremes mean ±infinity.
    private static func time(_ type: UInt32, _ bytes: [UInt8]) -> Instant? {
        guard type == 1184, bytes.count == 8 else { return nil }
        let microseconds = Int64(bitPattern: bigEndian(bytes))
        guard microseconds != .max, microseconds != .min else { return nil }
        let milliseconds = microseconds / 1_000 - (microseconds % 1_000 < 0 ? 1 : 0)
        return Instant(milliseconds: milliseconds).advanced(byMilliseconds: 946_684_800_000)
    }

    /// Days since 2000-01-01, which is day 10,957 of 1970's count.
    private static func day(_ type: UInt32, _ bytes: [UInt8]) -> CalendarDate? {
        guard type == 1082, bytes.count == 4 else { return nil }
        let days = Int64(Int32(truncatingIfNeeded: bigEndian(bytes))) + 10_957
        let date = CalendarDate(daysSinceEpoch: days)
        return date.daysSinceEpoch == days ? date : nil
    }

    private static func document(_ type: UInt32, _ bytes: [UInt8]) -> JSON? {
        switch type {
        // jsonb carries a version byte, 1, before its text.
        case 3802: bytes.first == 1 ? parsed(Array(bytes.dropFirst())) : nil
        case 114: parsed(bytes)
        default: nil
        }
    }

    private static func parsed(_ bytes: [UInt8]) -> JSON? {
        // The reason is of no use to the caller: the column is malformed either way.
        try? JSON(parsing: bytes)
    }

    /// Array header: dimensions, has-null flag, element type, then per dimension length and lower bound; elements
    /// follow as length and bytes.
    private static func strings(_ type: UInt32, _ bytes: [UInt8]) -> [String]? {
        guard type == 1009, bytes.count >= 12 else { return nil }
        let dimensions = bigEndian(bytes[0..<4])
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { return nil }
        let count = bigEndian(bytes[12..<16])
        var values: [String] = []
        var position = 20
        for _ in 0..<count {
            guard bytes.count - position >= 4 else { return nil }
            let length = Int(Int32(truncatingIfNeeded: bigEndian(bytes[position..<position + 4])))
            position += 4
            guard length >= 0, bytes.count - position >= length,
                  let text = String(validating: bytes[position..<position + length], as: UTF8.self) else { return nil }
            values.append(text)
            position += length
        }
        return values
    }
}
