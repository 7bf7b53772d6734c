/// Why a passkey's answer is not accepted. Which of these it was is for the log; people are told to try again.
public enum PasskeyRefusal: String, Error, Sendable, Hashable, CaseIterable {
    /// Not the JSON, CBOR or lengths of the standard.
    case malformed
    /// The answer to another ceremony.
    case wrongType
    case wrongChallenge
    /// Given on another site, or inside a frame of one.
    case wrongOrigin
    case wrongRelyingParty
    case userNotPresent
    case userNotVerified
    /// Backed up without being eligible for it, or eligible now and not before, or the other way round.
    case backupFlags
    /// A registration without a credential, or a log-in with one.
    case credentialData
    case unknownAlgorithm
    /// A key whose members contradict its algorithm, of a wrong length, or off the curve.
    case badKey
    /// The attestation `none` with a statement.
    case attestation
    /// A credential that was not asked for.
    case wrongCredential
    /// Another account's credential.
    case wrongUser
    case badSignature
    /// The counter did not grow: there may be a copy of the authenticator.
    case counterWentBack
}
