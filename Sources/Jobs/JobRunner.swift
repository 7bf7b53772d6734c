public import Base
public import Postgres
internal import Glibc
internal import Synchronization

/// Runs jobs on threads of its own until told to stop. Knows no job of ours: handlers are given.
///
/// Every thread has a connection. One more thread keeps the leases alive, looks for cancelled jobs, frees the jobs of
/// workers that died, and prunes; one listens for wake-ups. Any number of runners, in any number of processes, share
/// the queue.
public struct JobRunner: Sendable {
    private let shared: JobRunnerShared
    private let threads: Int
    private let guests: Int

    /// `threads` do any job. `guests` are further threads that, while all of those are busy, do only jobs of tenants
    /// with nothing running: they keep one tenant's long jobs from making another wait for its first. Jobs of a kind
    /// and version without a handler are left alone.
    public init(
        connect: @escaping @Sendable () throws -> Connection, handlers: [any JobHandler], threads: Int, guests: Int = 1,
        settings: JobRunnerSettings = JobRunnerSettings(), log: Log
    ) {
        precondition(threads >= 1 && guests >= 0, "Invariant: a runner has at least one thread.")
        var random = SystemRandomNumberGenerator()
        let name = "\(getpid())-" + String(UInt64.random(in: 0 ... .max, using: &random), radix: 16)
        shared = JobRunnerShared(
            connect: connect, handlers: handlers, settings: settings, name: name, leases: JobLeases(), bell: Doorbell(),
            guestBell: Doorbell(), threads: threads, busy: BusyCount(), stop: StopSignal(), log: log)
        self.threads = threads
        self.guests = guests
        let keys = shared.handlerKeys
        precondition(Set(keys).count == keys.count, "Invariant: one handler per kind and version.")
    }

    /// Works until `stop`, then stops claiming, tells handlers to stop at their next checkpoint, waits for them up to
    /// the grace, gives unfinished jobs back, and returns. A handler that ignores all that has its writes refused.
    /// Once only. Throws when threads cannot be started.
    public func run(until stop: StopSignal) throws {
        let alive = LivingThreads()
        let lifeSigns = StopSignal()
        defer {
            shared.stop.request()
            lifeSigns.request()
        }
        for number in 0..<(threads + guests) {
            try alive.start { [shared, threads] in JobWorker(shared, isGuest: number >= threads).run() }
        }
        let keepers = LivingThreads()
        try keepers.start { [shared] in LeaseKeeper(shared, until: lifeSigns).run() }
        try keepers.start { [shared] in WakeUpListener(shared).run() }

        stop.wait(milliseconds: -1)
        shared.stop.request()
        shared.leases.interruptAll()
        if !alive.waitForNone(milliseconds: shared.settings.graceMilliseconds) { releaseTheRest() }
        lifeSigns.request()
        keepers.waitForNone(milliseconds: 2_000)
    }

    /// Jobs whose handlers did not stop in time.
    private func releaseTheRest() {
        do {
            let connection = try shared.connect()
            for lease in shared.leases.all {
                try connection.transaction(.platform, .readWrite) { tx in
                    try tx.run(JobStatements.release, .uuid(lease.id), .int(lease.number))
                }
                shared.log.warning(
                    "A job did not stop in time and was given back.", ["job.id": .string(lease.id.description)])
            }
        } catch {
            shared.log.warning("Jobs could not be given back; they run again when their leases are over: \(error)")
        }
    }
}

/// Threads that have started and not ended.
private final class LivingThreads: Sendable {
    private let count = Atomic<Int>(0)

    func start(_ body: @escaping @Sendable () -> Void) throws {
        count.add(1, ordering: .relaxed)
        do {
            try JobThread.start { [self] in
                body()
                count.subtract(1, ordering: .releasing)
            }
        } catch {
            count.subtract(1, ordering: .relaxed)
            throw error
        }
    }

    /// True when all have ended within the time.
    @discardableResult
    func waitForNone(milliseconds: Int) -> Bool {
        let deadline = SystemClock.monotonicNanoseconds() + Int64(milliseconds) * 1_000_000
        while count.load(ordering: .acquiring) > 0 {
            guard SystemClock.monotonicNanoseconds() < deadline else { return false }
            usleep(2_000)
        }
        return true
    }
}
