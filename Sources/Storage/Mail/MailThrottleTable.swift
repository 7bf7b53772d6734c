public import Base
public import Postgres

/// How many letters went out lately, by a digest of whom they go to or who asked. Shared by all processes.
public enum MailThrottleTable {
    static let take = Statement("mail_throttles.take", """
        INSERT INTO throttles AS known (bucket, tries, last_try_at) VALUES ($1, ARRAY[$2::timestamptz], $2)
        ON CONFLICT (bucket) DO UPDATE
           SET tries = (SELECT coalesce(array_agg(try), '{}') FROM unnest(known.tries) AS try WHERE try > $3) || $2::timestamptz,
               last_try_at = $2
         WHERE (SELECT count(*) FROM unnest(known.tries) AS try WHERE try > $3) < $4
        RETURNING bucket
        """)

    public static let statements: [Statement] = [take]

    /// True, and counted, while fewer than `max` were counted in the last `windowSeconds`. In any scope.
    public static func take(
        _ bucket: Digest, max: Int, windowSeconds: Int, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        let start = now.advanced(byMilliseconds: -Int64(windowSeconds) * 1_000)
        return !(try tx.run(take, .digest(bucket), .instant(now), .instant(start), .int(max)).isEmpty)
    }
}
