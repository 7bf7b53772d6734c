import Base
@testable import Security
import Testing

/// Hostile bytes never trap, and never verify.
@Suite struct PasskeyFuzzTests {
    private let site: RelyingParty
    private let challenge = PasskeyChallenge()
    init() throws { site = try #require(RelyingParty(origin: "http://localhost:8080", name: "Tradecraft")) }

    @Test(arguments: [41, 42, 43] as [UInt64])
    func randomBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let authenticator = TestAuthenticator.es256()
        let client = authenticator.clientData(type: "webauthn.create", challenge: challenge)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<200, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            _ = try? CBORReader.document(bytes)
            #expect(throws: PasskeyRefusal.self, "seed \(seed)") { try AuthenticatorData(bytes).check(site) }
            let response = authenticator.create(clientData: client, object: bytes)
            #expect(throws: PasskeyRefusal.self, "seed \(seed)") {
                try PasskeyRegistration.verify(response, challenge: challenge.digest, relyingParty: site)
            }
        }
    }

    private func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let index = Int.random(in: 0..<max(1, bytes.count), using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where index < bytes.count: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1 where index < bytes.count: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 2 where index < bytes.count: bytes.remove(at: index)
            case 3: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: min(index, bytes.count))
            default: bytes = Array(bytes[..<min(index, bytes.count)])
            }
        }
        return bytes
    }

    /// Everything in an assertion is signed, or is the signature: no change of any part verifies.
    @Test(arguments: [51, 52] as [UInt64])
    func mutatedAssertionsNeverVerify(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for authenticator in [TestAuthenticator.es256(), .edDSA()] {
            let client = authenticator.clientData(type: "webauthn.get", challenge: challenge)
            let data = authenticator.authenticatorData(isCreating: false)
            let signature = try authenticator.sign(data + Digest.of(client).bytes)
            for _ in 0..<1_500 {
                let part = Int.random(in: 0..<4, using: &random)
                let changed = (part == 0 ? mutated(client, &random) : client, part == 1 ? mutated(data, &random) : data,
                               part == 2 ? mutated(signature, &random) : signature, part == 3 ? mutated(authenticator.userHandle, &random) : authenticator.userHandle)
                if changed == (client, data, signature, authenticator.userHandle) { continue }
                let response = authenticator.get(clientData: changed.0, data: changed.1, signature: changed.2, userHandle: changed.3)
                #expect(throws: PasskeyRefusal.self, "seed \(seed): part \(part)") {
                    try PasskeyAssertion.verify(response, challenge: challenge.digest, relyingParty: site, stored: authenticator.stored())
                }
            }
        }
    }

    /// A registration is not signed: a change may stand, but then what was made is what the bytes say.
    @Test(arguments: [61, 62] as [UInt64])
    func mutatedRegistrationsSayWhatTheyAre(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var accepted = 0
        for authenticator in [TestAuthenticator.es256(), .edDSA()] {
            let data = authenticator.authenticatorData(isCreating: true)
            for _ in 0..<2_000 {
                let changed = mutated(data, &random)
                let response = authenticator.create(challenge, data: changed)
                guard let made = try? PasskeyRegistration.verify(response, challenge: challenge.digest, relyingParty: site) else { continue }
                accepted += 1
                #expect(Array(changed[..<32]) == Digest.of("localhost").bytes && changed[32] & 0x45 == 0x45, "seed \(seed)")
                #expect(made.credentialID == authenticator.id, "seed \(seed)")
                #expect(changed.count == 55 + 32 + made.publicKey.count || changed[32] & 0x80 != 0, "seed \(seed)")
                // A changed P-256 point is off the curve; half the changed Edwards points are on theirs.
                if made.algorithm == -7 { #expect(made.publicKey == authenticator.cose, "seed \(seed)") }
            }
        }
        #expect(accepted > 0)
    }
}
