public import Base
public import Postgres

/// Challenges of passkey ceremonies under way, by their SHA-256. Taken out before anything is verified: each counts once.
public enum PasskeyChallengeTable {
    public enum Ceremony: String, Sendable, Hashable, CaseIterable {
        case register
        case logIn = "log_in"
        case prove
    }

    static let insert = Statement("passkey_challenges.insert", """
        INSERT INTO passkey_challenges (challenge_sha256, ceremony, browser_sha256, expires_at) VALUES ($1, $2, $3, $4)
        """)
    static let forget = Statement("passkey_challenges.forget", """
        DELETE FROM passkey_challenges WHERE challenge_sha256 IN (
            SELECT challenge_sha256 FROM passkey_challenges WHERE expires_at <= $1 ORDER BY expires_at LIMIT 8)
        """)
    static let take = Statement("passkey_challenges.take", """
        DELETE FROM passkey_challenges WHERE challenge_sha256 = $1 RETURNING ceremony, browser_sha256, expires_at
        """)

    public static let statements: [Statement] = [insert, forget, take]

    /// A challenge for `ceremony` in the browser that `browser` stands for, until `end`. Takes a few ended ones away. Any
    /// scope.
    public static func insert(
        _ challenge: Digest, for ceremony: Ceremony, browser: Digest, at now: Instant, until end: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.run(forget, .instant(now))
        try tx.run(insert, .digest(challenge), .text(ceremony.rawValue), .digest(browser), .instant(end))
    }

    /// True for exactly one caller, of the ceremony and browser it was made for, in time. Whoever comes first ends it, right
    /// or wrong. Any scope.
    public static func take(
        _ challenge: Digest, for ceremony: Ceremony, browser: Digest, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        try tx.run(take, .digest(challenge)).first { row in
            try row.text("ceremony") == ceremony.rawValue && row.digest("browser_sha256") == browser && row.instant("expires_at") > now
        } ?? false
    }
}
