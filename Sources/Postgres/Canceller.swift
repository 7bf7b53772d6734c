internal import CPostgres
internal import Synchronization

/// Ends the statement a connection is running, from another thread; that statement then fails with SQLSTATE 57014 and
/// its transaction rolls back. A request that comes late hits the connection's next statement, or nothing.
@safe public final class Canceller: Sendable {
    /// The address of a PGcancel: libpq allows its use from any thread, the mutex keeps it to one at a time.
    private let handle: Mutex<UInt>

    fileprivate init?(_ connection: Connection) {
        guard let raw = unsafe PQgetCancel(connection.raw) else { return nil }
        handle = Mutex(UInt(bitPattern: raw))
    }

    deinit {
        handle.withLock { unsafe PQfreeCancel(OpaquePointer(bitPattern: $0)) }
    }

    /// Sends the request; true when the server took it.
    @discardableResult
    public func cancel() -> Bool {
        handle.withLock { handle in
            var message = [CChar](repeating: 0, count: 256)
            return unsafe PQcancel(OpaquePointer(bitPattern: handle), &message, 256) == 1
        }
    }
}

extension Connection {
    /// A handle for another thread; nil when the connection is closed.
    public func canceller() -> Canceller? { Canceller(self) }
}
