internal import Base
internal import Postgres

/// One thread per runner: renews the leases of running jobs, tells their handlers what others decided, frees the jobs
/// of workers that died anywhere, and removes what finished long ago.
final class LeaseKeeper {
    private let shared: JobRunnerShared
    private let stop: StopSignal
    private let database: WorkerDatabase
    private var lastRenewal: Int64 = 0
    private var lastPruning: Int64

    init(_ shared: JobRunnerShared, until stop: StopSignal) {
        self.shared = shared
        self.stop = stop
        database = WorkerDatabase(connect: shared.connect, stop: stop)
        lastPruning = SystemClock.monotonicNanoseconds()
    }

    func run() {
        var isDatabaseDown = false
        while !stop.wait(milliseconds: shared.settings.inspectionMilliseconds) {
            do {
                let connection = try database.connection()
                try renew(connection)
                try inspect(connection)
                try Janitor.freeExpired(connection, shared)
                try prune(connection)
                isDatabaseDown = false
            } catch {
                if !isDatabaseDown {
                    shared.log.warning("Leases cannot be renewed at the moment.", ["error": .string("\(error)")])
                }
                isDatabaseDown = true
            }
        }
    }

    private func isDue(_ last: inout Int64, milliseconds: Int) -> Bool {
        let now = SystemClock.monotonicNanoseconds()
        guard now - last >= Int64(milliseconds) * 1_000_000 else { return false }
        last = now
        return true
    }

    private func renew(_ connection: Connection) throws {
        let leases = shared.leases.all
        guard !leases.isEmpty, isDue(&lastRenewal, milliseconds: shared.settings.renewalMilliseconds) else { return }
        try connection.transaction(.platform, .readWrite) { tx in
            try tx.run(
                JobStatements.renew, .uuidArray(leases.map(\.id)), .text(shared.name),
                .int(shared.settings.leaseMilliseconds))
        }
    }

    private func inspect(_ connection: Connection) throws {
        let leases = shared.leases.all
        guard !leases.isEmpty else { return }
        struct Seen {
            let id: ID<Job>
            let number: Int64
            let isRunning: Bool
            let isCancelRequested: Bool
        }
        let seen = try connection.transaction(.platform, .readOnly) { tx in
            try tx.run(JobStatements.inspect, .uuidArray(leases.map(\.id))).map { row in
                Seen(id: try row.id("job_id"), number: try row.int64("lease_number"),
                     isRunning: try row.bool("is_running"), isCancelRequested: try row.bool("is_cancel_requested"))
            }
        }
        for lease in leases {
            guard let now = seen.first(where: { $0.id == lease.id }), now.isRunning, now.number == lease.number else {
                // Also true of a job that was completed a moment ago; nobody reads its lease any more.
                lease.lose()
                continue
            }
            if now.isCancelRequested { lease.requestCancel() }
        }
    }

    private func prune(_ connection: Connection) throws {
        guard isDue(&lastPruning, milliseconds: shared.settings.pruneMilliseconds) else { return }
        while try Janitor.prune(connection, shared.settings) == shared.settings.pruneBatch, !stop.isRequested {}
    }
}

/// Puts right what dead workers and time leave behind. Any number may run at once.
enum Janitor {
    /// Jobs with expired leases go back to the queue, or to their end when their attempts are used up.
    static func freeExpired(_ connection: Connection, _ shared: JobRunnerShared) throws {
        let freed = try connection.transaction(.platform, .readWrite) { tx in
            try tx.run(JobStatements.expire).map { row -> (ID<Job>, String) in
                (try row.id("job_id"), try row.text("state"))
            }
        }
        for (id, state) in freed {
            shared.log.warning(
                "A worker stopped renewing its lease; its job is now \(state).", ["job.id": .string(id.description)])
            shared.ring()
        }
    }

    /// Removes one batch of jobs that finished long ago; the number removed.
    static func prune(_ connection: Connection, _ settings: JobRunnerSettings) throws -> Int {
        try connection.transaction(.platform, .readWrite) { tx in
            try tx.run(JobStatements.prune, .int(settings.keepFinishedDays), .int(settings.pruneBatch)).affected
        }
    }
}
