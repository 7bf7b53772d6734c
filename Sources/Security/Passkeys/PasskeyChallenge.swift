public import Base

/// 32 random bytes that one ceremony must answer. Store the digest, hand out the text, and take the stored row away
/// before anything is verified, so that each challenge counts once.
public struct PasskeyChallenge: Sendable {
    /// base64url, as the options carry it.
    public let text: String
    /// SHA-256 of the 32 bytes: what is stored, and what `verify` takes.
    public let digest: Digest

    /// A fresh challenge.
    public init() { self.init(bytes: RandomBytes.make(32)) }

    init(bytes: [UInt8]) {
        text = Base64URL.encode(bytes)
        digest = Digest.of(bytes)
    }

    /// The digest of the challenge that an answer claims to answer, to find the stored row; nil when the answer is
    /// malformed. Nothing is verified here.
    public static func digest(in response: JSON) -> Digest? {
        guard let data = try? ClientData(response) else { return nil }
        return Digest.of(data.challenge)
    }
}

/// The `clientDataJSON` of an answer (WebAuthn, 5.8.1).
struct ClientData {
    /// The bytes as the browser wrote them: they are what is signed.
    let bytes: [UInt8]
    let type: String
    let challenge: [UInt8]
    let origin: String
    let isCrossOrigin: Bool
    private static let bytesMax = 8_192

    /// Of the whole answer, `credential.toJSON()`.
    init(_ response: JSON) throws(PasskeyRefusal) {
        bytes = try response.base64URL("response", "clientDataJSON", bytesMax: Self.bytesMax)
        let data: JSON
        do { data = try JSON(parsing: bytes) } catch { throw .malformed }
        guard let type = data["type"]?.string, let text = data["challenge"]?.string, let challenge = Base64URL.decode(text),
              let origin = data["origin"]?.string else { throw .malformed }
        switch data["crossOrigin"] {
        case nil: isCrossOrigin = false
        case .bool(let value)?: isCrossOrigin = value
        default: throw .malformed
        }
        self.type = type
        self.challenge = challenge
        self.origin = origin
    }

    func check(type: String, challenge: Digest, relyingParty: RelyingParty) throws(PasskeyRefusal) {
        guard self.type == type else { throw .wrongType }
        guard Digest.of(self.challenge) == challenge else { throw .wrongChallenge }
        guard origin == relyingParty.origin, !isCrossOrigin else { throw .wrongOrigin }
    }
}

extension JSON {
    /// The bytes of a member of a member, in base64url; at most `bytesMax` of them.
    func base64URL(_ outer: String, _ inner: String, bytesMax: Int) throws(PasskeyRefusal) -> [UInt8] {
        guard let text = self[outer]?[inner]?.string, text.utf8.count <= bytesMax / 3 * 4 + 4, let bytes = Base64URL.decode(text) else {
            throw .malformed
        }
        return bytes
    }

    /// The credential's id, when the answer is one of a passkey and says the id twice alike.
    func passkeyID() throws(PasskeyRefusal) -> [UInt8] {
        guard self["type"]?.string == "public-key", let text = self["id"]?.string, text == self["rawId"]?.string,
              let id = Base64URL.decode(text), (1...AuthenticatorData.credentialBytesMax).contains(id.count) else { throw .malformed }
        return id
    }
}
