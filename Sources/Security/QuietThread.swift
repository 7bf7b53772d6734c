internal import Glibc

/// Runs one piece of work on a thread of its own that yields to everything else on the machine.
///
/// A thread may lower its own priority, never raise it again without a privilege: so each piece of work has a fresh
/// thread, and the one that asked waits for it at its usual priority.
enum QuietThread {
    /// Linux gives a thread of this niceness about a tenth of the share of an ordinary one while both want to run.
    private static let niceness: Int32 = 10

    private final class Work: Sendable {
        private let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }

        func run() {
            // On Linux the priority of "process 0" is the calling thread's.
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness)
            work()
        }
    }

    /// Runs `work` to its end. False when no thread can be started; then nothing ran.
    static func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard let thread = start(Work(work)) else { return false }
        pthread_join(thread, nil)
        return true
    }

    private static func start(_ work: Work) -> pthread_t? {
        let context = unsafe Unmanaged.passRetained(work)
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, { context in
            guard let context = unsafe context else { return nil }
            unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
        if code == 0 { return thread }
        unsafe context.release()
        return nil
    }
}
