internal import Base
internal import Postgres
internal import Synchronization

/// What the threads of one runner share. Immutable, or guarded inside.
struct JobRunnerShared: Sendable {
    let connect: @Sendable () throws -> Connection
    let handlers: [any JobHandler]
    let settings: JobRunnerSettings
    /// Unique to this runner of this process: leases are renewed by it.
    let name: String
    let leases: JobLeases
    let bell: Doorbell
    /// Guests wait at a bell of their own: a ring taken by one of them must not be missing for an ordinary thread.
    let guestBell: Doorbell
    /// Ordinary threads, and how many of them have a job.
    let threads: Int
    let busy: BusyCount
    let stop: StopSignal
    let log: Log

    var handlerKeys: [String] { handlers.map { "\($0.kind)@\($0.version)" } }

    /// Wakes one idle thread of each sort: there may be something to do.
    func ring() {
        bell.ring()
        guestBell.ring()
    }
}

/// How many ordinary threads of a runner have a job.
final class BusyCount: Sendable {
    private let count = Atomic<Int>(0)
    func add(_ change: Int) { count.add(change, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}

/// One thread's loop: claim a job, have it done, write down how it ended.
final class JobWorker {
    private let shared: JobRunnerShared
    private let database: WorkerDatabase
    private let keys: [String]
    /// Takes only jobs of lanes in which nothing runs.
    private let isGuest: Bool
    /// The lane served last; the next claim looks after it. Round robin without shared state.
    private var cursor: ID<Tenant>
    private var random = SystemRandomNumberGenerator()
    private var lastActivityNanoseconds: Int64 = 0

    init(_ shared: JobRunnerShared, isGuest: Bool) {
        self.shared = shared
        self.isGuest = isGuest
        database = WorkerDatabase(connect: shared.connect, stop: shared.stop)
        keys = shared.handlerKeys
        // Workers start at different places, so that they do not walk in step.
        cursor = ID(high: random.next(), low: random.next())
    }

    private static let firstLane = ID<Tenant>(high: 0, low: 0)

    func run() {
        var isDatabaseDown = false
        while !shared.stop.isRequested {
            do {
                if let claim = try claim() {
                    lastActivityNanoseconds = SystemClock.monotonicNanoseconds()
                    perform(claim)
                } else {
                    shared.stop.wait(for: isGuest ? shared.guestBell : shared.bell, milliseconds: idleMilliseconds())
                }
                isDatabaseDown = false
            } catch {
                if !isDatabaseDown {
                    shared.log.warning(
                        "A worker cannot reach the job queue and keeps trying.", ["error": .string("\(error)")])
                }
                isDatabaseDown = true
                shared.stop.wait(milliseconds: Int.random(in: 200...1_000, using: &random))
            }
        }
    }

    private func idleMilliseconds() -> Int {
        let quiet = (SystemClock.monotonicNanoseconds() - lastActivityNanoseconds) / 1_000_000
        guard quiet > shared.settings.hotMilliseconds else { return shared.settings.hotPollMilliseconds }
        let poll = shared.settings.pollMilliseconds
        return Int.random(in: poll / 2...max(poll, 1), using: &random)
    }

    // MARK: Claiming

    private func claim() throws -> JobClaim? {
        let connection = try database.connection()
        if isGuest { return try claimAsGuest(connection) }
        if let claim = try claim(connection, JobStatements.claimAfter, cursor) { return claim }
        // Nothing after the cursor: once more from the start.
        return try claim(connection, JobStatements.claimFrom, Self.firstLane)
    }

    private func claimAsGuest(_ connection: Connection) throws -> JobClaim? {
        // While an ordinary thread is free it will do; a guest in its place would be missing later.
        guard shared.busy.value >= shared.threads else { return nil }
        var start = cursor
        for _ in 0..<2 {
            let lane: ID<Tenant>? = try connection.transaction(.platform, .readOnly) { tx in
                try tx.run(JobStatements.findIdleLane, .uuid(start), .textArray(keys)).first { try $0.id("lane") }
            }
            if let lane { return try claim(connection, JobStatements.claimIn, lane) }
            start = Self.firstLane
        }
        return nil
    }

    private func claim(_ connection: Connection, _ statement: Statement, _ lane: ID<Tenant>) throws -> JobClaim? {
        let claim = try connection.transaction(.platform, .readWrite) { tx in
            try tx.run(
                statement, .uuid(lane), .int(shared.settings.leaseMilliseconds), .text(shared.name), .textArray(keys)
            ).first { try JobClaim($0) }
        }
        if let claim { cursor = claim.lane }
        return claim
    }

    // MARK: Performing

    private func perform(_ claim: JobClaim) {
        let lease = JobLease(id: claim.id, number: claim.leaseNumber)
        shared.leases.add(lease)
        if !isGuest { shared.busy.add(1) }
        // Where one job waits there may be more: the next idle worker looks too.
        shared.ring()
        defer {
            if !isGuest { shared.busy.add(-1) }
            shared.leases.remove(lease)
            lastActivityNanoseconds = SystemClock.monotonicNanoseconds()
        }
        let match = shared.handlers.first { $0.kind == claim.kind && $0.version == claim.version }
        guard let handler = match else {
            preconditionFailure("Invariant: only jobs with a handler are claimed.")
        }
        let context = JobContext(claim, lease: lease, database: database)
        let ending: Ending
        do {
            try handler.perform(context)
            if !context.isCompleted { try context.complete { _ in } }
            ending = .completed
        } catch {
            ending = context.isCompleted ? .completed : self.ending(of: claim, lease, error)
        }
        record(ending, claim, lease)
    }

    private enum Ending {
        case completed, lost, cancelled, released
        case failed(error: JSON)
        case retried(error: JSON, delayMilliseconds: Int)
    }

    /// What an error means. A handler told to stop may fail in any way it likes: the reason to stop decides.
    private func ending(of claim: JobClaim, _ lease: JobLease, _ error: any Error) -> Ending {
        switch (error as? JobError) ?? lease.stopReason {
        case .leaseLost: return .lost
        case .cancelled: return .cancelled
        case .interrupted: return .released
        case .alreadyCompleted, nil: break
        }
        if case JobFailure.permanent(let reason) = error {
            return .failed(error: ["message": "The job cannot succeed.", "reason": reason])
        }
        let description: JSON = ["message": .string(String("\(error)".prefix(Self.errorCharactersMax)))]
        guard claim.attempt < claim.attemptsMax else { return .failed(error: description) }
        let delay = shared.settings.retryDelay(after: claim.attempt, jitter: Double.random(in: 0..<1, using: &random))
        return .retried(error: description, delayMilliseconds: delay)
    }

    private static let errorCharactersMax = 500

    /// Writes the ending down, fenced. When the database stays away the lease runs out and the job is tried again.
    private func record(_ ending: Ending, _ claim: JobClaim, _ lease: JobLease) {
        let fence: [Parameter] = [.uuid(lease.id), .int(lease.number)]
        let fields: KeyValuePairs<String, JSON> = [
            "job.id": .string(claim.id.description), "job.kind": .string(claim.kind), "job.attempt": .int(claim.attempt),
        ]
        switch ending {
        case .completed: break
        case .lost:
            shared.log.warning("A job was taken over by another worker; this attempt's result is dropped.", fields)
        case .cancelled: write(JobStatements.cancel, fence, fields)
        case .released: write(JobStatements.release, fence, fields)
        case .failed(let error):
            shared.log.warning("The job \(claim.kind) failed for good: \(error.text)", fields)
            write(JobStatements.fail, fence + [.json(error)], fields)
        case .retried(let error, let delay):
            shared.log.info("The job \(claim.kind) failed; again in \(delay) ms: \(error.text)", fields)
            write(JobStatements.retry, fence + [.json(error), .int(delay)], fields)
        }
    }

    private func write(_ statement: Statement, _ parameters: [Parameter], _ fields: KeyValuePairs<String, JSON>) {
        do {
            do {
                try database.connection().transaction(.platform, .readWrite) { tx in try tx.run(statement, parameters) }
            } catch PostgresError.connectionFailed {
                try database.reconnect().transaction(.platform, .readWrite) { tx in try tx.run(statement, parameters) }
            }
        } catch {
            shared.log.warning(
                "A job's end could not be written; it will run again when its lease is over: \(error)", fields)
        }
    }
}
