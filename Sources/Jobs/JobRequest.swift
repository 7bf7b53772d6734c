public import Base

/// A piece of work to be done later by an engine process.
public struct JobRequest: Sendable {
    /// Which handler, e.g. `backtest`; 1 to 100 characters.
    public var kind: String
    /// Version of the arguments' shape. An engine leaves versions it does not know alone.
    public var version: Int
    public var arguments: JSON
    /// Whose work it is: the scope its handler's writes run in, and its turn in the queue. Nil is the platform.
    /// Must be the scope of the transaction that enqueues.
    public var tenant: ID<Tenant>?
    /// 0 (first) to 9 (last), among the jobs of the same tenant.
    public var priority: Int
    /// While a job of the same tenant with this key waits or runs, enqueuing again gives that job back. 1 to 200
    /// characters.
    public var uniqueKey: String?
    /// Not before; nil is at once.
    public var runAt: Instant?
    /// 1 to 100.
    public var attemptsMax: Int

    public init(
        kind: String, version: Int = 1, arguments: JSON, tenant: ID<Tenant>?, priority: Int = 5,
        uniqueKey: String? = nil, runAt: Instant? = nil, attemptsMax: Int = 5
    ) {
        self.kind = kind
        self.version = version
        self.arguments = arguments
        self.tenant = tenant
        self.priority = priority
        self.uniqueKey = uniqueKey
        self.runAt = runAt
        self.attemptsMax = attemptsMax
    }
}

/// `available → running → completed | failed | cancelled`; a retry or a lost worker leads back to `available`.
public enum JobState: String, Sendable, CaseIterable {
    case available, running, completed, failed, cancelled

    /// Nothing will happen to the job any more.
    public var isFinal: Bool {
        switch self {
        case .available, .running: false
        case .completed, .failed, .cancelled: true
        }
    }
}

/// What a page shows of a job.
public struct JobStatus: Sendable {
    public let id: ID<Job>
    public let kind: String
    public let state: JobState
    /// 0 to 1.
    public let progress: Double
    /// What the handler said last; its own shape.
    public let note: JSON?
    /// Why the last attempt failed: `message`, and `reason` when the handler gave one.
    public let error: JSON?
    public let attempt: Int
    public let attemptsMax: Int
    /// 1 for the next of its tenant and kind; nil unless available. Counts to `queuePositionMax`.
    public let queuePosition: Int?
    public let isCancelRequested: Bool
    public let createdAt: Instant
    public let startedAt: Instant?
    public let finishedAt: Instant?

    /// Positions beyond this are given as this.
    public static let queuePositionMax = 1_000
}

/// Why a job's handler must stop, or its write was refused.
public enum JobError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another worker has the job, or nobody: this attempt's writes are refused.
    case leaseLost
    /// Somebody asked for it to be cancelled.
    case cancelled
    /// The engine is shutting down: the job goes back to the queue and the attempt does not count.
    case interrupted
    /// `complete` was called before.
    case alreadyCompleted

    public var description: String {
        switch self {
        case .leaseLost: "The job was taken over by another worker."
        case .cancelled: "The job was cancelled."
        case .interrupted: "The engine is shutting down; the job will run again."
        case .alreadyCompleted: "The job was completed before."
        }
    }
}

/// What a handler throws to say how its failure is to be treated. Any other error is retried.
public enum JobFailure: Error, Sendable, CustomStringConvertible {
    /// Trying again cannot help. `reason` is kept with the job and may be shown to its tenant.
    case permanent(reason: JSON)

    public var description: String {
        switch self {
        case .permanent(let reason): "The job failed for good: \(reason.text)"
        }
    }
}
