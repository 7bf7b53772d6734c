public import Base

/// What was stored of a passkey.
public struct StoredPasskey: Sendable {
    public let credentialID: [UInt8]
    public let publicKey: [UInt8]
    public let signCount: UInt32
    public let isBackupEligible: Bool
    /// The `user.id` that was given to `PasskeyOptions.create`.
    public let userHandle: [UInt8]

    public init(credentialID: [UInt8], publicKey: [UInt8], signCount: UInt32, isBackupEligible: Bool, userHandle: [UInt8]) {
        self.credentialID = credentialID
        self.publicKey = publicKey
        self.signCount = signCount
        self.isBackupEligible = isBackupEligible
        self.userHandle = userHandle
    }
}

/// A log-in or proof by passkey that was verified. Store both figures, comparing `signCount` again in the statement:
/// `UPDATE … WHERE sign_count < :new OR (sign_count = 0 AND :new = 0)`.
public struct PasskeyAssertion: Sendable, Hashable {
    public let signCount: UInt32
    public let isBackedUp: Bool

    private static let dataBytesMax = 4_096
    private static let signatureBytesMax = 256

    /// The credential an answer is about, to find what was stored; nil when malformed. Nothing is verified here.
    public static func credentialID(in response: JSON) -> [UInt8]? { try? response.passkeyID() }

    /// Checks an answer to `PasskeyOptions.get` (WebAuthn, 7.2). User verification is always required.
    /// `allowed` are the credentials that were asked for; empty for a log-in that did not know who, which must then
    /// name its user.
    public static func verify(
        _ response: JSON, challenge: Digest, relyingParty: RelyingParty, stored: StoredPasskey, allowed: [[UInt8]] = []
    ) throws(PasskeyRefusal) -> PasskeyAssertion {
        let id = try response.passkeyID()
        guard id == stored.credentialID, allowed.isEmpty || allowed.contains(id) else { throw .wrongCredential }
        switch response["response"]?["userHandle"] {
        case nil, .null?: if allowed.isEmpty { throw .wrongUser }
        case .string(let text)?:
            guard let handle = Base64URL.decode(text) else { throw .malformed }
            guard handle == stored.userHandle else { throw .wrongUser }
        default: throw .malformed
        }
        let client = try ClientData(response)
        try client.check(type: "webauthn.get", challenge: challenge, relyingParty: relyingParty)
        let bytes = try response.base64URL("response", "authenticatorData", bytesMax: dataBytesMax)
        let data = try AuthenticatorData(bytes)
        try data.check(relyingParty)
        guard data.credential == nil else { throw .credentialData }
        guard data.isBackupEligible == stored.isBackupEligible else { throw .backupFlags }
        let signature = try response.base64URL("response", "signature", bytesMax: signatureBytesMax)
        guard try PasskeyKey(stored: stored.publicKey).isValid(signature, for: bytes + Digest.of(client.bytes).bytes) else {
            throw .badSignature
        }
        guard data.signCount > stored.signCount || data.signCount == 0 && stored.signCount == 0 else { throw .counterWentBack }
        return PasskeyAssertion(signCount: data.signCount, isBackedUp: data.isBackedUp)
    }
}
