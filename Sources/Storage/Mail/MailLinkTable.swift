public import Base
public import Marketplace
public import Postgres

/// Links that came by mail, by the SHA-256 of their token. Each opens once; a newer one of its purpose replaces it.
public enum MailLinkTable {
    /// A link that opens, with what its page says.
    public struct Found: Sendable {
        public let link: ID<MailLink>
        public let member: ID<Member>
        /// The member's home.
        public let tenant: ID<Tenant>
        public let handle: String
        /// What the link is about: to verify, or to change to.
        public let address: EmailAddress
        public let expiresAt: Instant
    }

    /// A change of address that waits for confirmations.
    public struct EmailChange: Sendable, Hashable {
        public let to: EmailAddress
        /// Nil where the old address need not confirm, because it never was verified.
        public let oldConfirmed: Bool?
        public let newConfirmed: Bool
        public let expiresAt: Instant
        /// Both said yes.
        public var isComplete: Bool { newConfirmed && oldConfirmed != false }
    }

    static let insert = Statement("mail_links.insert", """
        INSERT INTO mail_links (tenant_id, link_id, member_id, purpose, token_sha256, address, created_at, expires_at)
        SELECT tenant_id, $3, member_id, $4, $5, $6, $7, $8 FROM members WHERE tenant_id = $1 AND member_id = $2
        """)
    static let void = Statement("mail_links.void", """
        DELETE FROM mail_links WHERE tenant_id = $1 AND member_id = $2 AND purpose = ANY ($3::text[])
        """)
    static let find = Statement("mail_links.find", """
        SELECT l.link_id, l.member_id, l.tenant_id, h.handle, l.address, l.expires_at
          FROM mail_links l
          JOIN members m ON m.tenant_id = l.tenant_id AND m.member_id = l.member_id
          JOIN handles h ON h.tenant_id = l.tenant_id
         WHERE l.token_sha256 = $1 AND l.purpose = $2 AND l.used_at IS NULL AND l.expires_at > $3 AND m.state <> 'deleted'
        """)
    static let use = Statement("mail_links.use", """
        UPDATE mail_links SET used_at = $3 WHERE tenant_id = $1 AND link_id = $2 AND used_at IS NULL AND expires_at > $3
        RETURNING link_id
        """)
    static let emailChange = Statement("mail_links.email_change", """
        SELECT purpose, address, used_at IS NOT NULL AS is_used, expires_at FROM mail_links
         WHERE tenant_id = $1 AND member_id = $2 AND purpose IN ('change_email_old', 'change_email_new') AND expires_at > $3
         ORDER BY purpose
        """)

    public static let statements: [Statement] = [insert, void, find, use, emailChange]

    /// Adds a link that ends with its purpose's time. Nothing for a member who is not there. In the member's home.
    public static func insert(
        _ purpose: MailLinkPurpose, token: Digest, member: ID<Member>, tenant: ID<Tenant>, address: EmailAddress, at now: Instant,
        in tx: borrowing Transaction
    ) throws {
        var random = SystemRandomNumberGenerator()
        let link = ID<MailLink>(at: now, random: &random)
        try tx.run(
            insert, .uuid(tenant), .uuid(member), .uuid(link), .text(purpose.rawValue), .digest(token), .text(address.text),
            .instant(now), .instant(purpose.end(from: now)))
    }

    /// The member's links of these purposes open nothing any more. In the member's home.
    public static func void(
        _ purposes: [MailLinkPurpose], member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction
    ) throws {
        try tx.run(void, .uuid(tenant), .uuid(member), .textArray(purposes.map(\.rawValue)))
    }

    /// Nil when unknown, used, replaced, too old or for something else. Any scope: whose it is is what this finds out.
    public static func find(
        _ token: Digest, for purpose: MailLinkPurpose, at now: Instant, in tx: borrowing Transaction
    ) throws -> Found? {
        try tx.run(find, .digest(token), .text(purpose.rawValue), .instant(now)).first { row in
            Found(
                link: try row.id("link_id"), member: try row.id("member_id"), tenant: try row.id("tenant_id"),
                handle: try row.text("handle"), address: try MailLinkTable.address(row), expiresAt: try row.instant("expires_at"))
        }
    }

    /// True for exactly one of all who try. In the member's home.
    public static func use(_ found: Found, at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        !(try tx.run(use, .uuid(found.tenant), .uuid(found.link), .instant(now)).isEmpty)
    }

    /// The change of address under way; nil when there is none. In the member's home.
    public static func emailChange(
        of member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws -> EmailChange? {
        var old: Bool?
        var new: (address: EmailAddress, isUsed: Bool, end: Instant)?
        let rows = try tx.run(emailChange, .uuid(tenant), .uuid(member), .instant(now)).map { row in
            (purpose: try row.text("purpose"), address: try MailLinkTable.address(row), isUsed: try row.bool("is_used"),
             end: try row.instant("expires_at"))
        }
        for row in rows {
            if row.purpose == MailLinkPurpose.changeEmailOld.rawValue {
                old = row.isUsed
            } else {
                new = (row.address, row.isUsed, row.end)
            }
        }
        return new.map { EmailChange(to: $0.address, oldConfirmed: old, newConfirmed: $0.isUsed, expiresAt: $0.end) }
    }

    private static func address(_ row: borrowing Row) throws -> EmailAddress {
        guard let address = EmailAddress(try row.text("address")) else {
            throw PostgresError.malformed(statement: find.name, column: "address", expected: "a mail address")
        }
        return address
    }
}

/// What identifiers of links identify.
public enum MailLink {}
