internal import Crypto

/// The public key of a passkey in COSE form (RFC 9053), of one of the two algorithms we offer.
struct PasskeyKey {
    /// COSE numbers of the algorithms (RFC 9053, 2): ES256 and EdDSA.
    static let es256: Int64 = -7
    static let edDSA: Int64 = -8

    private enum Key {
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }
    private let key: Key

    var algorithm: Int64 {
        switch key {
        case .p256: Self.es256
        case .ed25519: Self.edDSA
        }
    }

    /// Exactly the members of the key's kind, of the right lengths, and a point on the curve.
    init(_ value: CBOR) throws(PasskeyRefusal) {
        switch value[3]?.int {
        case Self.es256:
            guard value[1]?.int == 2, value[-1]?.int == 1, value.memberCount == 5, let x = value[-2]?.byteString, x.count == 32,
                  let y = value[-3]?.byteString, y.count == 32 else { throw .badKey }
            // Refuses points off the curve.
            do { key = .p256(try P256.Signing.PublicKey(x963Representation: [0x04] + x + y)) } catch { throw .badKey }
        case Self.edDSA:
            guard value[1]?.int == 1, value[-1]?.int == 6, value.memberCount == 4, let x = value[-2]?.byteString,
                  EdwardsPoint.isUsable(x) else { throw .badKey }
            do { key = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: x)) } catch { throw .badKey }
        case nil: throw .badKey
        default: throw .unknownAlgorithm
        }
    }

    /// Reads a stored key.
    init(stored bytes: [UInt8]) throws(PasskeyRefusal) {
        let value: CBOR
        do { value = try CBORReader.document(bytes) } catch { throw .badKey }
        try self.init(value)
    }

    /// ES256 signatures are ASN.1 DER, EdDSA's are 64 bytes.
    func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
        switch key {
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: bytes)
        case .ed25519(let key): return signature.count == 64 && key.isValidSignature(signature, for: bytes)
        }
    }
}
