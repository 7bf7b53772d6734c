internal import Glibc
internal import Synchronization

/// Tells every thread of a process that it is time to finish. Set once; threads can wait for it in `poll`.
public final class StopSignal: Sendable {
    /// Readable (at its end) once the signal is set.
    let readEnd: Int32
    private let writeEnd: Int32
    private let state = Mutex(false)

    public init() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { preconditionFailure("Invariant: a process can open a pipe at its start.") }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    public var isSet: Bool { state.withLock { $0 } }

    public func set() {
        let isFirst = state.withLock { isSet in
            defer { isSet = true }
            return !isSet
        }
        if isFirst { _ = close(writeEnd) }
    }

    /// Blocks SIGTERM and SIGINT in the calling thread and all that it starts afterwards: `waitForTermination` gets
    /// them. Also ignores SIGPIPE: a reader who leaves is an error code. Called first in `main`.
    public static func blockSignals() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe sigaddset(&signals, SIGINT)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Returns when the process is asked to end.
    public static func waitForTermination() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe sigaddset(&signals, SIGINT)
        var received: Int32 = 0
        unsafe sigwait(&signals, &received)
    }
}
