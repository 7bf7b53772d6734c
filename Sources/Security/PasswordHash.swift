public import Base
internal import CArgon2

/// What can go wrong inside libargon2: its code (`argon2.h`).
public enum SecurityError: Error, Sendable, Hashable { case argon2(Int32) }

/// Passwords as argon2id PHC strings, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
///
/// 19 MiB, 2 passes, 1 lane: the minimum of OWASP's Password Storage Cheat Sheet. One hash takes about 50 ms of one
/// core: callers hold a permit of `HashSlots` meanwhile.
public enum PasswordHash {
    private static let passes: UInt32 = 2
    private static let memoryKibibytes: UInt32 = 19_456
    private static let hashByteCount = 32
    /// Longest PHC string we make or read, with its NUL.
    private static let encodedByteCount = 128

    /// The PHC string to store.
    public static func make(_ password: Secret<String>) throws(SecurityError) -> String {
        var random = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let bytes = Array(password.reveal().utf8)
        var encoded = [CChar](repeating: 0, count: encodedByteCount)
        let code = unsafe argon2id_hash_encoded(
            passes, memoryKibibytes, 1, bytes, bytes.count, salt, salt.count, hashByteCount, &encoded, encodedByteCount)
        guard code == ARGON2_OK.rawValue else { throw .argon2(code) }
        return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// True when `stored` was made from `password`. `stored` is ours; anything malformed is an error.
    public static func verify(_ password: Secret<String>, against stored: String) throws(SecurityError) -> Bool {
        let bytes = Array(password.reveal().utf8)
        let code = unsafe stored.withCString { unsafe argon2id_verify($0, bytes, bytes.count) }
        if code == ARGON2_OK.rawValue { return true }
        guard code == ARGON2_VERIFY_MISMATCH.rawValue else { throw .argon2(code) }
        return false
    }

    /// A hash of a password that nobody knows, checked when the account does not exist, so that the answer takes as
    /// long as for one that does.
    public static let ofNobody: String = {
        do {
            return try make(Secret(RandomToken.make(byteCount: 32)))
        } catch {
            preconditionFailure("Invariant: argon2id works with constant parameters: \(error)")
        }
    }()
}
