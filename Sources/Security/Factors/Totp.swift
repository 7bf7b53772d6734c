public import Base
internal import Crypto

/// The secret that an authenticator app and we share: 20 random bytes, as RFC 4226 (4, R6) recommends.
public struct TotpSecret: Sendable {
    /// What to seal (`SealingKey`); never stored as it is, because it cannot be hashed.
    public let bytes: Secret<[UInt8]>
    private static let byteCount = 20

    /// A fresh secret.
    public init() { bytes = Secret(RandomBytes.make(Self.byteCount)) }

    /// An opened secret. Nil for fewer than 16 bytes, the least RFC 4226 allows, or more than 64.
    public init?(bytes: [UInt8]) {
        guard (16...64).contains(bytes.count) else { return nil }
        self.bytes = Secret(bytes)
    }

    /// What people type into their app when they cannot scan: 32 characters.
    public var base32: Secret<String> { Secret(Base32.encode(bytes.reveal())) }
}

/// Time-based one-time codes (RFC 6238) with SHA-1, six digits and steps of 30 seconds from 1970: the one set of
/// parameters that every authenticator app honours.
public enum Totp {
    /// Seconds of one step.
    public static let stepSeconds: Int64 = 30
    private static let digits = 6
    /// Steps before and after the present one whose codes count: 90 seconds in all for slow clocks and hands.
    private static let window: Int64 = 1

    /// The step of a moment; nil before 1970.
    public static func step(at moment: Instant) -> Int64? {
        moment.milliseconds >= 0 ? moment.milliseconds / (stepSeconds * 1_000) : nil
    }

    /// The six digits of a step.
    public static func code(_ secret: TotpSecret, step: Int64) -> Secret<String> {
        Secret(code(secret.bytes.reveal(), counter: UInt64(bitPattern: step), digits: digits, hash: Insecure.SHA1.self))
    }

    /// The step whose code this is, or nil: remember it, and hand it in as `lastStep` next time, so that each code
    /// counts once. Only steps after `lastStep` count; of two with the same code the later is answered.
    ///
    /// White space is dropped, because apps show `123 456`. Every step of the window is compared in full, so that the
    /// time taken says nothing about the code. Two requests may both get an answer here: the one whose
    /// `UPDATE … WHERE last_step < step` changes the row is accepted.
    public static func verify(_ code: String, secret: TotpSecret, at moment: Instant, lastStep: Int64) -> Int64? {
        let typed = code.unicodeScalars.filter { !$0.properties.isWhitespace }
        guard typed.count == digits, typed.allSatisfy({ ("0"..."9").contains($0) }), let present = step(at: moment) else { return nil }
        let sent = typed.map { UInt8(truncatingIfNeeded: $0.value) }
        var accepted: Int64?
        for step in max(0, present - window)...(present + window) {
            let isEqual = areEqual(sent, Array(Totp.code(secret, step: step).reveal().utf8))
            if isEqual, step > lastStep { accepted = step }
        }
        return accepted
    }

    /// The address behind the QR code: `otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=ISSUER`.
    /// Colons would end the issuer early, so each becomes a hyphen.
    public static func address(issuer: String, account: String, secret: TotpSecret) -> Secret<String> {
        let issuer = percentEncoded(issuer.replacing(":", with: "-"))
        let account = percentEncoded(account.replacing(":", with: "-"))
        return Secret("otpauth://totp/\(issuer):\(account)?secret=\(secret.base32.reveal())&issuer=\(issuer)")
    }

    /// HOTP (RFC 4226, 5.3) over any hash of RFC 6238.
    static func code<H: HashFunction>(_ secret: [UInt8], counter: UInt64, digits: Int, hash: H.Type) -> String {
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * $0)) }
        let code = Array(HMAC<H>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
        let start = Int(code[code.count - 1] & 0x0f)
        let number = code[start..<(start + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let modulus = (0..<digits).reduce(UInt32(1)) { power, _ in power * 10 }
        let text = String(number % modulus)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// Everything but RFC 3986's unreserved characters as `%XX` of UTF-8; a space is `%20`.
    private static func percentEncoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                 UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + hex([byte]).uppercased()
            }
        }
        return out
    }
}

/// Compares in a time that depends on the lengths alone.
func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for index in a.indices { difference |= a[index] ^ b[index] }
    return difference == 0
}
