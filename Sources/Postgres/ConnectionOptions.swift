/// How a connection behaves. The defaults suit a request thread; an engine or a migration states its own.
public struct ConnectionOptions: Sendable {
    /// Shown in `pg_stat_activity`.
    public var applicationName = "tradecraft"
    /// A statement that takes longer is ended by the server (SQLSTATE 57014). 0 is no limit.
    public var statementMillisecondsMax = 15_000
    /// A transaction that waits for us longer is ended by the server, connection and all. 0 is no limit.
    public var idleInTransactionMillisecondsMax = 10_000
    /// Waiting for a lock longer than this fails (SQLSTATE 55P03). 0 is no limit.
    public var lockMillisecondsMax = 5_000
    public var connectSecondsMax = 5
    /// Sent bytes that stay unacknowledged for longer end the connection: default dead-peer detection takes hours.
    public var unacknowledgedMillisecondsMax = 10_000

    public init() {}

    public init(applicationName: String) { self.applicationName = applicationName }

    /// No limits on statements: migrations, imports.
    public static func unlimited(applicationName: String) -> ConnectionOptions {
        var options = ConnectionOptions(applicationName: applicationName)
        options.statementMillisecondsMax = 0
        options.idleInTransactionMillisecondsMax = 0
        options.lockMillisecondsMax = 0
        return options
    }

    /// libpq keywords that override the address.
    var keywords: [(String, String)] {
        [
            ("fallback_application_name", "tradecraft"), ("application_name", applicationName),
            ("client_encoding", "UTF8"), ("connect_timeout", String(connectSecondsMax)),
            ("keepalives", "1"), ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", String(unacknowledgedMillisecondsMax)),
        ]
    }

    /// SQL run once after connecting.
    var settings: String {
        """
        SET TimeZone = 'UTC'; SET client_min_messages = warning; \
        SET statement_timeout = \(statementMillisecondsMax); SET lock_timeout = \(lockMillisecondsMax); \
        SET idle_in_transaction_session_timeout = \(idleInTransactionMillisecondsMax)
        """
    }
}
