public import Base
public import Marketplace
public import Postgres

/// API tokens, by the SHA-256 of the token.
public enum APITokenTable {
    /// A token that is valid now, with what every request needs to know of its member and tenant.
    public struct Found: Sendable {
        public let token: ID<APIToken>
        public let member: MemberFacts
        public let acting: ActingMembership
        /// Scopes this program knows; others are dropped.
        public let scopes: [TokenScope]
        public let lastUsed: Instant?
    }

    private static let source = """
        FROM api_tokens k
        JOIN members m ON m.member_id = k.member_id
        JOIN handles h ON h.tenant_id = m.tenant_id
        \(ActingMembership.join(member: "k.member_id", tenants: ["k.tenant_id"]))
        """
    private static let isLive = "k.expires_at > $2 AND k.revoked_at IS NULL AND m.state = 'active'"

    static let find = Statement("api_tokens.find", """
        SELECT k.token_id, k.scopes, k.last_used_at, \(MemberFacts.columns), \(ActingMembership.columns)
        \(source) WHERE k.token_sha256 = $1 AND \(isLive)
        """)
    static let holds = Statement("api_tokens.holds", "SELECT acting.tenant_id \(source) WHERE k.token_id = $1 AND k.tenant_id = $3 AND \(isLive)")
    static let touch = Statement(
        "api_tokens.touch", "UPDATE api_tokens SET last_used_at = $3, last_network = $4 WHERE tenant_id = $1 AND token_id = $2")

    private static let rowColumns = "token_id, name, scopes, created_at, expires_at, last_used_at, last_network, revoked_at"

    /// Locks the membership, so that of two who make a token at once the second counts the first's.
    static let lockMembership = Statement(
        "api_tokens.lock_membership",
        "SELECT member_id FROM memberships WHERE tenant_id = app.tenant_id() AND member_id = $1 FOR NO KEY UPDATE")
    static let countLive = Statement("api_tokens.count_live", """
        SELECT count(*) FROM api_tokens
         WHERE tenant_id = app.tenant_id() AND member_id = $1 AND expires_at > $2 AND revoked_at IS NULL
        """)
    static let insert = Statement("api_tokens.insert", """
        INSERT INTO api_tokens (tenant_id, token_id, member_id, name, token_sha256, scopes, created_at, expires_at)
        VALUES (app.tenant_id(), $1, $2, $3, $4, $5, $6, $7)
        """)
    static let list = Statement("api_tokens.list", """
        SELECT \(rowColumns) FROM api_tokens
         WHERE tenant_id = app.tenant_id() AND member_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR token_id < $2)
         ORDER BY token_id DESC LIMIT $3
        """)
    static let show = Statement("api_tokens.show", """
        SELECT \(rowColumns) FROM api_tokens WHERE tenant_id = app.tenant_id() AND member_id = $1 AND token_id = $2
        """)
    static let revoke = Statement("api_tokens.revoke", """
        UPDATE api_tokens SET revoked_at = $3
         WHERE tenant_id = app.tenant_id() AND member_id = $1 AND token_id = $2 AND revoked_at IS NULL RETURNING token_id
        """)

    public static let statements: [Statement] = [
        find, holds, touch, lockMembership, countLive, insert, list, show, revoke,
    ]

    /// Nil when unknown, expired, revoked, of a member who is not active or who left the tenant. Any scope.
    public static func find(_ token: Digest, at now: Instant, in tx: borrowing Transaction) throws -> Found? {
        try tx.run(find, .digest(token), .instant(now)).first { row in
            Found(
                token: try row.id("token_id"), member: try MemberFacts(row: row), acting: try ActingMembership(row: row),
                scopes: try row.textArray("scopes").compactMap { TokenScope(rawValue: $0) }, lastUsed: try row.instantOrNil("last_used_at"))
        }
    }

