internal import Base
public import Postgres

/// What an engine runs. Times are the server's: engines on several machines need no common clock.
public enum JobStatements {
    /// The part of a claim after the job is chosen. A new lease number makes every older holder's writes fail.
    private static let take = """
        UPDATE jobs
           SET state = 'running', attempt = attempt + 1, lease_number = lease_number + 1,
               lease_until = now() + $2 * interval '1 millisecond', worker = $3,
               started_at = coalesce(started_at, now()), progress = 0, progress_note = NULL
          FROM next WHERE jobs.job_id = next.job_id
        RETURNING jobs.job_id, jobs.tenant_id, jobs.lane, jobs.kind, jobs.version, jobs.arguments, jobs.attempt,
                  jobs.attempts_max, jobs.lease_number
        """

    /// The first due job of each kind by (lane, priority, age), and of these the first. The others are locked too until
    /// the claim commits: another worker finds the ones behind them.
    private static func claim(_ name: String, _ lanes: String) -> Statement {
        Statement(name, """
            WITH next AS (
                SELECT first.job_id
                  FROM unnest($4::text[]) AS wanted (kind_key), LATERAL (
                           SELECT job_id, lane, priority, run_at FROM jobs
                            WHERE state = 'available' AND kind_key = wanted.kind_key AND \(lanes) AND run_at <= now()
                            ORDER BY lane, priority, run_at, job_id LIMIT 1 FOR UPDATE SKIP LOCKED
                       ) AS first
                 ORDER BY first.lane, first.priority, first.run_at, first.job_id LIMIT 1
            )
            \(take)
            """)
    }

    /// $1 lane, $2 lease in ms, $3 worker, $4 `kind@version` of the handlers.
    static let claimAfter = claim("jobs.claim_after", "lane > $1")
    static let claimFrom = claim("jobs.claim_from", "lane >= $1")
    static let claimIn = claim("jobs.claim_in", "lane = $1")

    /// The first lane from $1 on with something to do and nothing running; $2 as above. Steps from lane to lane through
    /// the index: its cost is the number of busy lanes, not of their jobs.
    static let findIdleLane = Statement("jobs.find_idle_lane", """
        WITH RECURSIVE lanes AS (
            (SELECT first.lane
               FROM unnest($2::text[]) AS wanted (kind_key), LATERAL (
                        SELECT lane FROM jobs
                         WHERE state = 'available' AND kind_key = wanted.kind_key AND lane >= $1 AND run_at <= now()
                         ORDER BY lane LIMIT 1
                    ) AS first
              ORDER BY first.lane LIMIT 1)
            UNION ALL
            SELECT (SELECT first.lane
                      FROM unnest($2::text[]) AS wanted (kind_key), LATERAL (
                               SELECT jobs.lane FROM jobs
                                WHERE state = 'available' AND jobs.kind_key = wanted.kind_key AND jobs.lane > lanes.lane
                                  AND run_at <= now()
                                ORDER BY jobs.lane LIMIT 1
                           ) AS first
                     ORDER BY first.lane LIMIT 1)
              FROM lanes WHERE lanes.lane IS NOT NULL
        )
        SELECT lane FROM lanes
         WHERE lane IS NOT NULL
           AND NOT EXISTS (SELECT FROM jobs AS busy WHERE busy.state = 'running' AND busy.lane = lanes.lane)
         LIMIT 1
        """)

