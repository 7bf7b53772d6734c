public import Base

/// What browsers are asked for: the JSON that `PublicKeyCredential.parseCreationOptionsFromJSON` and
/// `parseRequestOptionsFromJSON` read.
public enum PasskeyOptions {
    /// How long a ceremony may take, and its challenge lives.
    public static let timeoutMilliseconds: Int64 = 300_000

    /// A credential that browsers shall leave out or take.
    public struct Credential: Sendable {
        public let id: [UInt8]
        public let transports: [String]
        public init(id: [UInt8], transports: [String]) {
            self.id = id
            self.transports = transports
        }

        fileprivate var json: JSON {
            var members: [(String, JSON)] = [("type", "public-key"), ("id", .string(Base64URL.encode(id)))]
            if !transports.isEmpty { members.append(("transports", .array(transports.map(JSON.string)))) }
            return .object(members)
        }
    }

    /// Asks for a new passkey: discoverable, verifying its user, ES256 or EdDSA, without attestation.
    /// `userHandle` has 1 to 64 bytes that tell nothing about the person; `existing` keeps one authenticator from
    /// holding two.
    public static func create(
        _ challenge: PasskeyChallenge, relyingParty: RelyingParty, userHandle: [UInt8], userName: String, displayName: String,
        existing: [Credential]
    ) -> JSON {
        [
            "rp": ["id": .string(relyingParty.id), "name": .string(relyingParty.name)],
            "user": ["id": .string(Base64URL.encode(userHandle)), "name": .string(userName), "displayName": .string(displayName)],
            "challenge": .string(challenge.text),
            "pubKeyCredParams": .array([PasskeyKey.es256, PasskeyKey.edDSA].map { ["type": "public-key", "alg": .int($0)] }),
            "timeout": .int(timeoutMilliseconds),
            "excludeCredentials": .array(existing.map(\.json)),
            "authenticatorSelection": ["residentKey": "required", "requireResidentKey": true, "userVerification": "required"],
            "attestation": "none",
        ]
    }

    /// Asks for a passkey: any of this site's when `allowed` is empty, else one of those.
    public static func get(_ challenge: PasskeyChallenge, relyingParty: RelyingParty, allowed: [Credential]) -> JSON {
        [
            "challenge": .string(challenge.text), "rpId": .string(relyingParty.id), "allowCredentials": .array(allowed.map(\.json)),
            "userVerification": "required", "timeout": .int(timeoutMilliseconds),
        ]
    }
}
