public import Base
internal import CArgon2
internal import Synchronization

/// What can go wrong with a password's hash.
public enum SecurityError: Error, Sendable, Hashable {
    /// libargon2's code (`argon2.h`).
    case argon2(Int32)
    /// No PHC string of argon2id within our bounds; nothing was computed.
    case malformedHash
}

/// What a hash costs.
public struct Argon2Policy: Sendable, Hashable {
    public let memoryKibibytes: UInt32
    public let passes: UInt32
    public let lanes: UInt32

    /// The policy in force, the minimum of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane. One hash
    /// takes about 50 ms of one core.
    public static let inForce = Argon2Policy(memoryKibibytes: 19_456, passes: 2, lanes: 1)
}

/// Passwords as argon2id PHC strings, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
///
/// Callers hold a permit of `HashSlots` while a hash is made or verified. The text is hashed as it comes: whoever
/// reads passwords from people brings them into one Unicode form first.
public enum PasswordHash {
    private static let saltByteCount = 16
    private static let hashByteCount = 32

    /// The PHC string to store.
    public static func make(_ password: Secret<String>) throws(SecurityError) -> String {
        let policy = Argon2Policy.inForce
        let salt = RandomBytes.make(saltByteCount)
        let hash = try compute(password, policy: policy, salt: salt, byteCount: hashByteCount)
        return StoredHash(policy: policy, salt: salt, hash: hash).text
    }

    /// True when `stored` was made from `password`. A `stored` that is not within the bounds of `StoredHash` is an
    /// error, found before any work is done.
    public static func verify(_ password: Secret<String>, against stored: String) throws(SecurityError) -> Bool {
        guard let stored = StoredHash(stored) else { throw .malformedHash }
        return areEqual(try compute(password, policy: stored.policy, salt: stored.salt, byteCount: stored.hash.count), stored.hash)
    }

    /// True when `stored` costs less than the policy in force, or is malformed: hash the password anew at the next
    /// log-in, which is the only moment it is known.
    public static func needsRehash(_ stored: String) -> Bool {
        guard let stored = StoredHash(stored) else { return true }
        let policy = Argon2Policy.inForce
        return stored.policy.memoryKibibytes < policy.memoryKibibytes || stored.policy.passes < policy.passes
            || stored.salt.count < saltByteCount || stored.hash.count < hashByteCount
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

    private static func compute(
        _ password: Secret<String>, policy: Argon2Policy, salt: [UInt8], byteCount: Int
    ) throws(SecurityError) -> [UInt8] {
        let hashing = Hashing(password: Array(password.reveal().utf8), policy: policy, salt: salt, byteCount: byteCount)
        // Quietly: a flood of log-ins must not take the processor from those who read pages.
        if !QuietThread.run({ hashing.run() }) { hashing.run() }
        let (code, hash) = hashing.answer
        guard code == ARGON2_OK.rawValue else { throw .argon2(code) }
        return hash
    }
}

/// One call of libargon2, on its way to a thread and back.
private final class Hashing: Sendable {
    private let password: [UInt8]
    private let policy: Argon2Policy
    private let salt: [UInt8]
    private let byteCount: Int
    private let done = Mutex<(code: Int32, hash: [UInt8])>((ARGON2_THREAD_FAIL.rawValue, []))

    init(password: [UInt8], policy: Argon2Policy, salt: [UInt8], byteCount: Int) {
        self.password = password
        self.policy = policy
        self.salt = salt
        self.byteCount = byteCount
    }

    func run() {
        var hash = [UInt8](repeating: 0, count: byteCount)
        let code = unsafe argon2id_hash_raw(
            policy.passes, policy.memoryKibibytes, policy.lanes, password, password.count, salt, salt.count, &hash, byteCount)
        done.withLock { $0 = (code, hash) }
    }

    var answer: (code: Int32, hash: [UInt8]) { done.withLock { $0 } }
}

/// A PHC string of argon2id, read strictly: version 19, the parameters in the order m, t, p, each once and without
/// sign or leading zero, base64 without padding.
struct StoredHash {
    let policy: Argon2Policy
    let salt: [UInt8]
    let hash: [UInt8]

    /// Bounds of what is read, so that no string costs more than a second or a gigabyte.
    private static let memoryKibibytesMax: UInt32 = 1_048_576
    private static let passesMax: UInt32 = 10
    private static let lanesMax: UInt32 = 8
    private static let saltByteCounts = 8...64
    private static let hashByteCounts = 16...64
    /// Longest string within the bounds: 64 bytes are 86 characters.
    private static let byteCountMax = 256

    init(policy: Argon2Policy, salt: [UInt8], hash: [UInt8]) {
        self.policy = policy
        self.salt = salt
        self.hash = hash
    }

    /// Nil when malformed or out of bounds.
    init?(_ text: String) {
        guard text.utf8.count <= Self.byteCountMax else { return nil }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19" else { return nil }
        let costs = parts[3].split(separator: ",", omittingEmptySubsequences: false)
        // RFC 9106, 3.1: at least eight blocks of 1 KiB a lane.
        guard costs.count == 3, let memory = Self.number(costs[0], "m=", 1...Self.memoryKibibytesMax),
              let passes = Self.number(costs[1], "t=", 1...Self.passesMax), let lanes = Self.number(costs[2], "p=", 1...Self.lanesMax),
              memory >= 8 * lanes, let salt = Base64.decode(parts[4], isPadded: false), Self.saltByteCounts.contains(salt.count),
              let hash = Base64.decode(parts[5], isPadded: false), Self.hashByteCounts.contains(hash.count) else { return nil }
        self.init(policy: Argon2Policy(memoryKibibytes: memory, passes: passes, lanes: lanes), salt: salt, hash: hash)
    }

    var text: String {
        "$argon2id$v=19$m=\(policy.memoryKibibytes),t=\(policy.passes),p=\(policy.lanes)$"
            + Base64.encode(salt, isPadded: false) + "$" + Base64.encode(hash, isPadded: false)
    }

    private static func number(_ part: Substring, _ name: String, _ range: ClosedRange<UInt32>) -> UInt32? {
        guard part.hasPrefix(name) else { return nil }
        let digits = part.dropFirst(name.count)
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), digits.utf8.first != UInt8(ascii: "0"),
              let value = UInt32(digits), range.contains(value) else { return nil }
        return value
    }
}
