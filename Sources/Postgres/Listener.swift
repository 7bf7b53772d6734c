internal import CPostgres
internal import Glibc

/// Waits for NOTIFY on a connection of its own. A notification is a hint, never the message: who waits also polls.
@safe public final class Listener {
    private let connection: Connection

    /// Listens on `channels` (plain identifiers of our own). The connection is the listener's from now on.
    public init(_ connection: Connection, channels: [String]) throws(PostgresError) {
        self.connection = connection
        for channel in channels {
            let isPlain = channel.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            }
            precondition(isPlain && !channel.isEmpty, "Invariant: a channel is a plain lower-case word.")
            try connection.runScript("LISTEN \(channel)", name: "listener.listen")
        }
    }

    /// The channels notified since the last call, repeats included; waits at most `milliseconds` for the first.
    public func wait(milliseconds: Int) throws(PostgresError) -> [String] {
        let ready = try take()
        if !ready.isEmpty { return ready }
        let descriptor = unsafe PQsocket(connection.raw)
        guard descriptor >= 0 else { throw .connectionFailed("the listening connection is closed") }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let found = unsafe poll(&entry, 1, Int32(clamping: milliseconds))
        guard found > 0 else { return [] }
        return try take()
    }

    private func take() throws(PostgresError) -> [String] {
        guard unsafe PQconsumeInput(connection.raw) == 1, unsafe PQstatus(connection.raw) == CONNECTION_OK else {
            throw .connectionFailed("the listening connection was closed")
        }
        var channels: [String] = []
        while let notification = unsafe PQnotifies(connection.raw) {
            unsafe channels.append(String(cString: notification.pointee.relname))
            unsafe PQfreemem(notification)
        }
        return channels
    }
}

@available(*, unavailable)
extension Listener: Sendable {}
