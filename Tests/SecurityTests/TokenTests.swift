import Base
import Security
import Testing

@Suite struct TokenTests {
    @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy")])
    func base64URLMatchesRFC4648(text: String, encoded: String) {
        #expect(Base64URL.encode(Array(text.utf8)) == encoded)
        #expect(Base64URL.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg==", "Zh", "Zm9=", "Zm9v Zm9v", "Zm+v", "Zm/v", "é"])
    func malformedBase64URLIsRefused(text: String) { #expect(Base64URL.decode(text) == nil) }

    @Test(arguments: [5, 6] as [UInt64])
    func base64URLRoundTrips(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes, "seed \(seed)")
        }
    }

    @Test func sessionTokensDiffer() {
        let a = SessionToken(), b = SessionToken()
        #expect(a.text.reveal() != b.text.reveal())
        #expect(SessionToken.digest(of: a.text.reveal()) == a.digest)
        #expect("\(a.text)" == "•••")
        for bad in ["", "short", a.text.reveal() + "A", String(repeating: "!", count: 43)] { #expect(SessionToken.digest(of: bad) == nil) }
    }

    @Test func formTokensHoldForOneSecret() {
        let token = FormToken.derive(from: "secret-a")
        #expect(FormToken.isValid(token, for: "secret-a"))
        #expect(!FormToken.isValid(token, for: "secret-b"))
        #expect(!FormToken.isValid("", for: "secret-a"))
        #expect(!FormToken.isValid(String(token.dropLast()), for: "secret-a"))
        #expect(!token.contains("secret"))
    }
}
