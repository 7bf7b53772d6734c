public import Base
public import Postgres

/// Tries per bucket within a sliding window, counted where every process sees them and no restart forgets them.
///
/// A row holds the times of the tries that counted, at most as many as are allowed. A refused try counts nowhere: who
/// is shut out comes in again when their oldest try is a window old, however often they knocked meanwhile.
public enum ThrottleTable {
    /// No window is longer: rows whose last try is older say nothing.
    public static let windowSecondsMax = 86_400

    static let isFull = Statement("throttles.is_full", """
        SELECT count(*) >= $3::bigint AS is_full FROM throttles t, unnest(t.tries) AS try WHERE t.bucket = $1 AND try > $2
        """)
    /// The row is locked while its tries are counted, so parallel tries are counted one after the other.
    static let take = Statement("throttles.take", """
        INSERT INTO throttles AS t (bucket, tries, last_try_at) VALUES ($1, ARRAY[$2::timestamptz], $2)
        ON CONFLICT (bucket) DO UPDATE
           SET tries = ARRAY(SELECT try FROM unnest(t.tries) AS try WHERE try > $3 ORDER BY try) || excluded.last_try_at,
               last_try_at = greatest(t.last_try_at, excluded.last_try_at)
         WHERE (SELECT count(*) FROM unnest(t.tries) AS try WHERE try > $3) < $4::bigint
        RETURNING cardinality(tries) = 1 AS is_first
        """)
    static let giveBack = Statement("throttles.give_back", """
        UPDATE throttles SET tries = tries[:array_position(tries, $2) - 1] || tries[array_position(tries, $2) + 1:]
         WHERE bucket = $1 AND array_position(tries, $2) IS NOT NULL
        """)
    static let waiting = Statement("throttles.waiting", """
        SELECT try FROM throttles t, unnest(t.tries) AS try WHERE t.bucket = $1 AND try > $2
         ORDER BY try DESC OFFSET $3::bigint - 1 LIMIT 1
        """)
    static let forget = Statement("throttles.forget", """
        DELETE FROM throttles WHERE bucket IN (
            SELECT bucket FROM throttles WHERE last_try_at < $1 ORDER BY last_try_at LIMIT 4 FOR UPDATE SKIP LOCKED)
        """)

    public static let statements: [Statement] = [isFull, take, giveBack, waiting, forget]

    /// Counts a try at `at`, the caller's clock, and gives true; false, and nothing counted, when there were `max` in the
    /// `windowSeconds` before. Any scope, a transaction that writes; counts when that commits.
    public static func take(
        _ bucket: ThrottleBucket, max: Int, windowSeconds: Int, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        precondition(max > 0 && windowSeconds > 0 && windowSeconds <= windowSecondsMax, "Invariant: a throttle allows something.")
        // The plain look first: a flood that is refused anyway locks and writes nothing.
        guard try hasRoom(bucket, max: max, windowSeconds: windowSeconds, at: now, in: tx) else { return false }
        let start = begin(windowSeconds, now)
        let isFirst: Bool? = try tx.run(take, .digest(bucket.digest), .instant(now), .instant(start), .int(max))
            .first { try $0.bool("is_first") }
        guard let isFirst else { return false }
        // Each new row takes old ones with it, so the table stays as large as a day's callers.
        if isFirst { try tx.run(forget, .instant(begin(2 * windowSecondsMax, now))) }
        return true
    }

    /// True while another try would be counted. Any scope.
    public static func hasRoom(
        _ bucket: ThrottleBucket, max: Int, windowSeconds: Int, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        try tx.run(isFull, .digest(bucket.digest), .instant(begin(windowSeconds, now)), .int(max)).only { try !$0.bool("is_full") }
    }

    /// Takes back the try that was counted at `at`: it turned out to be no guess. Nothing when there is none.
    public static func giveBack(_ bucket: ThrottleBucket, at: Instant, in tx: borrowing Transaction) throws {
        try tx.run(giveBack, .digest(bucket.digest), .instant(at))
    }

    /// Whole seconds until another try would be counted, 0 for now.
    public static func secondsToWait(
        _ bucket: ThrottleBucket, max: Int, windowSeconds: Int, at now: Instant, in tx: borrowing Transaction
    ) throws -> Int {
        let blocking: Instant? = try tx.run(waiting, .digest(bucket.digest), .instant(begin(windowSeconds, now)), .int(max))
            .first { try $0.instant("try") }
        guard let blocking else { return 0 }
        let free = blocking.advanced(byMilliseconds: Int64(windowSeconds) * 1_000)
        return Int(Swift.max(1, (free.milliseconds - now.milliseconds + 999) / 1_000))
    }

    private static func begin(_ windowSeconds: Int, _ now: Instant) -> Instant {
        now.advanced(byMilliseconds: -Int64(windowSeconds) * 1_000)
    }
}