    /// True while the token is valid for `tenant`: asked again and again by streams that stay open.
    public static func holds(_ token: ID<APIToken>, for tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        let acting: ID<Tenant>? = try tx.run(holds, .uuid(token), .instant(now), .uuid(tenant)).first { try $0.id(0) }
        return acting == tenant
    }

    /// Notes that the token was used. In its tenant.
    public static func touch(
        _ token: ID<APIToken>, tenant: ID<Tenant>, network: String, at now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.run(touch, .uuid(tenant), .uuid(token), .instant(now), .text(String(network.prefix(64))))
    }

    // MARK: What its member sees of a token

    /// One token in its member's list. The secret is nowhere.
    public struct Row: Sendable, Hashable {
        public let id: ID<APIToken>
        public let name: String
        /// Scopes this program knows; others are dropped.
        public let scopes: [TokenScope]
        public let createdAt: Instant
        public let expiresAt: Instant
        public let lastUsed: Instant?
        /// The network address of the last use.
        public let lastNetwork: String?
        public let revokedAt: Instant?

        init(row: borrowing Postgres.Row) throws {
            id = try row.id("token_id")
            name = try row.text("name")
            scopes = try row.textArray("scopes").compactMap { TokenScope(rawValue: $0) }
            createdAt = try row.instant("created_at")
            expiresAt = try row.instant("expires_at")
            lastUsed = try row.instantOrNil("last_used_at")
            lastNetwork = try row.textOrNil("last_network")
            revokedAt = try row.instantOrNil("revoked_at")
        }
    }

    /// A token as it is made.
    public struct New: Sendable {
        public let id: ID<APIToken>
        public let member: ID<Member>
        public let name: String
        public let digest: Digest
        public let scopes: [TokenScope]
        public let createdAt: Instant
        public let expiresAt: Instant

        /// `name` has 1 to 80 characters, `scopes` at least one.
        public init(
            id: ID<APIToken>, member: ID<Member>, name: String, digest: Digest, scopes: [TokenScope], createdAt: Instant, expiresAt: Instant
        ) {
            self.id = id
            self.member = member
            self.name = name
            self.digest = digest
            self.scopes = scopes
            self.createdAt = createdAt
            self.expiresAt = expiresAt
        }
    }

    /// False, and nothing made, when the member has `Limits.liveTokensMax` tokens that still work in the transaction's
    /// tenant, or is no member there.
    public static func insert(_ new: New, in tx: borrowing Transaction) throws -> Bool {
        guard try !tx.run(lockMembership, .uuid(new.member)).isEmpty else { return false }
        let live = try tx.run(countLive, .uuid(new.member), .instant(new.createdAt)).only { try $0.int(0) }
        guard live < Limits.liveTokensMax else { return false }
        try tx.run(
            insert, .uuid(new.id), .uuid(new.member), .text(new.name), .digest(new.digest), .textArray(new.scopes.map(\.rawValue)),
            .instant(new.createdAt), .instant(new.expiresAt))
        return true
    }

    /// The member's tokens in the transaction's tenant that were not revoked, newest first; expired ones are among them.
    public static func list(
        of member: ID<Member>, before: ID<APIToken>? = nil, limit: Int, in tx: borrowing Transaction
    ) throws -> [Row] {
        try tx.run(list, .uuid(member), .uuid(orNull: before), .int(limit)).map { try Row(row: $0) }
    }

    /// One token of the member in the transaction's tenant, revoked or not.
    public static func show(_ token: ID<APIToken>, of member: ID<Member>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(show, .uuid(member), .uuid(token)).first { try Row(row: $0) }
    }

    /// Ends the token: the next request with it is refused, wherever it arrives. False when the member has no such token
    /// in the transaction's tenant, or it was revoked before.
    public static func revoke(_ token: ID<APIToken>, of member: ID<Member>, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        try !tx.run(revoke, .uuid(member), .uuid(token), .instant(now)).isEmpty
    }
}
