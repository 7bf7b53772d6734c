/// How a runner claims, keeps and gives back jobs.
public struct JobRunnerSettings: Sendable {
    /// A job whose lease was not renewed for so long is taken by another worker.
    public var leaseMilliseconds = 8_000
    public var renewalMilliseconds = 2_000
    /// How often a runner looks for cancelled jobs and expired leases.
    public var inspectionMilliseconds = 400
    /// How often an idle worker looks for jobs when nobody rings.
    public var pollMilliseconds = 500
    /// After something happened, for `hotMilliseconds`, an idle worker looks this often: it bridges the interval in
    /// which enqueuers do not ring.
    public var hotPollMilliseconds = 25
    public var hotMilliseconds = 150
    /// Delay before the second attempt; doubles for each further one up to the maximum, ±25 % at random.
    public var retryMilliseconds = 1_000
    public var retryMillisecondsMax = 300_000
    /// How long a stopping runner waits for its handlers to reach a checkpoint or their end.
    public var graceMilliseconds = 10_000
    /// Finished jobs are kept so long, then removed in batches.
    public var keepFinishedDays = 14
    public var pruneBatch = 1_000
    public var pruneMilliseconds = 60_000

    public init() {}

    /// Milliseconds before the attempt after `attempt` (1 or more); `jitter` in [0, 1).
    func retryDelay(after attempt: Int, jitter: Double) -> Int {
        let doublings = min(max(attempt - 1, 0), 20)
        let (delay, overflow) = retryMilliseconds.multipliedReportingOverflow(by: 1 << doublings)
        let capped = overflow ? retryMillisecondsMax : min(delay, retryMillisecondsMax)
        return Int(Double(capped) * (0.75 + jitter / 2))
    }
}
