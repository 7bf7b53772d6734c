public import Base
public import Postgres

/// Passkeys of members. A credential id is one member's alone.
public enum PasskeyTable {
    /// How many a member may have.
    public static let passkeysMax = 20
    public static let nameCharactersMax = 80

    public struct New: Sendable {
        public let id: ID<Passkey>
        public let name: String
        public let credentialID: [UInt8]
        /// COSE.
        public let publicKey: [UInt8]
        /// COSE's number: −7 or −8.
        public let algorithm: Int
        public let signCount: UInt32
        public let transports: [String]
        public let isBackupEligible: Bool
        public let isBackedUp: Bool
        /// 16 bytes.
        public let aaguid: [UInt8]

        public init(
            id: ID<Passkey>, name: String, credentialID: [UInt8], publicKey: [UInt8], algorithm: Int, signCount: UInt32,
            transports: [String], isBackupEligible: Bool, isBackedUp: Bool, aaguid: [UInt8]
        ) {
            self.id = id
            self.name = name
            self.credentialID = credentialID
            self.publicKey = publicKey
            self.algorithm = algorithm
            self.signCount = signCount
            self.transports = transports
            self.isBackupEligible = isBackupEligible
            self.isBackedUp = isBackedUp
            self.aaguid = aaguid
        }
    }

    /// A passkey with whose it is.
    public struct Row: Sendable {
        public let id: ID<Passkey>
        public let member: ID<Member>
        /// The member's home.
        public let tenant: ID<Tenant>
        public let name: String
        public let credentialID: [UInt8]
        public let publicKey: [UInt8]
        public let signCount: UInt32
        public let transports: [String]
        public let isBackupEligible: Bool
        public let isBackedUp: Bool
        public let createdAt: Instant
        public let lastUsed: Instant?
    }

    /// Somebody has this credential, or the member has `passkeysMax`.
    public enum Refusal: Error, Sendable, Hashable { case taken, tooMany }

    private static let columns = "p.passkey_id, p.member_id, p.tenant_id, p.name, p.credential_id, p.public_key, p.sign_count, "
        + "p.transports, p.backup_eligible, p.backed_up, p.created_at, p.last_used_at"

    static let insert = Statement("passkeys.insert", """
        INSERT INTO passkeys (tenant_id, credential_id, passkey_id, member_id, name, public_key, algorithm, sign_count, transports,
            backup_eligible, backed_up, aaguid, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT ON CONSTRAINT passkeys_credential_key DO NOTHING RETURNING passkey_id
        """)
    static let list = Statement("passkeys.list", """
        SELECT \(columns) FROM passkeys p WHERE p.tenant_id = $1 AND p.member_id = $2 ORDER BY p.created_at, p.passkey_id
        """)
    static let find = Statement("passkeys.find", """
        SELECT \(columns) FROM passkeys p JOIN members m ON m.tenant_id = p.tenant_id AND m.member_id = p.member_id
         WHERE p.credential_id = $1 AND m.state = 'active'
        """)
    static let use = Statement("passkeys.use", """
        UPDATE passkeys SET sign_count = $3, backed_up = $4, last_used_at = $5
         WHERE tenant_id = $1 AND passkey_id = $2 AND (sign_count < $3 OR sign_count = 0 AND $3 = 0)
        RETURNING passkey_id
        """)
    static let rename = Statement("passkeys.rename", """
        UPDATE passkeys SET name = $4 WHERE tenant_id = $1 AND member_id = $2 AND passkey_id = $3 RETURNING passkey_id
        """)
    static let delete = Statement("passkeys.delete", """
        DELETE FROM passkeys WHERE tenant_id = $1 AND member_id = $2 AND passkey_id = $3 RETURNING passkey_id
        """)

    public static let statements: [Statement] = [insert, list, find, use, rename, delete]

    /// Adds a verified passkey. Throws `Refusal`. In the member's home, the member locked.
    public static func insert(
        _ new: New, of member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws {
        guard try list(of: member, tenant: tenant, in: tx).count < passkeysMax else { throw Refusal.tooMany }
        let model = ID<PasskeyModel>(
            high: new.aaguid.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: new.aaguid.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        let inserted = try tx.run(
            insert, .uuid(tenant), .bytes(new.credentialID), .uuid(new.id), .uuid(member), .text(new.name), .bytes(new.publicKey),
            .int(new.algorithm), .int(Int64(new.signCount)), .textArray(new.transports), .bool(new.isBackupEligible),
            .bool(new.isBackedUp), .uuid(model), .instant(now))
        guard !inserted.isEmpty else { throw Refusal.taken }
    }

    /// The member's passkeys, oldest first. In their home.
    public static func list(of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(list, .uuid(tenant), .uuid(member)).map(decode)
    }

    /// Whose credential it is; nil when nobody's, or of a member who is not active. Any scope: the tenant is what this
    /// finds out.
    public static func find(credential id: [UInt8], in tx: borrowing Transaction) throws -> Row? {
        try tx.run(find, .bytes(id)).first(decode)
    }

    /// Notes a verified use. False when the counter did not grow since: another request used it meanwhile, or there is a
    /// copy. In the member's home.
    public static func use(
        _ row: Row, signCount: UInt32, isBackedUp: Bool, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.run(
            use, .uuid(row.tenant), .uuid(row.id), .int(Int64(signCount)), .bool(isBackedUp), .instant(now)).isEmpty
    }

    /// `name` has 1 to `nameCharactersMax` characters. False when the member has no such passkey. In their home.
    public static func rename(
        _ id: ID<Passkey>, to name: String, of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.run(rename, .uuid(tenant), .uuid(member), .uuid(id), .text(name)).isEmpty
    }

    /// False when the member has no such passkey. In their home, the member locked.
    public static func delete(
        _ id: ID<Passkey>, of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.run(delete, .uuid(tenant), .uuid(member), .uuid(id)).isEmpty
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        Row(
            id: try row.id("passkey_id"), member: try row.id("member_id"), tenant: try row.id("tenant_id"),
            name: try row.text("name"), credentialID: try row.bytes("credential_id"), publicKey: try row.bytes("public_key"),
            signCount: UInt32(clamping: try row.int64("sign_count")), transports: try row.textArray("transports"),
            isBackupEligible: try row.bool("backup_eligible"), isBackedUp: try row.bool("backed_up"),
            createdAt: try row.instant("created_at"), lastUsed: try row.instantOrNil("last_used_at"))
    }
}

/// What identifiers of passkeys identify.
public enum Passkey {}
/// The model of an authenticator (AAGUID).
public enum PasskeyModel {}