    /// Locks the job for the rest of the transaction if it is still this holder's: no takeover can come between.
    static let fence = Statement("jobs.fence", """
        SELECT cancel_requested_at IS NOT NULL AS is_cancel_requested FROM jobs
         WHERE job_id = $1 AND lease_number = $2 AND state = 'running' FOR UPDATE
        """)
    static let complete = Statement("jobs.complete", """
        UPDATE jobs SET state = 'completed', progress = 1, lease_until = NULL, error = NULL, finished_at = now()
         WHERE job_id = $1 AND lease_number = $2 AND state = 'running'
        """)
    static let cancel = Statement("jobs.cancel", """
        UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = now()
         WHERE job_id = $1 AND lease_number = $2 AND state = 'running'
        """)
    static let fail = Statement("jobs.fail", """
        UPDATE jobs SET state = 'failed', lease_until = NULL, error = $3, finished_at = now()
         WHERE job_id = $1 AND lease_number = $2 AND state = 'running'
        """)
    /// Again, $4 milliseconds from now.
    static let retry = Statement("jobs.retry", """
        UPDATE jobs SET state = 'available', lease_until = NULL, worker = NULL, error = $3,
               run_at = now() + $4 * interval '1 millisecond'
         WHERE job_id = $1 AND lease_number = $2 AND state = 'running'
        """)
    /// Back to the queue at its old place; the attempt does not count.
    static let release = Statement("jobs.release", """
        WITH released AS (
            UPDATE jobs SET state = 'available', lease_until = NULL, worker = NULL, attempt = greatest(attempt - 1, 0)
             WHERE job_id = $1 AND lease_number = $2 AND state = 'running'
            RETURNING job_id
        )
        SELECT pg_notify('tradecraft_jobs', '') IS NULL AS rung FROM released
        """)
    /// Where a job stands whose completion was not acknowledged.
    static let outcome = Statement("jobs.outcome", "SELECT state FROM jobs WHERE job_id = $1 AND lease_number = $2")
    static let progress = Statement("jobs.progress", """
        UPDATE jobs SET progress = $3, progress_note = coalesce($4, progress_note)
         WHERE job_id = $1 AND lease_number = $2 AND state = 'running'
        """)

    /// A row that its own worker has locked to complete it is skipped: nobody can take that one either.
    static let renew = Statement("jobs.renew", """
        WITH held AS (
            SELECT job_id FROM jobs WHERE job_id = ANY ($1::uuid[]) AND worker = $2 AND state = 'running'
            FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE jobs SET lease_until = now() + $3 * interval '1 millisecond' FROM held WHERE jobs.job_id = held.job_id
        """)
    static let inspect = Statement("jobs.inspect", """
        SELECT job_id, lease_number, state = 'running' AS is_running,
               cancel_requested_at IS NOT NULL AS is_cancel_requested
          FROM jobs WHERE job_id = ANY ($1::uuid[])
        """)

    /// Jobs whose worker stopped renewing: to the queue again, or to their end.
    static let expire = Statement("jobs.expire", """
        WITH expired AS (
            SELECT job_id FROM jobs WHERE state = 'running' AND lease_until < now()
             LIMIT 200 FOR UPDATE SKIP LOCKED
        )
        UPDATE jobs
           SET state = CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
                            WHEN attempt >= attempts_max THEN 'failed' ELSE 'available' END,
               finished_at = CASE WHEN cancel_requested_at IS NOT NULL OR attempt >= attempts_max THEN now() END,
               error = CASE WHEN cancel_requested_at IS NULL AND attempt >= attempts_max
                            THEN jsonb_build_object('message', 'The worker stopped in the middle of every attempt.')
                            ELSE error END,
               lease_until = NULL, worker = NULL
          FROM expired WHERE jobs.job_id = expired.job_id
        RETURNING jobs.job_id, jobs.state
        """)
    /// Finished more than $1 days ago, at most $2 at a time.
    static let prune = Statement("jobs.prune", """
        DELETE FROM jobs WHERE job_id IN (
            SELECT job_id FROM jobs WHERE finished_at < now() - $1 * interval '1 day'
             ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        """)

    /// The catalogue test prepares them as tradecraft_engine.
    public static let statements = [
        claimAfter, claimFrom, claimIn, findIdleLane, fence, complete, cancel, fail, retry, release, outcome, progress,
        renew, inspect, expire, prune,
    ]
}
