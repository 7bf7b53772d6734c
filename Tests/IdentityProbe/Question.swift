import Base
import Security

/// A question that is not one.
struct QuestionError: Error, CustomStringConvertible { let description: String }

/// One line of input.
struct Question {
    let members: JSON
    init(_ members: JSON) { self.members = members }

    func answer() throws -> JSON {
        let name = try text("do")
        switch name.split(separator: ".").first {
        case "totp": return try factor(name)
        case "argon2": return try password(name)
        case "qr": return .array(try code().rows.map { row in .string(String(row.map { $0 ? "#" : "." })) })
        case "passkey": return try passkey(name)
        case "merkle": return try merkle(name)
        case "checkpoint": return try checkpoint(name)
        case "seal": return try seal(name)
        default: throw QuestionError(description: "nobody knows \(name)")
        }
    }

    // MARK: reading

    func text(_ name: String) throws -> String {
        guard let value = members[name]?.string else { throw QuestionError(description: "there is no text \(name)") }
        return value
    }
    func number(_ name: String) throws -> Int64 {
        guard let value = members[name]?.int else { throw QuestionError(description: "there is no number \(name)") }
        return value
    }
    /// Bytes come in base64url.
    func bytes(_ name: String) throws -> [UInt8] {
        guard let value = Base64URL.decode(try text(name)) else { throw QuestionError(description: "\(name) is not base64url") }
        return value
    }
    func digest(_ name: String) throws -> Digest {
        guard let value = Digest(bytes: try bytes(name)) else { throw QuestionError(description: "\(name) is not a digest") }
        return value
    }
    func list(_ name: String) throws -> [[UInt8]] {
        try (members[name]?.array ?? []).map { item in
            guard let value = item.string.flatMap(Base64URL.decode) else { throw QuestionError(description: "\(name) is not base64url") }
            return value
        }
    }
    func digests(_ name: String) throws -> [Digest] { try list(name).compactMap(Digest.init(bytes:)) }
    static func json(_ bytes: [UInt8]) -> JSON { .string(Base64URL.encode(bytes)) }

    // MARK: factors and passwords

    private func secret() throws -> TotpSecret {
        guard let value = Base32.decode(try text("secret")).flatMap(TotpSecret.init(bytes:)) else {
            throw QuestionError(description: "secret is not base32")
        }
        return value
    }

    private func factor(_ name: String) throws -> JSON {
        switch name {
        case "totp.make": return ["secret": .string(TotpSecret().base32.reveal())]
        case "totp.code":
            guard let step = Totp.step(at: Instant(milliseconds: try number("time") * 1_000)) else { throw QuestionError(description: "before 1970") }
            return ["code": .string(Totp.code(try secret(), step: step).reveal())]
        case "totp.verify":
            let step = Totp.verify(
                try text("code"), secret: try secret(), at: Instant(milliseconds: try number("time") * 1_000), lastStep: try number("last"))
            return ["step": step.map(JSON.int) ?? .null]
        case "totp.address":
            return ["address": .string(Totp.address(issuer: try text("issuer"), account: try text("account"), secret: try secret()).reveal())]
        default: throw QuestionError(description: "nobody knows \(name)")
        }
    }

    private func code() throws -> QRCode {
        guard let code = QRCode(Secret(try text("text"))) else { throw QuestionError(description: "no code holds this") }
        return code
    }

    private func password(_ name: String) throws -> JSON {
        let password = Secret(try text("password"))
        switch name {
        case "argon2.make": return ["hash": .string(try PasswordHash.make(password))]
        case "argon2.verify": return ["is_valid": .bool(try PasswordHash.verify(password, against: try text("hash")))]
        default: throw QuestionError(description: "nobody knows \(name)")
        }
    }

    // MARK: passkeys

    private func passkey(_ name: String) throws -> JSON {
        guard let site = RelyingParty(origin: try text("origin"), name: "Tradecraft") else { throw QuestionError(description: "not an origin for passkeys") }
        switch name {
        case "passkey.create":
            let challenge = PasskeyChallenge()
            return PasskeyOptions.create(
                challenge, relyingParty: site, userHandle: try bytes("user"), userName: "ada", displayName: "Ada",
                existing: try list("existing").map { .init(id: $0, transports: ["internal"]) })
        case "passkey.get":
            return PasskeyOptions.get(PasskeyChallenge(), relyingParty: site, allowed: try list("allowed").map { .init(id: $0, transports: []) })
        case "passkey.register":
            let made = try PasskeyRegistration.verify(response(), challenge: Digest.of(try bytes("challenge")), relyingParty: site)
            return [
                "id": Self.json(made.credentialID), "key": Self.json(made.publicKey), "algorithm": .int(made.algorithm),
                "count": .int(Int64(made.signCount)), "is_eligible": .bool(made.isBackupEligible), "is_backed_up": .bool(made.isBackedUp),
                "aaguid": .string(hex(made.aaguid)),
            ]
        case "passkey.assert":
            let stored = StoredPasskey(
                credentialID: try bytes("id"), publicKey: try bytes("key"), signCount: UInt32(clamping: try number("count")),
                isBackupEligible: members["is_eligible"]?.bool ?? false, userHandle: try bytes("user"))
            let proof = try PasskeyAssertion.verify(response(), challenge: Digest.of(try bytes("challenge")), relyingParty: site, stored: stored)
            return ["count": .int(Int64(proof.signCount)), "is_backed_up": .bool(proof.isBackedUp)]
        default: throw QuestionError(description: "nobody knows \(name)")
        }
    }

    private func response() -> JSON { members["response"] ?? .null }
}
