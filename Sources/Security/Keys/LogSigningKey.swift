internal import Base
internal import Crypto

/// Verifies the transparency log's signatures: Ed25519 (RFC 8032).
public struct LogVerificationKey: Sendable {
    /// Ed25519 in the signed-note format (C2SP signed-note, "Signature types").
    static let signatureType: UInt8 = 0x01
    /// The 32 bytes of the public key.
    public let publicBytes: [UInt8]

    /// Nil unless 32 bytes.
    public init?(publicBytes: [UInt8]) {
        guard publicBytes.count == 32, (try? Curve25519.Signing.PublicKey(rawRepresentation: publicBytes)) != nil else { return nil }
        self.publicBytes = publicBytes
    }

    /// Reads `log.pub`.
    public init(file path: String) throws(KeyError) {
        guard let key = LogVerificationKey(publicBytes: try KeyFile(path: path, isSecret: false).readOne()) else {
            throw KeyError("\(path): is not an Ed25519 public key.")
        }
        self = key
    }

    /// A verifier key as signed notes write it, `NAME+8 hexadecimal digits+base64`, with its name. Nil when malformed
    /// or when the digits are not those of name and key.
    public static func parse(note text: String) -> (name: String, key: LogVerificationKey)? {
        // The name comes first and holds no plus; base64 may.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, isName(String(parts[0])), let bytes = Base64.decode(parts[2]), bytes.first == signatureType,
              let key = LogVerificationKey(publicBytes: Array(bytes.dropFirst())) else { return nil }
        let name = String(parts[0])
        guard hex(key.noteKeyID(name: name)) == parts[1] else { return nil }
        return (name, key)
    }

    /// The verifier key under this name, as `parse(note:)` reads it: what a log publishes.
    public func noteText(name: String) -> String {
        name + "+" + hex(noteKeyID(name: name)) + "+" + Base64.encode([Self.signatureType] + publicBytes)
    }

    /// Four bytes that name the key under `name`: SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[:4] (C2SP signed-note).
    public func noteKeyID(name: String) -> [UInt8] {
        Array(Digest.of(Array(name.utf8) + [0x0A, Self.signatureType] + publicBytes).bytes.prefix(4))
    }

    /// True when the key's owner signed these bytes.
    public func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
        guard signature.count == 64, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicBytes) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    /// Not empty, no white space, no plus (C2SP signed-note, "key name").
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "+" || $0.value < 0x20 || $0.value == 0x7F }
    }
}

/// Signs the transparency log's checkpoints. The engine alone holds it.
public struct LogSigningKey: Sendable {
    private let key: Secret<Curve25519.Signing.PrivateKey>
    /// The public half.
    public let verification: LogVerificationKey

    /// A fresh key that only this process has.
    public init() { self.init(Curve25519.Signing.PrivateKey()) }

    /// Reads `log.key`.
    public init(file path: String) throws(KeyError) {
        let bytes = try KeyFile(path: path, isSecret: true).readOne()
        guard let key = LogSigningKey(seed: bytes) else { throw KeyError("\(path): is not an Ed25519 key.") }
        self = key
    }

    /// The key of a seed (RFC 8032, 5.1.5). Nil unless 32 bytes.
    public init?(seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self.init(key)
    }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        guard let verification = LogVerificationKey(publicBytes: Array(key.publicKey.rawRepresentation)) else {
            preconditionFailure("Invariant: an Ed25519 public key has 32 bytes.")
        }
        self.key = Secret(key)
        self.verification = verification
    }

    /// 64 bytes.
    public func sign(_ bytes: [UInt8]) -> [UInt8] {
        do { return Array(try key.reveal().signature(for: bytes)) } catch {
            preconditionFailure("Invariant: Ed25519 signs any bytes: \(error)")
        }
    }
}
