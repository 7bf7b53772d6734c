internal import Base
internal import Synchronization

/// A claim on one job by one worker of this process: the fencing number, and what others have said about it since.
final class JobLease: Sendable {
    let id: ID<Job>
    /// The job's `lease_number` when claimed. Every write checks it.
    let number: Int64

    private let cancelRequested = Atomic<Bool>(false)
    private let lost = Atomic<Bool>(false)
    private let interrupted = Atomic<Bool>(false)

    init(id: ID<Job>, number: Int64) {
        self.id = id
        self.number = number
    }

    func requestCancel() { cancelRequested.store(true, ordering: .relaxed) }
    func lose() { lost.store(true, ordering: .relaxed) }
    func interrupt() { interrupted.store(true, ordering: .relaxed) }

    var isCancelRequested: Bool { cancelRequested.load(ordering: .relaxed) }
    var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

    /// Why work on the job must end, or nil.
    var stopReason: JobError? {
        if lost.load(ordering: .relaxed) { return .leaseLost }
        if isCancelRequested { return .cancelled }
        if isInterrupted { return .interrupted }
        return nil
    }
}

/// The leases that the workers of one runner hold, for the thread that keeps them alive.
final class JobLeases: Sendable {
    private let held = Mutex<[JobLease]>([])
    private let stopping = Atomic<Bool>(false)

    func add(_ lease: JobLease) {
        held.withLock { $0.append(lease) }
        // Added while the runner stops: told like the others.
        if stopping.load(ordering: .acquiring) { lease.interrupt() }
    }

    func remove(_ lease: JobLease) { held.withLock { $0.removeAll { $0 === lease } } }

    var all: [JobLease] { held.withLock { $0 } }

    /// Tells all workers to stop at their next checkpoint.
    func interruptAll() {
        stopping.store(true, ordering: .releasing)
        for lease in all { lease.interrupt() }
    }
}
