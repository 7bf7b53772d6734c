internal import Base
internal import Crypto
internal import FoundationEssentials

/// HPKE (RFC 9180, base mode) with X25519, HKDF-SHA256 and ChaCha20-Poly1305.
private let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly
private let version: UInt8 = 1

/// What HPKE calls info: it binds the sealed bytes to this format, this key and the context.
private func purpose(header: [UInt8], context: String) -> Data {
    Data(Array("tradecraft engine sealing 1".utf8) + header + Array(context.utf8))
}

/// The public half: the web worker seals what only the engine may read, such as mail, and cannot open it again.
///
/// Sealed bytes are a version byte, the first four bytes of the public key's digest, the encapsulated key of 32, the
/// ciphertext and a tag of 16.
public struct EngineSealing: Sendable {
    /// Bytes added by sealing: 1 + 4 + 32 + 16.
    public static let overheadByteCount = 53
    private let key: Curve25519.KeyAgreement.PublicKey
    /// The first four bytes of the public key's SHA-256.
    let id: [UInt8]

    fileprivate init(_ key: Curve25519.KeyAgreement.PublicKey) {
        self.key = key
        id = Array(Digest.of(Array(key.rawRepresentation)).bytes.prefix(4))
    }

    /// Reads `mail.pub`.
    public init(file path: String) throws(KeyError) {
        try self.init(bytes: try KeyFile(path: path, isSecret: false).readOne(), path: path)
    }

    fileprivate init(bytes: [UInt8], path: String) throws(KeyError) {
        do { self.init(try Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)) } catch {
            throw KeyError("\(path): is not an X25519 public key.")
        }
    }

    /// Eight hexadecimal digits that name the key.
    public var keyID: String { hex(id) }
    /// The 32 bytes of the public key.
    public var publicBytes: [UInt8] { Array(key.rawRepresentation) }

    /// `context` names what is sealed (`mail`); opening takes the same. Every call seals under a fresh ephemeral key.
    /// Throws only for a public key of small order, with which nothing could be sealed.
    public func seal(_ bytes: [UInt8], context: String) throws(SealError) -> [UInt8] {
        let header = [version] + id
        do {
            var sender = try HPKE.Sender(recipientKey: key, ciphersuite: suite, info: purpose(header: header, context: context))
            let sealed = try sender.seal(bytes)
            return header + Array(sender.encapsulatedKey) + Array(sealed)
        } catch { throw SealError() }
    }
}

/// The private half, which the engine alone holds.
public struct EngineOpening: Sendable {
    private let key: Secret<Curve25519.KeyAgreement.PrivateKey>

    /// A fresh key that only this process has.
    public init() { key = Secret(Curve25519.KeyAgreement.PrivateKey()) }

    /// Reads `mail.key`.
    public init(file path: String) throws(KeyError) {
        let bytes = try KeyFile(path: path, isSecret: true).readOne()
        do { key = Secret(try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)) } catch {
            throw KeyError("\(path): is not an X25519 key.")
        }
    }

    /// The public half that seals for this key.
    public var sealing: EngineSealing { EngineSealing(key.reveal().publicKey) }

    /// The bytes that were sealed for this key in this context.
    public func open(_ sealed: [UInt8], context: String) throws(SealError) -> [UInt8] {
        guard sealed.count >= EngineSealing.overheadByteCount, sealed[0] == version, Array(sealed[1..<5]) == sealing.id else {
            throw SealError()
        }
        do {
            var recipient = try HPKE.Recipient(
                privateKey: key.reveal(), ciphersuite: suite, info: purpose(header: Array(sealed[0..<5]), context: context),
                encapsulatedKey: Data(sealed[5..<37]))
            return Array(try recipient.open(Array(sealed[37...])))
        } catch { throw SealError() }
    }
}
