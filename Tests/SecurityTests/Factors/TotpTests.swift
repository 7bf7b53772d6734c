import Base
import Crypto
@testable import Security
import Testing

@Suite struct TotpTests {
    /// RFC 4226, appendix D.
    @Test func hotpVectors() {
        let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
        for (counter, code) in codes.enumerated() {
            let made = Totp.code(Array("12345678901234567890".utf8), counter: UInt64(counter), digits: 6, hash: Insecure.SHA1.self)
            #expect(made == code)
        }
    }

    /// RFC 6238, appendix B.
    @Test(arguments: [
        (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
        (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
        (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
    ] as [(UInt64, String, String, String)])
    func totpVectors(time: UInt64, sha1: String, sha256: String, sha512: String) {
        func seed(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(ascii: "0") + UInt8(($0 + 1) % 10) } }
        #expect(Totp.code(seed(20), counter: time / 30, digits: 8, hash: Insecure.SHA1.self) == sha1)
        #expect(Totp.code(seed(32), counter: time / 30, digits: 8, hash: SHA256.self) == sha256)
        #expect(Totp.code(seed(64), counter: time / 30, digits: 8, hash: SHA512.self) == sha512)
    }

    private static let base32 = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    private func secret() throws -> TotpSecret {
        let bytes = try #require(Base32.decode(Self.base32))
        return try #require(TotpSecret(bytes: bytes))
    }
    private func moment(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1_000) }

    @Test(arguments: [(59, "503347"), (1_699_999_970, "797823"), (1_700_000_000, "406058"), (1_700_000_030, "661763")] as [(Int64, String)])
    func sixDigits(time: Int64, code: String) throws {
        let step = try #require(Totp.step(at: moment(time)))
        #expect(step == time / 30)
        #expect(Totp.code(try secret(), step: step).reveal() == code)
        #expect(Totp.verify(code, secret: try secret(), at: moment(time), lastStep: 0) == step)
    }

    @Test func windowIsOneStepEachWay() throws {
        let secret = try secret()
        let code = "406058"
        let step: Int64 = 56_666_666
        for (offset, isAccepted) in [(-31, false), (-30, true), (-1, true), (0, true), (29, true), (30, true), (59, true), (60, false)] {
            // Step 56 666 666 begins 20 s before 1 700 000 000.
            let now = moment(step * 30 + Int64(offset))
            #expect(Totp.verify(code, secret: secret, at: now, lastStep: 0) == (isAccepted ? step : nil), "offset \(offset)")
        }
        #expect(Totp.verify(code, secret: secret, at: Instant(milliseconds: -1), lastStep: 0) == nil)
    }

    @Test func eachCodeCountsOnce() throws {
        let secret = try secret()
        let now = moment(1_700_000_000)
        let step = try #require(Totp.verify("406058", secret: secret, at: now, lastStep: 0))
        #expect(Totp.verify("406058", secret: secret, at: now, lastStep: step) == nil)
        #expect(Totp.verify("797823", secret: secret, at: now, lastStep: step) == nil, "an earlier code after a later one")
        #expect(Totp.verify("661763", secret: secret, at: now, lastStep: step) == step + 1)
    }

    @Test func onlySixDigitsAreRead() throws {
        let secret = try secret()
        let now = moment(1_700_000_000)
        for good in ["406058", " 406058\n", "406 058", "406\u{a0}058"] { #expect(Totp.verify(good, secret: secret, at: now, lastStep: 0) != nil) }
        for bad in ["", "40605", "4060580", "40605８", "+06058", "406-058", "40605a", "٤٠٦٠٥٨", String(repeating: "4", count: 10_000)] {
            #expect(Totp.verify(bad, secret: secret, at: now, lastStep: 0) == nil, "\(bad.prefix(10))")
        }
    }

    /// Two neighbouring steps with one code: the later is answered, or the code would count a second time.
    @Test func aCodeOfTwoStepsIsUsedUpForBoth() throws {
        let secret = try secret()
        let step: Int64 = 473_597
        #expect(Totp.code(secret, step: step).reveal() == "519179")
        #expect(Totp.code(secret, step: step + 1).reveal() == "519179")
        let now = moment(step * 30 + 7)
        #expect(Totp.verify("519179", secret: secret, at: now, lastStep: 0) == step + 1)
        #expect(Totp.verify("519179", secret: secret, at: now, lastStep: step + 1) == nil)
    }

    @Test func addressIsWhatAppsRead() throws {
        #expect(try Totp.address(issuer: "Example Co", account: "alice@example.com", secret: secret()).reveal()
            == "otpauth://totp/Example%20Co:alice%40example.com?secret=\(Self.base32)&issuer=Example%20Co")
        let odd = try Totp.address(issuer: "A:B&c=d", account: "é:x?#/", secret: secret()).reveal()
        #expect(odd == "otpauth://totp/A-B%26c%3Dd:%C3%A9-x%3F%23%2F?secret=\(Self.base32)&issuer=A-B%26c%3Dd")
    }

    /// RFC 4648, 10, without the padding.
    @Test(arguments: [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")])
    func base32MatchesRFC4648(text: String, encoded: String) {
        #expect(Base32.encode(Array(text.utf8)) == encoded)
        #expect(Base32.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["M", "MZ", "MZX", "my", "MY======", "M1", "MZXW6Y", "MZXW6YQ8"])
    func malformedBase32IsRefused(text: String) { #expect(Base32.decode(text) == nil) }

    @Test func secretsAreRandomAndHidden() {
        let a = TotpSecret(), b = TotpSecret()
        #expect(a.bytes.reveal() != b.bytes.reveal())
        #expect(a.bytes.reveal().count == 20)
        #expect(a.base32.reveal().count == 32)
        #expect(!"\(a)".contains(a.base32.reveal()))
        #expect(TotpSecret(bytes: [UInt8](repeating: 0, count: 15)) == nil)
    }
}
