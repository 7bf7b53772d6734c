import Glibc
import Jobs

/// A thread that turns SIGTERM into a stop.
final class SignalWaiter: Sendable {
    private let stop: StopSignal

    init(_ stop: StopSignal) { self.stop = stop }

    func start() {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        _ = unsafe pthread_create(&thread, nil, { context in
            guard let context = unsafe context else { return nil }
            unsafe Unmanaged<SignalWaiter>.fromOpaque(context).takeRetainedValue().wait()
            return nil
        }, context)
    }

    private func wait() {
        var signals = sigset_t()
        _ = unsafe sigemptyset(&signals)
        _ = unsafe sigaddset(&signals, SIGTERM)
        var received: Int32 = 0
        _ = unsafe sigwait(&signals, &received)
        stop.request()
    }
}
