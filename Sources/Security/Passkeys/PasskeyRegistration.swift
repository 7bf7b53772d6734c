public import Base

/// A passkey that was verified and may be stored, once nobody has its credential id.
public struct PasskeyRegistration: Sendable, Hashable {
    /// 1 to 1 023 bytes.
    public let credentialID: [UInt8]
    /// The COSE key, as `StoredPasskey` takes it back.
    public let publicKey: [UInt8]
    /// −7 for ES256, −8 for EdDSA.
    public let algorithm: Int
    public let signCount: UInt32
    /// Of the six that the standard names, without repeats, in the order given.
    public let transports: [String]
    public let isBackupEligible: Bool
    public let isBackedUp: Bool
    /// The authenticator's model, 16 bytes, often zeros.
    public let aaguid: [UInt8]

    private static let attestationBytesMax = 65_536
    private static let knownTransports = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"]

    /// Checks an answer to `PasskeyOptions.create` (WebAuthn, 7.1). User verification is always required. Attestation
    /// is not asked for, so a statement that comes all the same is not looked at.
    public static func verify(
        _ response: JSON, challenge: Digest, relyingParty: RelyingParty
    ) throws(PasskeyRefusal) -> PasskeyRegistration {
        let id = try response.passkeyID()
        try ClientData(response).check(type: "webauthn.create", challenge: challenge, relyingParty: relyingParty)
        let object: CBOR
        do { object = try CBORReader.document(try response.base64URL("response", "attestationObject", bytesMax: attestationBytesMax)) } catch {
            throw .malformed
        }
        guard let format = object["fmt"]?.textString, let statement = object["attStmt"], let count = statement.memberCount,
              let bytes = object["authData"]?.byteString else { throw .malformed }
        let data = try AuthenticatorData(bytes)
        try data.check(relyingParty)
        guard let credential = data.credential else { throw .credentialData }
        guard format != "none" || count == 0 else { throw .attestation }
        guard credential.id == id else { throw .wrongCredential }
        return PasskeyRegistration(
            credentialID: id, publicKey: credential.keyBytes, algorithm: Int(credential.key.algorithm), signCount: data.signCount,
            transports: transports(response), isBackupEligible: data.isBackupEligible, isBackedUp: data.isBackedUp,
            aaguid: credential.aaguid)
    }

    private static func transports(_ response: JSON) -> [String] {
        var found: [String] = []
        for item in response["response"]?["transports"]?.array ?? [] {
            if let text = item.string, knownTransports.contains(text), !found.contains(text) { found.append(text) }
        }
        return found
    }
}
