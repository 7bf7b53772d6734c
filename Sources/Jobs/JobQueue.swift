public import Base
public import Postgres

/// The web's side of the queue: every call runs in the caller's transaction, so a job exists exactly if what it belongs
/// to was committed.
public enum JobQueue {
    /// The channel that wakes engines. A hint: engines poll too.
    public static let channel = "tradecraft_jobs"

    /// Adds a job and gives its id; the id of the live one when `uniqueKey` names a job that waits or runs already.
    public static func enqueue(_ request: JobRequest, in tx: borrowing Transaction) throws -> ID<Job> {
        var random = SystemRandomNumberGenerator()
        let id = ID<Job>(at: SystemClock().now(), random: &random)
        let wakes = request.runAt == nil && wakeUps.mayRing()
        // A live job with the key can finish between the two statements; then the insert works the next time.
        for _ in 0..<uniqueAttemptsMax {
            let inserted = try tx.run(
                insert, .uuid(id), .uuid(orNull: request.tenant), .text(request.kind), .int(request.version),
                .json(request.arguments), .int(request.priority), .int(request.attemptsMax),
                .instant(orNull: request.runAt), .text(orNull: request.uniqueKey), .bool(wakes))
            if !inserted.isEmpty { return id }
            let live: ID<Job>? = try tx.run(findLive, .uuid(orNull: request.tenant), .text(orNull: request.uniqueKey))
                .first { try $0.id("job_id") }
            if let live { return live }
        }
        throw PostgresError.wrongRowCount(statement: insert.name, expected: "one", found: 0)
    }

    /// State, progress and place in the queue; nil when the scope has no such job (pruned jobs included).
    public static func status(_ id: ID<Job>, in tx: borrowing Transaction) throws -> JobStatus? {
        try tx.run(readStatus, .uuid(id), .int(JobStatus.queuePositionMax)).first { row in
            guard let state = JobState(rawValue: try row.text("state")) else {
                throw PostgresError.malformed(statement: readStatus.name, column: "state", expected: "a job's state")
            }
            return JobStatus(
                id: id, kind: try row.text("kind"), state: state, progress: try row.double("progress"),
                note: try row.jsonOrNil("progress_note"), error: try row.jsonOrNil("error"),
                attempt: try row.int("attempt"), attemptsMax: try row.int("attempts_max"),
                queuePosition: try row.intOrNil("queue_position"),
                isCancelRequested: try row.bool("is_cancel_requested"), createdAt: try row.instant("created_at"),
                startedAt: try row.instantOrNil("started_at"), finishedAt: try row.instantOrNil("finished_at"))
        }
    }

    /// Cancels a waiting job at once and asks a running one to stop, which it does within about a second; its effect is
    /// refused from now on. False when there is no such job or it has ended.
    public static func cancel(_ id: ID<Job>, in tx: borrowing Transaction) throws -> Bool {
        try tx.run(requestCancel, .uuid(id)).count == 1
    }

    private static let uniqueAttemptsMax = 5

    /// NOTIFY takes a lock that all committing transactions share: with one in every insert, 32 clients fell from 9,671
    /// inserts a second to 1,000. So a process rings at most once per interval; for about as long engines poll hot
    /// after a ring.
    private static let wakeUps = WakeUpThrottle(intervalMilliseconds: 50)

    // MARK: Statements

    static let insert = Statement("jobs.insert", """
        WITH inserted AS (
            INSERT INTO jobs (job_id, tenant_id, kind, version, arguments, priority, attempts_max, run_at, unique_key)
            VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9)
            ON CONFLICT (lane, unique_key) WHERE unique_key IS NOT NULL AND state IN ('available', 'running') DO NOTHING
            RETURNING job_id
        )
        SELECT job_id, CASE WHEN $10::boolean THEN pg_notify('tradecraft_jobs', '') IS NULL END AS rung FROM inserted
        """)
    static let findLive = Statement("jobs.find_live", """
        SELECT job_id FROM jobs
         WHERE lane = coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') AND unique_key = $2
           AND state IN ('available', 'running')
        """)
    static let readStatus = Statement("jobs.read_status", """
        SELECT job.kind, job.state, job.progress::double precision AS progress, job.progress_note, job.error,
               job.attempt, job.attempts_max, job.created_at, job.started_at, job.finished_at,
               job.cancel_requested_at IS NOT NULL AS is_cancel_requested,
               CASE WHEN job.state = 'available' THEN (
                   SELECT count(*) + 1 FROM (
                       SELECT FROM jobs AS ahead
                        WHERE ahead.state = 'available' AND ahead.kind_key = job.kind_key AND ahead.lane = job.lane
                          AND (ahead.priority, ahead.run_at, ahead.job_id) < (job.priority, job.run_at, job.job_id)
                        LIMIT $2 - 1) AS counted)
               END AS queue_position
          FROM jobs AS job WHERE job.job_id = $1
        """)
    static let requestCancel = Statement("jobs.request_cancel", """
        UPDATE jobs
           SET cancel_requested_at = coalesce(cancel_requested_at, now()),
               state = CASE WHEN state = 'available' THEN 'cancelled' ELSE state END,
               finished_at = CASE WHEN state = 'available' THEN now() END
         WHERE job_id = $1 AND state IN ('available', 'running')
        RETURNING state
        """)

    /// What the web runs; the catalogue test prepares them as tradecraft_web and tradecraft_engine.
    public static let statements = [insert, findLive, readStatus, requestCancel]
}
