internal import Glibc

/// A thread that runs one closure and can be joined.
struct WorkerThread: Sendable {
    private let handle: pthread_t
    /// Parsers refuse deep input long before this; untouched pages cost nothing.
    private static let stackByteCount = 2 * 1_048_576

    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Nil when the system gives no more threads.
    init?(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, WorkerThread.stackByteCount)
        let start = unsafe Unmanaged.passRetained(Start(body))
        var handle = pthread_t()
        let code = unsafe pthread_create(&handle, &attributes, { argument in
            guard let argument = unsafe argument else { return nil }
            unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            return nil
        }
        self.handle = handle
    }

    func join() { _ = pthread_join(handle, nil) }
}
