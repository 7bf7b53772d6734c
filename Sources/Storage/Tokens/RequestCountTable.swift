public import Base
public import Postgres

/// Requests in the current minute by token, account and network, counted for all processes together.
public enum RequestCountTable {
    /// Length of a window. Windows begin with the minute, UTC.
    public static let windowSeconds = 60

    /// Rows are locked in the order of their digests, whoever counts: two requests never wait for one another in a ring. A
    /// clock that runs behind counts in the window of the one that is ahead.
    static let count = Statement("request_counts.count", """
        INSERT INTO request_counts AS counts (bucket, window_at, requests)
        SELECT bucket, $1, 1 FROM (VALUES ($2::bytea), ($3::bytea), ($4::bytea)) AS asked (bucket)
         WHERE bucket IS NOT NULL ORDER BY bucket
        ON CONFLICT (bucket) DO UPDATE
           SET requests = CASE WHEN counts.window_at >= excluded.window_at THEN least(counts.requests, 2000000000) + 1 ELSE 1 END,
               window_at = greatest(counts.window_at, excluded.window_at)
        RETURNING bucket, requests
        """)
    static let forget = Statement("request_counts.forget", """
        DELETE FROM request_counts WHERE bucket IN (
            SELECT bucket FROM request_counts WHERE window_at < $1 ORDER BY bucket LIMIT 10000 FOR UPDATE SKIP LOCKED)
        """)

    public static let statements: [Statement] = [count, forget]

    /// Counts one request in each of `buckets` (one to three, all different) and tells how many there were in the window
    /// with it, in the order of `buckets`. In a transaction of its own: it holds the rows until its end.
    public static func count(_ buckets: [Digest], at now: Instant, in tx: borrowing Transaction) throws -> [Int] {
        precondition((1...3).contains(buckets.count), "Invariant: a request counts for its network, and perhaps account and token.")
        let asked: [Parameter] = (0..<3).map { $0 < buckets.count ? .digest(buckets[$0]) : .null }
        let found = try tx.run(count, [.instant(window(of: now))] + asked).map { (try $0.digest("bucket"), try $0.int("requests")) }
        return buckets.map { bucket in found.first { $0.0 == bucket }?.1 ?? 0 }
    }

    /// Removes the counts of windows that ended more than a minute ago.
    public static func forget(before now: Instant, in tx: borrowing Transaction) throws {
        try tx.run(forget, .instant(window(of: now).advanced(byMilliseconds: -Int64(windowSeconds) * 1_000)))
    }

    /// The begin of the minute that `now` is in.
    public static func window(of now: Instant) -> Instant {
        let length = Int64(windowSeconds) * 1_000
        let into = now.milliseconds % length
        return now.advanced(byMilliseconds: into < 0 ? -(into + length) : -into)
    }
}
