internal import Glibc
internal import Synchronization

/// Runs one piece of work on a thread of its own that yields to everything else on the machine.
///
/// A thread may lower its own priority, never raise it again without a privilege: so each piece of work has a fresh
/// thread, and the one that asked waits for it at its usual priority.
enum QuietThread {
    /// Linux gives a thread of this niceness about a tenth of the share of an ordinary one while both want to run.
    private static let niceness: Int32 = 10

    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private final class Answer<R: Sendable>: Sendable {
        let value = Mutex<R?>(nil)
    }

    /// The result of `work`. Where no thread can be started it runs in place.
    static func run<R: Sendable>(_ work: @escaping @Sendable () -> R) -> R {
        let answer = Answer<R>()
        let context = unsafe Unmanaged.passRetained(Work {
            let value = work()
            answer.value.withLock { $0 = value }
        })
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, { context in
            guard let context = unsafe context else { return nil }
            // On Linux the priority of "process 0" is the calling thread's.
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness)
            unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
        if code == 0 {
            pthread_join(thread, nil)
        } else {
            unsafe context.release()
        }
        return answer.value.withLock { $0 } ?? work()
    }
}
