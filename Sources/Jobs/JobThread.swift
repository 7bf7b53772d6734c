internal import Glibc

/// Starts threads. What a thread uses it builds inside its closure.
enum JobThread {
    struct StartError: Error, CustomStringConvertible {
        let code: Int32
        var description: String { "A thread could not be started (error \(code)). The process has too many." }
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new detached thread.
    static func start(_ body: @escaping @Sendable () -> Void) throws(StartError) {
        let context = unsafe Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, { context in
            guard let context = unsafe context else { return nil }
            unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw StartError(code: code)
        }
        pthread_detach(thread)
    }
}
