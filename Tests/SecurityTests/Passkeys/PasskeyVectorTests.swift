import Base
import Foundation
@testable import Security
import Testing

/// The figures in Resources/passkeys.json, and those of the file in TRADECRAFT_PASSKEY_VECTORS when it is set.
@Suite struct PasskeyVectorTests {
    private let file: JSON
    private let site: RelyingParty
    private let createChallenge: Digest
    private let getChallenge: Digest

    init() throws {
        let path = try #require(Bundle.module.url(forResource: "passkeys", withExtension: "json", subdirectory: "Resources"))
        file = try JSON(parsing: Array(Data(contentsOf: path)))
        site = try #require(RelyingParty(origin: "http://localhost:8080", name: "App"))
        #expect(file["relyingPartyID"]?.string == site.id)
        createChallenge = Digest.of((0..<32).map { UInt8($0) })
        getChallenge = Digest.of((32..<64).map { UInt8($0) })
    }

    private static func bytes(_ hex: String?) -> [UInt8] {
        let digits = Array(hex ?? "")
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    private func register(_ response: JSON?) -> Result<PasskeyRegistration, PasskeyRefusal> {
        Result { () throws(PasskeyRefusal) in
            try PasskeyRegistration.verify(response ?? .null, challenge: createChallenge, relyingParty: site)
        }
    }

    private func stored(_ registration: PasskeyRegistration, signCount: UInt32? = nil) -> StoredPasskey {
        StoredPasskey(
            credentialID: registration.credentialID, publicKey: registration.publicKey, signCount: signCount ?? registration.signCount,
            isBackupEligible: registration.isBackupEligible, userHandle: Array("user-0001".utf8))
    }

    private func assert(
        _ response: JSON, _ stored: StoredPasskey, challenge: Digest? = nil, site: RelyingParty? = nil
    ) -> Result<PasskeyAssertion, PasskeyRefusal> {
        Result { () throws(PasskeyRefusal) in
            try PasskeyAssertion.verify(response, challenge: challenge ?? getChallenge, relyingParty: site ?? self.site, stored: stored)
        }
    }

    @Test func registrationAndAssertionHold() throws {
        let response = try #require(file["registration"])
        #expect(PasskeyChallenge.digest(in: response) == createChallenge)
        let made = try register(response).get()
        #expect(made.credentialID == (0x40...0x5f).map { UInt8($0) })
        #expect(made.publicKey == Self.bytes(file["key"]?.string))
        #expect(made.algorithm == -7 && made.signCount == 1 && !made.isBackedUp && !made.isBackupEligible)
        #expect(made.transports == ["internal"])
        #expect(made.aaguid == [UInt8](repeating: 0, count: 16))
        let assertion = try #require(file["assertion"])
        #expect(PasskeyAssertion.credentialID(in: assertion) == made.credentialID)
        let proof = try assert(assertion, stored(made)).get()
        #expect(proof.signCount == 2 && !proof.isBackedUp)
    }

    @Test func syncedPasskeyKeepsItsCounterAtZero() throws {
        let made = try register(file["synced"]?["registration"]).get()
        #expect(made.isBackupEligible && made.isBackedUp && made.signCount == 0)
        let proof = try assert(try #require(file["synced"]?["assertion"]), stored(made)).get()
        #expect(proof.signCount == 0 && proof.isBackedUp)
    }

    @Test func extensionsAreRead() throws {
        let made = try register(file["extensions"]?["registration"]).get()
        #expect(made.signCount == 7)
        #expect(made.publicKey == Self.bytes(file["key"]?.string))
    }

    @Test func malformedRegistrationsAreRefused() throws {
        let cases = try #require(file["malformed"]?.array)
        #expect(cases.count == 7)
        for item in cases {
            let refusal = try #require(item["refusal"]?.string.flatMap(PasskeyRefusal.init(rawValue:)))
            #expect(register(item["registration"]) == .failure(refusal), "\(item["name"]?.string ?? "")")
        }
    }

    @Test func nineFalseAssertionsAreRefused() throws {
        let made = try register(file["registration"]).get()
        let good = try #require(file["assertion"])
        let elsewhere = try #require(RelyingParty(origin: "http://localhost:9999", name: "App"))
        let otherHost = try #require(RelyingParty(origin: "https://example.com", name: "App"))
        func changed(_ member: String, _ change: (inout [UInt8]) -> Void) throws -> JSON {
            try Self.changed(good, member, change)
        }
        #expect(assert(good, stored(made), challenge: createChallenge) == .failure(.wrongChallenge))
        #expect(assert(good, stored(made), site: elsewhere) == .failure(.wrongOrigin))
        // The origin is looked at first, so the hash of another relying party's id needs its own client data.
        let client = Array(#"{"type":"webauthn.get","challenge":"\#(Base64URL.encode((32..<64).map { UInt8($0) }))","origin":"https://example.com"}"#.utf8)
        #expect(assert(try changed("clientDataJSON") { $0 = client }, stored(made), site: otherHost) == .failure(.wrongRelyingParty))
        #expect(assert(good, stored(made, signCount: 2)) == .failure(.counterWentBack))
        #expect(assert(good, stored(made, signCount: 3)) == .failure(.counterWentBack))
        #expect(assert(try changed("signature") { $0[$0.count - 1] ^= 1 }, stored(made)) == .failure(.badSignature))
        #expect(assert(try changed("authenticatorData") { $0[32] = 0x01 }, stored(made)) == .failure(.userNotVerified))
        #expect(assert(try changed("authenticatorData") { $0[36] = 9 }, stored(made)) == .failure(.badSignature))
        let create = try #require(file["registration"]?["response"]?["clientDataJSON"]?.string.flatMap(Base64URL.decode))
        #expect(assert(try changed("clientDataJSON") { $0 = create }, stored(made)) == .failure(.wrongType))
        // And what stands beside the nine.
        #expect(assert(try changed("authenticatorData") { $0.append(0) }, stored(made)) == .failure(.malformed))
        #expect(assert(try changed("authenticatorData") { $0[32] = 0x04 }, stored(made)) == .failure(.userNotPresent))
        #expect(assert(try changed("authenticatorData") { $0[32] = 0x15 }, stored(made)) == .failure(.backupFlags))
        #expect(assert(try changed("authenticatorData") { $0[32] = 0x0d }, stored(made)) == .failure(.backupFlags))
        #expect(assert(try changed("userHandle") { $0[0] ^= 1 }, stored(made)) == .failure(.wrongUser))
        #expect(assert(good, stored(made)) == .success(PasskeyAssertion(signCount: 2, isBackedUp: false)))
    }

    private static func changed(_ response: JSON, _ member: String, _ change: (inout [UInt8]) -> Void) throws -> JSON {
        var members = try #require(response.object)
        let index = try #require(members.firstIndex { $0.0 == "response" })
        var inner = try #require(members[index].1.object)
        let place = try #require(inner.firstIndex { $0.0 == member })
        var bytes = try #require(inner[place].1.string.flatMap(Base64URL.decode))
        change(&bytes)
        inner[place].1 = .string(Base64URL.encode(bytes))
        members[index].1 = .object(inner)
        return .object(members)
    }

    /// A file of figures from elsewhere: `webauthn` with the same ceremonies and `malformedRegistrations` by name.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["TRADECRAFT_PASSKEY_VECTORS"] != nil))
    func figuresFromElsewhere() throws {
        let path = try #require(ProcessInfo.processInfo.environment["TRADECRAFT_PASSKEY_VECTORS"])
        let figures = try #require(try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))["webauthn"])
        let made = try register(figures["registration"]?["credentialJSON"]).get()
        #expect(made.publicKey == Self.bytes(figures["coseKeyHex"]?.string))
        _ = try assert(try #require(figures["assertion"]?["credentialJSON"]), stored(made)).get()
        let synced = try register(figures["syncedPasskey"]?["registration"]).get()
        _ = try assert(try #require(figures["syncedPasskey"]?["assertion"]), stored(synced)).get()
        _ = try register(figures["registrationWithExtensions"]?["registration"]).get()
        let malformed = try #require(figures["malformedRegistrations"]?.object)
        #expect(!malformed.isEmpty)
        for (name, item) in malformed { #expect(throws: PasskeyRefusal.self, "\(name)") { try register(item["registration"]).get() } }
    }
}
