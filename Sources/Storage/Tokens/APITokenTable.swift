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

    public static let statements: [Statement] = [find, holds, touch]

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
}
