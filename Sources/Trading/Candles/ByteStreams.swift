/// Appends the numbers of a chunk to its bytes.
struct ByteWriter {
    var bytes: [UInt8] = []

    /// LEB128: seven bits a byte, the lowest first, the top bit says that more follow.
    @inline(__always)
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Zigzag: 0, −1, 1, −2 … become 0, 1, 2, 3 …
    @inline(__always)
    mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// Eight bytes, little-endian.
    mutating func word(_ value: UInt64) {
        for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
    }
}

/// Reads what `ByteWriter` wrote and refuses everything else.
struct ByteReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    var remaining: Int { bytes.count - position }

    mutating func byte() throws(BarChunkError) -> UInt8 {
        guard position < bytes.count else { throw BarChunkError("The chunk ends in the middle.") }
        defer { position += 1 }
        return bytes[position]
    }

    /// A varint in its shortest form.
    @inline(__always)
    mutating func unsigned() throws(BarChunkError) -> UInt64 {
        let first = try byte()
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while true {
            let next = try byte()
            if next == 0 || shift == 63 && next > 1 { throw BarChunkError("A number of the chunk is badly formed.") }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    /// A varint that fits a signed number.
    mutating func positive() throws(BarChunkError) -> Int64 {
        guard let value = Int64(exactly: try unsigned()) else {
            throw BarChunkError("A number of the chunk is too large.")
        }
        return value
    }

    mutating func signed() throws(BarChunkError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// Eight bytes, little-endian.
    mutating func word() throws(BarChunkError) -> UInt64 {
        var value: UInt64 = 0
        for shift in 0..<8 { value |= UInt64(try byte()) << UInt64(8 * shift) }
        return value
    }
}
