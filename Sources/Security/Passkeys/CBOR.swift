/// A CBOR value (RFC 8949) of the subset that passkeys use.
indirect enum CBOR {
    case unsigned(UInt64)
    /// −1 − the number.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBOR])
    /// In the order of the bytes; no key stands twice.
    case map([(key: CBOR, value: CBOR)])
    case bool(Bool)
    case null

    /// The member with this text as its key.
    subscript(_ key: String) -> CBOR? {
        guard case .map(let members) = self else { return nil }
        return members.first { if case .text(key) = $0.key { true } else { false } }?.value
    }

    /// The member with this number as its key.
    subscript(_ key: Int64) -> CBOR? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key.int == key }?.value
    }

    /// A number that fits 64 bits with a sign.
    var int: Int64? {
        switch self {
        case .unsigned(let value): Int64(exactly: value)
        case .negative(let value): Int64(exactly: value).map { -1 - $0 }
        default: nil
        }
    }
    var byteString: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    var textString: String? { if case .text(let value) = self { value } else { nil } }
    var memberCount: Int? { if case .map(let members) = self { members.count } else { nil } }
}

/// Reads CBOR strictly: definite lengths, shortest forms, no tags or floats, no key twice, nesting of four at most.
/// Authenticators write the canonical form of CTAP2, which is within this.
struct CBORReader {
    /// Not CBOR of the subset.
    struct Malformed: Error {}
    static let depthMax = 4

    private let bytes: [UInt8]
    /// Where the next value starts.
    private(set) var index: Int

    init(_ bytes: [UInt8], from index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    /// The one value that fills `bytes`.
    static func document(_ bytes: [UInt8]) throws(Malformed) -> CBOR {
        var reader = CBORReader(bytes)
        let value = try reader.value()
        guard reader.index == bytes.count else { throw Malformed() }
        return value
    }

    /// The next value; bytes may follow it.
    mutating func value() throws(Malformed) -> CBOR { try value(depth: 0) }

    private mutating func value(depth: Int) throws(Malformed) -> CBOR {
        let head = try take(1)[0]
        let kind = head >> 5
        if kind == 7 {
            switch head {
            case 0xf4: return .bool(false)
            case 0xf5: return .bool(true)
            case 0xf6: return .null
            default: throw Malformed()
            }
        }
        let number = try argument(head & 0x1f)
        switch kind {
        case 0: return .unsigned(number)
        case 1: return .negative(number)
        case 2: return .bytes(try take(number))
        case 3:
            guard let text = String(validating: try take(number), as: UTF8.self) else { throw Malformed() }
            return .text(text)
        case 4:
            let count = try count(number, depth: depth)
            var items: [CBOR] = []
            for _ in 0..<count { items.append(try value(depth: depth + 1)) }
            return .array(items)
        case 5:
            let count = try count(number, depth: depth)
            var members: [(key: CBOR, value: CBOR)] = []
            var keys: Set<[UInt8]> = []
            for _ in 0..<count {
                let start = index
                let key = try value(depth: depth + 1)
                // With shortest forms alone, equal keys have equal bytes.
                guard keys.insert(Array(bytes[start..<index])).inserted else { throw Malformed() }
                members.append((key, try value(depth: depth + 1)))
            }
            return .map(members)
        default: throw Malformed()
        }
    }

    /// A number of elements that can still follow: each has at least one byte.
    private func count(_ number: UInt64, depth: Int) throws(Malformed) -> Int {
        guard depth < Self.depthMax, let count = Int(exactly: number), count <= bytes.count - index else { throw Malformed() }
        return count
    }

    private mutating func argument(_ small: UInt8) throws(Malformed) -> UInt64 {
        if small < 24 { return UInt64(small) }
        guard small <= 27 else { throw Malformed() }
        let width = UInt64(1) << UInt64(small - 24)
        let number = try take(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let least: UInt64 = switch small {
        case 24: 24
        case 25: 1 << 8
        case 26: 1 << 16
        default: 1 << 32
        }
        guard number >= least else { throw Malformed() }
        return number
    }

    private mutating func take(_ count: UInt64) throws(Malformed) -> [UInt8] {
        guard let count = Int(exactly: count), count <= bytes.count - index else { throw Malformed() }
        defer { index += count }
        return Array(bytes[index..<(index + count)])
    }
}
