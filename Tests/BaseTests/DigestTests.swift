import Base
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4 examples.
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ])
    func knownAnswers(text: String, expected: String) {
        #expect(Digest.of(text).hex == expected)
    }

    @Test func piecesHashLikeTheWhole() {
        var builder = DigestBuilder()
        builder.update(Array("a".utf8))
        builder.update(Array("bc".utf8))
        #expect(builder.finish() == Digest.of("abc"))
    }

    @Test func hexRoundTrips() {
        #expect(Digest(hex: Digest.of("x").hex.uppercased()) == Digest.of("x"))
        #expect(Digest(hex: "ab") == nil)
        #expect(Digest(hex: String(repeating: "g", count: 64)) == nil)
    }

    @Test func aSecretPrintsBullets() {
        let secret = Secret("hunter2")
        #expect("\(secret)" == "•••")
        #expect(String(reflecting: secret) == "•••")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }
}
