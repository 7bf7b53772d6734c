public import Base
public import Marketplace
public import Postgres

/// Invitations to teams. The web role reads those of all tenants, because the invited member finds one by its token or
/// by their own address; every other statement names the tenant of the scope.
public enum InvitationTable {
    /// An open one.
    public struct Row: Sendable, Hashable {
        public let id: ID<Invitation>
        public let tenant: ID<Tenant>
        /// Lower case.
        public let email: String
        public let role: Role
        public let createdAt: Instant
        public let expiresAt: Instant
        /// The team's public face.
        public let handle: String
        public let displayName: String
        /// The handle of the member who invites; nil when the account is gone.
        public let inviter: String?
    }

    /// How an invitation ends.
    public enum End: String, Sendable, CaseIterable { case accepted, declined, revoked, replaced, expired }

    private static let select = """
        SELECT i.invitation_id, i.tenant_id, i.email, i.role, i.created_at, i.expires_at, h.handle, h.display_name,
            (SELECT mh.handle FROM members m JOIN handles mh ON mh.tenant_id = m.tenant_id
              WHERE m.member_id = i.invited_by AND m.state <> 'deleted') AS inviter
          FROM invitations i
          JOIN teams t ON t.tenant_id = i.tenant_id AND t.deleted_at IS NULL
          JOIN handles h ON h.tenant_id = i.tenant_id
         WHERE i.state = 'open' AND i.expires_at > $1
        """
    static let listStatement = Statement("invitations.list", """
        \(select) AND i.tenant_id = app.tenant_id() AND ($2::uuid IS NULL OR i.invitation_id < $2)
        ORDER BY i.invitation_id DESC LIMIT $3
        """)
    static let findStatement = Statement(
        "invitations.find", "\(select) AND i.tenant_id = app.tenant_id() AND i.invitation_id = $2")
    static let findByAddressStatement = Statement(
        "invitations.find_by_address", "\(select) AND i.invitation_id = $2 AND i.email = $3")
    static let findByTokenStatement = Statement("invitations.find_by_token", "\(select) AND i.token_sha256 = $2")
    static let listByAddressStatement = Statement(
        "invitations.list_by_address", "\(select) AND i.email = $2 ORDER BY i.invitation_id DESC LIMIT 100")
    private static let acceptedSource = """
        SELECT i.tenant_id FROM invitations i JOIN memberships a ON a.tenant_id = i.tenant_id AND a.member_id = $2
         WHERE i.state = 'accepted'
        """
    static let acceptedStatement = Statement("invitations.accepted", "\(acceptedSource) AND i.invitation_id = $1")
    static let acceptedByTokenStatement = Statement("invitations.accepted_by_token", "\(acceptedSource) AND i.token_sha256 = $1")
    static let insertStatement = Statement("invitations.insert", """
        INSERT INTO invitations (tenant_id, invitation_id, email, role, token_sha256, invited_by, created_at, expires_at)
        VALUES (app.tenant_id(), $1, $2, $3, $4, $5, $6, $7)
        """)
    static let closeStatement = Statement("invitations.close", """
        UPDATE invitations SET state = $2, email = NULL
         WHERE tenant_id = app.tenant_id() AND invitation_id = $1 AND state = 'open'
        """)
    static let closeAddressStatement = Statement("invitations.replace", """
        UPDATE invitations SET state = 'replaced', email = NULL
         WHERE tenant_id = app.tenant_id() AND email = $1 AND state = 'open'
        """)
    static let closeAllStatement = Statement("invitations.revoke_all", """
        UPDATE invitations SET state = 'revoked', email = NULL WHERE tenant_id = app.tenant_id() AND state = 'open'
        """)
    static let closeInviterStatement = Statement("invitations.revoke_inviter", """
        UPDATE invitations SET state = 'revoked', email = NULL
         WHERE tenant_id = app.tenant_id() AND invited_by = $1 AND state = 'open'
        """)
    static let expireStatement = Statement("invitations.expire", """
        UPDATE invitations SET state = 'expired', email = NULL
         WHERE tenant_id = app.tenant_id() AND state = 'open' AND expires_at <= $1
        """)
    static let countStatement = Statement("invitations.count", """
        SELECT (SELECT count(*) FROM invitations WHERE tenant_id = app.tenant_id() AND state = 'open') AS open,
            (SELECT count(*) FROM invitations WHERE tenant_id = app.tenant_id() AND created_at > $1) AS of_tenant,
            (SELECT count(*) FROM invitations WHERE invited_by = $2 AND created_at > $1) AS of_member
        """)

