public import Postgres

/// One thread's way to PostgreSQL: opens the connection when it is needed, drops it when it is dead, repeats a
/// transaction that is safe to repeat.
public final class Database {
    private let open: () throws -> Connection
    private var connection: Connection?

    /// `open` makes a connection as the web role.
    public init(open: @escaping () throws -> Connection) { self.open = open }

    /// Runs `body` in a transaction. It may run twice (a serialisation failure, a deadlock, a connection that died
    /// before COMMIT was sent), so it must have no effect outside the transaction. A connection lost during the COMMIT
    /// of a write is not repeated: it may have committed.
    public func transaction<R>(
        _ scope: Scope, _ access: Access, _ body: (borrowing Transaction) throws -> R
    ) throws -> R {
        var bodyFinished = false
        func attempt() throws -> R {
            bodyFinished = false
            let usable = try connection ?? open()
            connection = usable
            do {
                return try usable.transaction(scope, access) { tx in
                    let value = try body(tx)
                    bodyFinished = true
                    return value
                }
            } catch {
                if !usable.isUsable { connection = nil }
                throw error
            }
        }
        do {
            return try attempt()
        } catch let error as PostgresError {
            guard case .connectionFailed = error, !bodyFinished || access == .readOnly else { throw error }
            connection = nil
            return try attempt()
        }
    }
}

@available(*, unavailable)
extension Database: Sendable {}
