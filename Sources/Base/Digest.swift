internal import Crypto
internal import FoundationEssentials

/// A SHA-256 (FIPS 180-4), 32 bytes. Names versions, datasets, chunks and decision logs.
public struct Digest: Sendable, Hashable {
    /// Always 32.
    public let bytes: [UInt8]

    /// Nil unless exactly 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// 64 hexadecimal digits, upper or lower case.
    public init?(hex: some StringProtocol) {
        var bytes: [UInt8] = []
        var pending: UInt8?
        for character in hex.utf8 {
            guard let digit = hexDigit(character), bytes.count < 32 else { return nil }
            if let high = pending {
                bytes.append(high << 4 | digit)
                pending = nil
            } else {
                pending = digit
            }
        }
        guard pending == nil, bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    public static func of(_ bytes: [UInt8]) -> Digest {
        var builder = DigestBuilder()
        builder.update(bytes)
        return builder.finish()
    }

    public static func of(_ text: String) -> Digest { of(Array(text.utf8)) }

    /// The digest of a value's canonical bytes (`JSON.canonical`).
    public static func of(_ value: JSON) -> Digest { of(value.canonicalBytes) }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { Base.hex(bytes) }

    /// The first ten digits, as pages show it.
    public var short: String { String(hex.prefix(10)) }
}

extension Digest: CustomStringConvertible {
    public var description: String { hex }
}

/// Hashes bytes that arrive in pieces.
public struct DigestBuilder {
    private var state = SHA256()

    public init() {}

    public mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe state.update(bufferPointer: $0) }
    }

    /// The digest of everything so far; the builder can go on afterwards.
    public func finish() -> Digest {
        guard let digest = Digest(bytes: Array(state.finalize())) else {
            preconditionFailure("Invariant: SHA-256 is 32 bytes.")
        }
        return digest
    }
}

/// Lower-case hexadecimal, two digits a byte.
public func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