    public static let statements: [Statement] = [
        listStatement, findStatement, findByAddressStatement, findByTokenStatement, listByAddressStatement, acceptedStatement,
        acceptedByTokenStatement, insertStatement, closeStatement,
        closeAddressStatement, closeAllStatement, closeInviterStatement, expireStatement, countStatement,
    ]

    /// Open invitations of the tenant of the scope, newest first, those before `before`.
    public static func list(
        before: ID<Invitation>? = nil, limit: Int = Invitation.openMax, at now: Instant, in tx: borrowing Transaction
    ) throws -> [Row] {
        try tx.run(listStatement, .instant(now), .uuid(orNull: before), .int(limit)).map { try decode($0) }
    }

    /// Nil when the tenant of the scope has no such open invitation.
    public static func find(_ id: ID<Invitation>, at now: Instant, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .instant(now), .uuid(id)).first { try decode($0) }
    }

    /// Nil unless it is open and for exactly this address, lower case. Any scope.
    public static func find(_ id: ID<Invitation>, for email: String, at now: Instant, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findByAddressStatement, .instant(now), .uuid(id), .text(email)).first { try decode($0) }
    }

    /// The open invitation that a link is for. Any scope.
    public static func find(token: Digest, at now: Instant, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findByTokenStatement, .instant(now), .digest(token)).first { try decode($0) }
    }

    /// Open invitations of an address, lower case: its verified member's alone to see. Any scope.
    public static func list(for email: String, at now: Instant, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listByAddressStatement, .instant(now), .text(email)).map { try decode($0) }
    }

    /// The team of an accepted invitation, to whoever is a member of it; nil to everybody else. Any scope.
    public static func accepted(_ id: ID<Invitation>, by member: ID<Member>, in tx: borrowing Transaction) throws -> ID<Tenant>? {
        try tx.run(acceptedStatement, .uuid(id), .uuid(member)).first { try $0.id("tenant_id") }
    }

    /// The same by the link.
    public static func accepted(token: Digest, by member: ID<Member>, in tx: borrowing Transaction) throws -> ID<Tenant>? {
        try tx.run(acceptedByTokenStatement, .digest(token), .uuid(member)).first { try $0.id("tenant_id") }
    }

    /// One as it is sent.
    struct New {
        let id: ID<Invitation>
        let email: EmailAddress
        let role: Role
        let token: Digest
        let inviter: ID<Member>
    }

    /// Adds one to the team of the scope, in place of an older one to that address.
    static func insert(_ new: New, at now: Instant, in tx: borrowing Transaction) throws {
        try tx.run(closeAddressStatement, .text(new.email.text))
        try tx.run(
            insertStatement, .uuid(new.id), .text(new.email.text), .text(new.role.rawValue), .digest(new.token), .uuid(new.inviter),
            .instant(now), .instant(Invitation.end(from: now)))
    }

    /// Closes an open one of the team of the scope and forgets its address. False when there is none.
    static func close(_ id: ID<Invitation>, as end: End, in tx: borrowing Transaction) throws -> Bool {
        try tx.run(closeStatement, .uuid(id), .text(end.rawValue)).affected == 1
    }

    /// Those that `inviter` sent for the team of the scope.
    static func revokeAll(by inviter: ID<Member>, in tx: borrowing Transaction) throws {
        try tx.run(closeInviterStatement, .uuid(inviter))
    }

    static func revokeAll(in tx: borrowing Transaction) throws { try tx.run(closeAllStatement) }

    struct Counts {
        let open: Int
        /// Mails of the last 24 hours.
        let ofTenant: Int
        let ofMember: Int
    }

    /// Closes what is too old, then counts.
    static func counts(inviter: ID<Member>, at now: Instant, in tx: borrowing Transaction) throws -> Counts {
        try tx.run(expireStatement, .instant(now))
        let dayAgo = now.advanced(byMilliseconds: -Instant.millisecondsPerDay)
        return try tx.run(countStatement, .instant(dayAgo), .uuid(inviter)).only { row in
            Counts(open: try row.int("open"), ofTenant: try row.int("of_tenant"), ofMember: try row.int("of_member"))
        }
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        guard let role = Role(rawValue: try row.text("role")) else {
            throw PostgresError.malformed(statement: "invitations", column: "role", expected: "a known role")
        }
        return Row(
            id: try row.id("invitation_id"), tenant: try row.id("tenant_id"), email: try row.text("email"), role: role,
            createdAt: try row.instant("created_at"), expiresAt: try row.instant("expires_at"), handle: try row.text("handle"),
            displayName: try row.text("display_name"), inviter: try row.textOrNil("inviter"))
    }
}
