public import Base
public import Postgres

/// Does jobs of one kind and version.
public protocol JobHandler: Sendable {
    var kind: String { get }
    var version: Int { get }

    /// Does the work and ends with `job.complete`, which writes the effect; returning without it completes the job with
    /// no effect. Throwing `JobFailure.permanent` fails the job, any other error has it tried again later.
    /// May run more than once for one job: whatever leaves the database by another door must be idempotent.
    func perform(_ job: JobContext) throws
}

/// One attempt at one job, lent to its handler. No transaction is open while the handler works; it opens one to read
/// and one to write. Stays on the worker's thread.
public final class JobContext {
    public let id: ID<Job>
    /// Whose job it is; nil for the platform's. Transactions run in this scope.
    public let tenant: ID<Tenant>?
    public let arguments: JSON
    /// 1 for the first.
    public let attempt: Int
    public let attemptsMax: Int

    private let lease: JobLease
    private let database: WorkerDatabase
    private var lastProgressNanoseconds: Int64 = .min
    private(set) var isCompleted = false

    init(_ claim: JobClaim, lease: JobLease, database: WorkerDatabase) {
        id = claim.id
        tenant = claim.tenant
        arguments = claim.arguments
        attempt = claim.attempt
        attemptsMax = claim.attemptsMax
        self.lease = lease
        self.database = database
    }

    private var scope: Scope { tenant.map(Scope.tenant) ?? .platform }
    private var fence: [Parameter] { [.uuid(id), .int(lease.number)] }

    /// True when the handler should stop: cancelled, taken over, or the engine is shutting down. Learned from the
    /// database twice a second.
    public var isCancelled: Bool { lease.stopReason != nil }

    /// Throws the reason when the handler should stop. To be called at least every few hundred milliseconds of work.
    public func checkpoint() throws(JobError) {
        if let reason = lease.stopReason { throw reason }
    }

    /// Says how far the work is, 0 to 1, with a note for the page. Cheap to call often: written at most four times a
    /// second. A hint: what cannot be written is dropped.
    public func progress(_ fraction: Double, note: JSON? = nil) {
        let now = SystemClock.monotonicNanoseconds()
        guard lastProgressNanoseconds == .min || now - lastProgressNanoseconds >= Self.progressIntervalNanoseconds,
              !isCompleted, fraction.isFinite else { return }
        lastProgressNanoseconds = now
        // The heartbeat notices a lost lease or connection; progress has nobody to tell.
        _ = try? database.connection().transaction(scope, .readWrite) { tx in
            try tx.run(JobStatements.progress, fence + [.double(min(max(fraction, 0), 1)), .json(orNull: note)])
        }
    }

    private static let progressIntervalNanoseconds: Int64 = 250_000_000

    /// Reads in the job's scope.
    public func read<Value>(_ body: (borrowing Transaction) throws -> Value) throws -> Value {
        try database.connection().transaction(scope, .readOnly, body)
    }

    /// Writes something on the way, if this worker still holds the job: else `JobError.leaseLost` or `.cancelled`.
    /// A later attempt will find it, so it must be fit to be found (a cache, a checkpoint of the work).
    public func write<Value>(_ effect: (borrowing Transaction) throws -> Value) throws -> Value {
        try database.connection().transaction(scope, .readWrite) { tx in
            try holdFence(in: tx)
            return try effect(tx)
        }
    }

    /// Writes the effect and the completion in one transaction, if this worker still holds the job: else
    /// `JobError.leaseLost` or `.cancelled`, and nothing is written. When the connection breaks, the job's row tells
    /// whether the commit arrived; if it did not, `effect` runs again.
    public func complete(_ effect: (borrowing Transaction) throws -> Void) throws {
        guard !isCompleted else { throw JobError.alreadyCompleted }
        var attemptsLeft = Self.commitAttemptsMax
        while true {
            do {
                try database.connection().transaction(scope, .readWrite) { tx in
                    try holdFence(in: tx)
                    try effect(tx)
                    try tx.run(JobStatements.complete, fence)
                }
                isCompleted = true
                return
            } catch PostgresError.connectionFailed(let message) {
                attemptsLeft -= 1
                guard attemptsLeft > 0 else { throw PostgresError.connectionFailed(message) }
                if try wasCompleted() {
                    isCompleted = true
                    return
                }
            }
        }
    }

    private static let commitAttemptsMax = 3

    private func holdFence(in tx: borrowing Transaction) throws {
        let isCancelRequested = try tx.run(JobStatements.fence, fence).first { try $0.bool("is_cancel_requested") }
        guard let isCancelRequested else {
            lease.lose()
            throw JobError.leaseLost
        }
        if isCancelRequested {
            lease.requestCancel()
            throw JobError.cancelled
        }
    }

    private func wasCompleted() throws -> Bool {
        try database.reconnect().transaction(scope, .readOnly) { tx in
            try tx.run(JobStatements.outcome, fence).first { try $0.text("state") } == JobState.completed.rawValue
        }
    }
}

@available(*, unavailable)
extension JobContext: Sendable {}

/// What a claim brings.
struct JobClaim {
    let id: ID<Job>
    let tenant: ID<Tenant>?
    let lane: ID<Tenant>
    let kind: String
    let version: Int
    let arguments: JSON
    let attempt: Int
    let attemptsMax: Int
    let leaseNumber: Int64

    init(_ row: borrowing Row) throws(PostgresError) {
        id = try row.id("job_id")
        tenant = try row.idOrNil("tenant_id")
        lane = try row.id("lane")
        kind = try row.text("kind")
        version = try row.int("version")
        arguments = try row.json("arguments")
        attempt = try row.int("attempt")
        attemptsMax = try row.int("attempts_max")
        leaseNumber = try row.int64("lease_number")
    }

    var handlerKey: String { "\(kind)@\(version)" }
}

/// A thread's connection, opened when needed and again when broken.
final class WorkerDatabase {
    private let connect: @Sendable () throws -> Connection
    private let stop: StopSignal
    private var current: Connection?

    init(connect: @escaping @Sendable () throws -> Connection, stop: StopSignal) {
        self.connect = connect
        self.stop = stop
    }

    /// A usable connection, or the error of opening one.
    func connection() throws -> Connection {
        if let current, current.isUsable { return current }
        current = nil
        let fresh = try connect()
        current = fresh
        return fresh
    }

    /// A new connection, patiently: the server may be restarting. At most about five seconds.
    func reconnect() throws -> Connection {
        current = nil
        var pause = 50
        while true {
            do {
                return try connection()
            } catch {
                guard pause <= 1_600 else { throw error }
                // During a shutdown the pauses end at once and the last error is thrown.
                stop.wait(milliseconds: pause)
                pause *= 2
            }
        }
    }
}
