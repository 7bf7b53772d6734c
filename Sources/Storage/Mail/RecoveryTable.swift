public import Base
public import Marketplace
public import Postgres

/// Accounts as letters and the links in them see them: whose an address is, and what a proven mailbox may change.
public enum RecoveryTable {
    /// One account as letters address it.
    public struct Account: Sendable, Hashable {
        public let member: ID<Member>
        /// Its home.
        public let tenant: ID<Tenant>
        public let handle: String
        public let email: EmailAddress
        public let isVerified: Bool

        public init(member: ID<Member>, tenant: ID<Tenant>, handle: String, email: EmailAddress, isVerified: Bool) {
            self.member = member
            self.tenant = tenant
            self.handle = handle
            self.email = email
            self.isVerified = isVerified
        }
    }

    /// The address was verified by another account first.
    public enum Refusal: Error, Sendable, Hashable { case addressTaken }

    private static let columns = "m.member_id, m.tenant_id, h.handle, m.email, m.email_verified_at IS NOT NULL AS is_verified"
    private static let source = "FROM members m JOIN handles h ON h.tenant_id = m.tenant_id"

    static let findByAddress = Statement("recovery.find_by_address", """
        SELECT \(columns) \(source) WHERE m.email = $1 AND m.state <> 'deleted'
        ORDER BY m.email_verified_at IS NULL, m.created_at DESC LIMIT 1
        """)
    static let find = Statement("recovery.find", "SELECT \(columns) \(source) WHERE m.member_id = $1 AND m.state <> 'deleted'")
    static let lock = Statement("recovery.lock", """
        SELECT \(columns) \(source) WHERE m.tenant_id = $1 AND m.member_id = $2 AND m.state <> 'deleted' FOR NO KEY UPDATE OF m
        """)
    static let verify = Statement("recovery.verify", """
        UPDATE members SET email_verified_at = $4 WHERE tenant_id = $1 AND member_id = $2 AND email = $3 AND email_verified_at IS NULL
        RETURNING member_id
        """)
    static let setPassword = Statement("recovery.set_password", """
        UPDATE members SET password_hash = $3 WHERE tenant_id = $1 AND member_id = $2
        """)
    static let changeEmail = Statement("recovery.change_email", """
        UPDATE members SET email = $3, email_verified_at = $4 WHERE tenant_id = $1 AND member_id = $2
        """)
    static let endSessions = Statement("recovery.end_sessions", """
        DELETE FROM login_sessions WHERE tenant_id = $1 AND member_id = $2 AND session_id IS DISTINCT FROM $3
        """)
    static let endPendingLogIns = Statement("recovery.end_pending_log_ins", """
        DELETE FROM pending_log_ins WHERE tenant_id = $1 AND member_id = $2
        """)
    static let forgetDevices = Statement("recovery.forget_devices", """
        DELETE FROM known_devices WHERE tenant_id = $1 AND member_id = $2
        """)

    public static let statements: [Statement] = [
        findByAddress, find, lock, verify, setPassword, changeEmail, endSessions, endPendingLogIns, forgetDevices,
    ]

    /// Whose address it is: the account that verified it, else the newest that says so; nil for nobody's. Any scope.
    public static func account(of address: EmailAddress, in tx: borrowing Transaction) throws -> Account? {
        try tx.run(findByAddress, .text(address.text)).first { try decode($0) }
    }

    /// Nil when deleted. Any scope.
    public static func account(_ member: ID<Member>, in tx: borrowing Transaction) throws -> Account? {
        try tx.run(find, .uuid(member)).first { try decode($0) }
    }

    /// The account, which nobody else's link changes until the transaction ends. In its home.
    public static func lock(_ member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Account? {
        try tx.run(lock, .uuid(tenant), .uuid(member)).first { try decode($0) }
    }

    /// The mailbox is proven. False when the account has another address by now, or was verified before. In its home.
    @discardableResult
    public static func verify(_ account: Account, address: EmailAddress, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        do {
            return !(try tx.run(
                verify, .uuid(account.tenant), .uuid(account.member), .text(address.text), .instant(now)).isEmpty)
        } catch where error.isUniqueViolation("members_email_verified_key") {
            throw Refusal.addressTaken
        }
    }

    /// `hash` is a PHC string. In its home.
    public static func setPassword(_ hash: Secret<String>, of account: Account, in tx: borrowing Transaction) throws {
        try tx.run(setPassword, .uuid(account.tenant), .uuid(account.member), .text(hash.reveal()))
    }

    /// The account has a new, proven address. In its home.
    public static func changeEmail(
        of account: Account, to address: EmailAddress, at now: Instant, in tx: borrowing Transaction
    ) throws {
        do {
            try tx.run(changeEmail, .uuid(account.tenant), .uuid(account.member), .text(address.text), .instant(now))
        } catch where error.isUniqueViolation("members_email_verified_key") {
            throw Refusal.addressTaken
        }
    }

    /// Logs the account out everywhere, but for one session if given; log-ins half done end too. In its home.
    public static func endSessions(
        of account: Account, but kept: ID<LoginSession>? = nil, in tx: borrowing Transaction
    ) throws {
        try tx.run(endSessions, .uuid(account.tenant), .uuid(account.member), .uuid(orNull: kept))
        try tx.run(endPendingLogIns, .uuid(account.tenant), .uuid(account.member))
    }

    /// No browser counts as known any more. In its home.
    public static func forgetDevices(of account: Account, in tx: borrowing Transaction) throws {
        try tx.run(forgetDevices, .uuid(account.tenant), .uuid(account.member))
    }

    private static func decode(_ row: borrowing Row) throws -> Account {
        guard let email = EmailAddress(try row.text("email")) else {
            throw PostgresError.malformed(statement: find.name, column: "email", expected: "a mail address")
        }
        return Account(
            member: try row.id("member_id"), tenant: try row.id("tenant_id"), handle: try row.text("handle"), email: email,
            isVerified: try row.bool("is_verified"))
    }
}
