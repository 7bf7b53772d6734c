internal import Base
internal import Crypto

/// Sealed bytes that do not open: changed, cut, of another context, or sealed with a key that is not there. Which of
/// these is not said, because no caller may act on it.
public struct SealError: Error, Sendable, Hashable, CustomStringConvertible {
    public init() {}
    public var description: String { "The sealed bytes do not open with the keys at hand." }
}

/// Seals what the web worker must read again, such as secrets of authenticator apps: AES-256-GCM (NIST SP 800-38D).
///
/// Sealed bytes are a version byte, the first four bytes of the key's digest, a random nonce of 12, the ciphertext and
/// a tag of 16: `overheadByteCount` more than what went in. The context is authenticated but not stored: name in it
/// what the bytes are and whose (`totp:<id>`), so that a row cannot be moved to another account.
///
/// To rotate, put a new key on the first line of `seal.key`: the first seals, every line opens. With random nonces
/// one key seals at most 2^32 messages (SP 800-38D, 8.3), far above what an installation stores.
public struct SealingKey: Sendable {
    /// Bytes added by sealing: 1 + 4 + 12 + 16.
    public static let overheadByteCount = 33
    private static let version: UInt8 = 1

    private struct Entry: Sendable {
        let key: Secret<SymmetricKey>
        let id: [UInt8]
        init(_ bytes: [UInt8]) {
            key = Secret(SymmetricKey(data: bytes))
            id = Array(Digest.of(Array("tradecraft sealing key 1".utf8) + bytes).bytes.prefix(4))
        }
    }
    private let entries: [Entry]

    /// A fresh key that only this process has.
    public init() { entries = [Entry(RandomBytes.make(KeyFile.keyByteCount))] }

    /// Reads `seal.key`: the first key seals, every key opens.
    public init(file path: String) throws(KeyError) {
        entries = try KeyFile(path: path, isSecret: true).read().map(Entry.init)
    }

    /// Eight hexadecimal digits that name each key and tell nothing about it; the first one seals.
    public var keyIDs: [String] { entries.map { hex($0.id) } }

    /// A text that only holders of the key can make, the same for the same `label`: HMAC-SHA256 under the newest key, in
    /// base64url.
    public func derive(_ label: String) -> String {
        Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(("derive 1 " + label).utf8), using: entries[0].key.reveal())))
    }

    /// `context` must be given again, byte for byte, to open.
    public func seal(_ bytes: [UInt8], context: String) -> [UInt8] {
        let entry = entries[0]
        let header = [Self.version] + entry.id
        do {
            let box = try AES.GCM.seal(bytes, using: entry.key.reveal(), authenticating: header + Array(context.utf8))
            return header + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        } catch {
            preconditionFailure("Invariant: AES-256-GCM seals with a key of 32 bytes: \(error)")
        }
    }

    /// The bytes that were sealed in this context.
    public func open(_ sealed: [UInt8], context: String) throws(SealError) -> [UInt8] {
        guard sealed.count >= Self.overheadByteCount, sealed[0] == Self.version else { throw SealError() }
        let header = Array(sealed[0..<5])
        for entry in entries where entry.id == Array(header[1...]) {
            do {
                let box = try AES.GCM.SealedBox(
                    nonce: AES.GCM.Nonce(data: Array(sealed[5..<17])), ciphertext: Array(sealed[17..<(sealed.count - 16)]),
                    tag: Array(sealed[(sealed.count - 16)...]))
                return Array(try AES.GCM.open(box, using: entry.key.reveal(), authenticating: header + Array(context.utf8)))
            } catch { continue }
        }
        throw SealError()
    }
}
