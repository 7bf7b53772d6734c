import Base
import Crypto
@testable import Security
import Testing

@Suite struct PasskeyTests {
    private let site: RelyingParty
    private let challenge = PasskeyChallenge()
    private let makers: [@Sendable () -> TestAuthenticator] = [{ .es256() }, { .edDSA() }]

    init() throws { site = try #require(RelyingParty(origin: "http://localhost:8080", name: "Tradecraft")) }

    private func refusal(_ authenticator: TestAuthenticator) -> PasskeyRefusal? {
        refusal(authenticator.create(challenge))
    }
    private func refusal(_ response: JSON) -> PasskeyRefusal? {
        do {
            _ = try PasskeyRegistration.verify(response, challenge: challenge.digest, relyingParty: site)
            return nil
        } catch { return error }
    }
    private func refusal(
        _ response: JSON, _ authenticator: TestAuthenticator, signCount: UInt32 = 0, allowed: [[UInt8]] = []
    ) -> PasskeyRefusal? {
        do {
            _ = try PasskeyAssertion.verify(
                response, challenge: challenge.digest, relyingParty: site, stored: authenticator.stored(signCount: signCount), allowed: allowed)
            return nil
        } catch { return error }
    }

    @Test func bothAlgorithmsRegisterAndLogIn() throws {
        for make in makers {
            var authenticator = make()
            let made = try PasskeyRegistration.verify(authenticator.create(challenge), challenge: challenge.digest, relyingParty: site)
            #expect(made.publicKey == authenticator.cose && made.transports == ["internal", "hybrid"])
            authenticator.signCount = 9
            #expect(refusal(try authenticator.get(challenge), authenticator, signCount: 8) == nil)
            #expect(refusal(try authenticator.get(challenge), authenticator, signCount: 9) == .counterWentBack)
            #expect(refusal(try authenticator.get(challenge), authenticator, signCount: .max) == .counterWentBack)
            #expect(refusal(try authenticator.get(PasskeyChallenge()), authenticator) == .wrongChallenge)
            #expect(refusal(try authenticator.get(challenge), authenticator, allowed: [[1]]) == .wrongCredential)
            #expect(refusal(try authenticator.get(challenge), authenticator, allowed: [[1], authenticator.id]) == nil)
            #expect(refusal(try make().get(challenge), authenticator) == .wrongCredential)
            var thief = make()
            thief.id = authenticator.id
            thief.userHandle = authenticator.userHandle
            #expect(refusal(try thief.get(challenge), authenticator) == .badSignature)
            // The counter must not fall to 0 either.
            authenticator.signCount = 0
            #expect(refusal(try authenticator.get(challenge), authenticator, signCount: 1) == .counterWentBack)
        }
    }

    @Test func whoIsNamedMustBeTheOwner() throws {
        let authenticator = TestAuthenticator.es256()
        let client = authenticator.clientData(type: "webauthn.get", challenge: challenge)
        let data = authenticator.authenticatorData(isCreating: false)
        let signature = try authenticator.sign(data + Digest.of(client).bytes)
        let stranger = authenticator.get(clientData: client, data: data, signature: signature, userHandle: [1, 2, 3])
        #expect(refusal(stranger, authenticator) == .wrongUser)
        for value: JSON? in [nil, .null, "", 5] {
            var inner: [(String, JSON)] = [
                ("clientDataJSON", .string(Base64URL.encode(client))), ("authenticatorData", .string(Base64URL.encode(data))),
                ("signature", .string(Base64URL.encode(signature))),
            ]
            if let value { inner.append(("userHandle", value)) }
            let id = JSON.string(Base64URL.encode(authenticator.id))
            let response: JSON = ["id": id, "rawId": id, "type": "public-key", "response": .object(inner)]
            let isAbsent = value.map(\.isNull) ?? true
            #expect(refusal(response, authenticator) == (value?.int == 5 ? .malformed : .wrongUser), "a log-in must say who")
            #expect((refusal(response, authenticator, allowed: [authenticator.id]) == nil) == isAbsent)
        }
    }

    @Test func everyRuleOfRegistrationHolds() {
        func with(_ change: (inout TestAuthenticator) -> Void) -> PasskeyRefusal? {
            var authenticator = TestAuthenticator.es256()
            change(&authenticator)
            return refusal(authenticator)
        }
        #expect(with { _ in } == nil)
        #expect(with { $0.createType = "webauthn.get" } == .wrongType)
        for origin in ["http://localhost:8081", "https://localhost:8080", "http://localhost", "http://localhost:8080/", "HTTP://LOCALHOST:8080",
                       "http://evil.localhost:8080", "http://localhost:8080.evil.example", "null", ""] {
            #expect(with { $0.origin = origin } == .wrongOrigin, "\(origin)")
        }
        #expect(with { $0.clientDataTail = #","crossOrigin":true"# } == .wrongOrigin)
        #expect(with { $0.clientDataTail = #","crossOrigin":"no""# } == .malformed)
        #expect(with { $0.clientDataTail = #","origin":"http://localhost:8080""# } == .malformed)
        #expect(with { $0.clientDataTail = #","surprise":{"a":[1]}"# } == nil)
        #expect(with { $0.clientDataTail = "" } == nil)
        #expect(with { $0.relyingPartyID = "example.com" } == .wrongRelyingParty)
        #expect(with { $0.flags = 0x04 } == .userNotPresent)
        #expect(with { $0.flags = 0x01 } == .userNotVerified)
        #expect(with { $0.flags = 0x15 } == .backupFlags)
        #expect(with { $0.flags = 0x1d } == nil)
        #expect(with { $0.statement = [0xa1, 0x61, 0x61, 0x01] } == .attestation)
        #expect(with { $0.format = "packed"; $0.statement = [0xa1, 0x61, 0x61, 0x01] } == nil)
        #expect(with { $0.statement = [0x80] } == .malformed)
        #expect(with { $0.extensions = [0xa1, 0x61, 0x61, 0xf5] } == nil)
        #expect(with { $0.extensions = [0x80] } == .malformed)
        #expect(with { $0.extensions = [0xa0, 0x00] } == .malformed)
        #expect(with { $0.id = [] } == .malformed)
        #expect(with { $0.id = RandomBytes.make(1_023) } == nil)
        #expect(with { $0.id = RandomBytes.make(1_024) } == .malformed)
    }

    @Test func answersMustBeWhole() throws {
        let authenticator = TestAuthenticator.es256()
        let good = try #require(authenticator.create(challenge).object)
        for name in ["id", "rawId", "type", "response"] {
            for value: JSON? in [nil, .null, "x", 1, [], .string(Base64URL.encode([1, 2, 3]))] {
                var members = good.filter { $0.0 != name }
                if let value { members.append((name, value)) }
                #expect(refusal(.object(members)) != nil, "\(name)")
            }
        }
        for response: JSON in [.null, "x", [], [:], 1] {
            #expect(refusal(response) == .malformed)
            #expect(refusal(response, authenticator) == .malformed)
            #expect(PasskeyChallenge.digest(in: response) == nil)
            #expect(PasskeyAssertion.credentialID(in: response) == nil)
        }
    }

    @Test func keysThatContradictThemselvesAreRefused() throws {
        let x = RandomBytes.make(32)
        let good = TestAuthenticator.es256().cose
        let ed = TestAuthenticator.edDSA().cose
        func with(_ key: [UInt8]) -> PasskeyRefusal? {
            var authenticator = TestAuthenticator.es256()
            authenticator.coseKey = key
            return refusal(authenticator)
        }
        func replaced(_ key: [UInt8], _ index: Int, _ value: UInt8) -> [UInt8] {
            var key = key
            key[index] = value
            return key
        }
        #expect(with(good) == nil && with(ed) == nil)
        // kty, alg, crv of either.
        #expect(with(replaced(good, 2, 1)) == .badKey)
        #expect(with(replaced(good, 4, 0x27)) == .badKey)
        #expect(with(replaced(good, 4, 0x25)) == .unknownAlgorithm)
        #expect(with(replaced(good, 6, 2)) == .badKey)
        #expect(with(replaced(ed, 2, 2)) == .badKey)
        #expect(with(replaced(ed, 4, 0x26)) == .badKey)
        #expect(with(replaced(ed, 6, 1)) == .badKey)
        // A point off the curve, a short coordinate, a member too many, a private part.
        #expect(with(replaced(good, good.count - 1, good[good.count - 1] ^ 1)) == .badKey)
        #expect(with(Array(good[..<10]) + x + [0x22, 0x58, 31] + x.dropLast()) == .badKey)
        #expect(with([0xa6] + good.dropFirst() + [0x23, 0x58, 32] + x) == .badKey)
        #expect(with([0xa5] + ed.dropFirst() + [0x22, 0x01]) == .badKey)
        #expect(with([0xa0]) == .badKey && with([0x01]) == .badKey && with([0xff]) == .malformed)
    }

    /// RFC 8032, 7.1, and points that are none or have a small order.
    @Test func edwardsPointsAreChecked() throws {
        for _ in 0..<50 { #expect(EdwardsPoint.isUsable(Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))) }
        for good in ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"] {
            #expect(EdwardsPoint.isUsable(try #require(Digest(hex: good)).bytes))
        }
        let bad = [
            "0200000000000000000000000000000000000000000000000000000000000000", // x² is no square
            "0100000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ]
        for text in bad { #expect(!EdwardsPoint.isUsable(try #require(Digest(hex: text)).bytes), "\(text)") }
        #expect(!EdwardsPoint.isUsable([]))
        // Half of all numbers are no y: a check that says yes to all, or no, would show.
        var random = SeededRandom(seed: 31)
        let usable = (0..<120).filter { _ in EdwardsPoint.isUsable((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }) }.count
        #expect((35...85).contains(usable), "seed 31: \(usable)")
    }

    @Test func originsThatPasskeysCannotHave() {
        for (origin, id, text) in [("http://localhost:8080", "localhost", "http://localhost:8080"), ("https://Tradecraft.Example", "tradecraft.example", "https://tradecraft.example"),
                                   ("https://a.example:443", "a.example", "https://a.example"), ("https://a.example:8443", "a.example", "https://a.example:8443"),
                                   ("http://app.localhost", "app.localhost", "http://app.localhost")] {
            let site = RelyingParty(origin: origin, name: "x")
            #expect(site?.id == id && site?.origin == text, "\(origin)")
        }
        for origin in ["", "localhost", "http://example.com", "http://127.0.0.1:8080", "https://[::1]", "https://a.example/", "https://a..example", "https://a.example:0",
                       "https://a.example:99999", "https://a.example:+1", "https://a.example:", "ftp://localhost", "https://u@a.example", "https://-a.example", "https://1.2.3.4"] {
            #expect(RelyingParty(origin: origin, name: "x") == nil, "\(origin)")
        }
    }

    @Test func optionsSayWhatIsAsked() throws {
        let create = PasskeyOptions.create(
            challenge, relyingParty: site, userHandle: [1, 2], userName: "ada", displayName: "Ada \"L\"", existing: [.init(id: [3], transports: ["usb"])])
        let expected = """
            {"rp":{"id":"localhost","name":"Tradecraft"},"user":{"id":"AQI","name":"ada","displayName":"Ada \\"L\\""},"challenge":"\(challenge.text)",\
            "pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-8}],"timeout":300000,\
            "excludeCredentials":[{"type":"public-key","id":"Aw","transports":["usb"]}],\
            "authenticatorSelection":{"residentKey":"required","requireResidentKey":true,"userVerification":"required"},"attestation":"none"}
            """
        #expect(create.text == expected)
        #expect(challenge.text.count == 43 && challenge.text != PasskeyChallenge().text)
        #expect(PasskeyOptions.get(challenge, relyingParty: site, allowed: []).text
            == #"{"challenge":"\#(challenge.text)","rpId":"localhost","allowCredentials":[],"userVerification":"required","timeout":300000}"#)
    }

    @Test func cborOutsideTheSubsetIsRefused() throws {
        for good: [UInt8] in [[0x00], [0x17], [0x18, 24], [0x20], [0x40], [0x60], [0x80], [0xa0], [0x81, 0x81, 0x81, 0x81, 0x00], [0xf4], [0xa1, 0x01, 0x02]] {
            _ = try CBORReader.document(good)
        }
        let bad: [[UInt8]] = [
            [], [0x00, 0x00], [0x18, 23], [0x19, 0, 255], [0x1a, 0, 0, 255, 255], [0x1b, 0, 0, 0, 0, 255, 255, 255, 255], [0x1c], [0x1f],
            [0x41], [0x5f, 0x41, 0x00, 0xff], [0x7f, 0xff], [0x9f, 0xff], [0xbf, 0xff], [0x61, 0xff], [0x62, 0xc3], [0xa1, 0x01], [0xa2, 1, 1, 1, 2],
            [0xc0, 0x00], [0xf7], [0xf9, 0, 0], [0xfb, 0, 0, 0, 0, 0, 0, 0, 0], [0xe0], [0x81, 0x81, 0x81, 0x81, 0x81, 0x00],
            [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xbb, 0, 0, 0, 1, 0, 0, 0, 0],
        ]
        for bytes in bad { #expect(throws: CBORReader.Malformed.self, "\(bytes)") { try CBORReader.document(bytes) } }
        #expect(try CBORReader.document([0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).int == .min)
        #expect(try CBORReader.document([0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0]).int == nil)
        #expect(try CBORReader.document([0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]).int == nil)
    }
}
