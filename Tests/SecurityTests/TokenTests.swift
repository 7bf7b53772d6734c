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

    @Test func apiTokensAreKnownByTheirShape() throws {
        let token = APITokenText(), other = APITokenText()
        let text = token.text.reveal()
        #expect(text.count == 52 && text.hasPrefix("tc_") && text != other.text.reveal())
        #expect(APITokenText.digest(of: text) == token.digest)
        #expect("\(token)".contains(text) == false)
        // A wrong character anywhere, a missing one, or two exchanged: no look-up is needed to see it.
        let characters = Array(text)
        for index in characters.indices {
            var changed = characters
            changed[index] = changed[index] == "x" ? "y" : "x"
            #expect(APITokenText.digest(of: String(changed)) == nil, "\(index)")
            changed = characters
            changed.remove(at: index)
            #expect(APITokenText.digest(of: String(changed)) == nil, "\(index)")
            changed = characters
            changed.swapAt(index, characters.count - 1)
            #expect(changed == characters || APITokenText.digest(of: String(changed)) == nil, "\(index)")
        }
        for bad in ["", "tc_", text + "A", " " + text, text.uppercased(), String(repeating: "é", count: 26), SessionToken().text.reveal()] {
            #expect(APITokenText.digest(of: bad) == nil)
        }
    }

    /// CRC-32 of `tc_` and 43 letters A, as zlib gives it.
    @Test func checksumIsThatOfZlib() {
        #expect(APITokenText.digest(of: "tc_" + String(repeating: "A", count: 43) + "IcCU_A") != nil)
    }

    @Test func mailLinkTokensDiffer() {
        let a = MailLinkToken(), b = MailLinkToken()
        #expect(a.text.reveal() != b.text.reveal() && a.text.reveal().count == 43)
        #expect(MailLinkToken.digest(of: a.text.reveal()) == a.digest)
        #expect(MailLinkToken.digest(of: "short") == nil)
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("\u{3ff}\u{3ff}\u{3ff}", "z7/Pv8+/")])
    func base64MatchesRFC4648(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        #expect(Base64.decode(encoded.replacing("=", with: ""), isPadded: false) == Array(text.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "Zh==", "Z===", "Zm9v=", "=", "====", "Zm9_", "Zm9-", "Zm 9v", "Zm9v\n"])
    func malformedBase64IsRefused(text: String) { #expect(Base64.decode(text) == nil) }
}
