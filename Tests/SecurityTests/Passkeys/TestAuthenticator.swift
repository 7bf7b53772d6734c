import Base
import Crypto
import Foundation
import Security

/// A passkey as an authenticator holds it, whose every field a test can bend.
struct TestAuthenticator {
    enum Key {
        case es256(P256.Signing.PrivateKey)
        case edDSA(Curve25519.Signing.PrivateKey)
    }
    var key: Key
    var id = RandomBytes.make(32)
    var userHandle = RandomBytes.make(16)
    var relyingPartyID = "localhost"
    var origin = "http://localhost:8080"
    var flags: UInt8 = 0x05
    var signCount: UInt32 = 0
    var extensions: [UInt8] = []
    /// Members of the client data after the usual ones.
    var clientDataTail = #","crossOrigin":false"#
    var createType = "webauthn.create"
    var getType = "webauthn.get"
    var format = "none"
    var statement: [UInt8] = [0xa0]
    /// Replaces the COSE key.
    var coseKey: [UInt8]?

    static func es256() -> TestAuthenticator { TestAuthenticator(key: .es256(P256.Signing.PrivateKey())) }
    static func edDSA() -> TestAuthenticator { TestAuthenticator(key: .edDSA(Curve25519.Signing.PrivateKey())) }

    var cose: [UInt8] {
        if let coseKey { return coseKey }
        switch key {
        case .es256(let key):
            let point = Array(key.publicKey.x963Representation)
            return [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21] + Self.bytes(Array(point[1..<33])) + [0x22] + Self.bytes(Array(point[33...]))
        case .edDSA(let key): return [0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21] + Self.bytes(Array(key.publicKey.rawRepresentation))
        }
    }

    func authenticatorData(isCreating: Bool) -> [UInt8] {
        let flags = flags | (isCreating ? 0x40 : 0) | (extensions.isEmpty ? 0 : 0x80)
        var out = Digest.of(relyingPartyID).bytes + [flags]
        out += (0..<4).map { UInt8(truncatingIfNeeded: signCount >> UInt32(24 - 8 * $0)) }
        if isCreating { out += [UInt8](repeating: 0, count: 16) + [UInt8(id.count >> 8), UInt8(id.count & 255)] + id + cose }
        return out + extensions
    }

    func clientData(type: String, challenge: PasskeyChallenge) -> [UInt8] {
        Array(#"{"type":"\#(type)","challenge":"\#(challenge.text)","origin":"\#(origin)"\#(clientDataTail)}"#.utf8)
    }

    func create(_ challenge: PasskeyChallenge) -> JSON {
        create(challenge, data: authenticatorData(isCreating: true))
    }

    func create(_ challenge: PasskeyChallenge, data: [UInt8]) -> JSON {
        let object = [0xa3] + Self.text("fmt") + Self.text(format) + Self.text("attStmt") + statement + Self.text("authData") + Self.bytes(data)
        return create(clientData: clientData(type: createType, challenge: challenge), object: object)
    }

    func create(clientData: [UInt8], object: [UInt8]) -> JSON {
        ["id": .string(Base64URL.encode(id)), "rawId": .string(Base64URL.encode(id)), "type": "public-key",
         "response": ["clientDataJSON": .string(Base64URL.encode(clientData)), "attestationObject": .string(Base64URL.encode(object)),
                      "transports": ["internal", "hybrid", "internal", "smoke-signal"]]]
    }

    func get(_ challenge: PasskeyChallenge) throws -> JSON {
        let client = clientData(type: getType, challenge: challenge)
        let data = authenticatorData(isCreating: false)
        return get(clientData: client, data: data, signature: try sign(data + Digest.of(client).bytes))
    }

    func get(clientData: [UInt8], data: [UInt8], signature: [UInt8], userHandle: [UInt8]? = nil) -> JSON {
        ["id": .string(Base64URL.encode(id)), "rawId": .string(Base64URL.encode(id)), "type": "public-key",
         "response": ["clientDataJSON": .string(Base64URL.encode(clientData)), "authenticatorData": .string(Base64URL.encode(data)),
                      "signature": .string(Base64URL.encode(signature)), "userHandle": .string(Base64URL.encode(userHandle ?? self.userHandle))]]
    }

    func sign(_ bytes: [UInt8]) throws -> [UInt8] {
        switch key {
        case .es256(let key): Array(try key.signature(for: bytes).derRepresentation)
        case .edDSA(let key): Array(try key.signature(for: bytes))
        }
    }

    func stored(signCount: UInt32 = 0) -> StoredPasskey {
        StoredPasskey(credentialID: id, publicKey: cose, signCount: signCount, isBackupEligible: flags & 8 != 0, userHandle: userHandle)
    }

    static func bytes(_ value: [UInt8]) -> [UInt8] { head(2, value.count) + value }
    static func text(_ value: String) -> [UInt8] { head(3, value.utf8.count) + Array(value.utf8) }
    static func head(_ kind: UInt8, _ count: Int) -> [UInt8] {
        if count < 24 { return [kind << 5 | UInt8(count)] }
        if count < 256 { return [kind << 5 | 24, UInt8(count)] }
        return [kind << 5 | 25, UInt8(count >> 8), UInt8(count & 255)]
    }
}
