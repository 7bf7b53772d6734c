public import Base
public import Marketplace
public import Postgres

/// Who may act for which tenant. The web role reads memberships of all tenants, so every statement names its own.
public enum MembershipTable {
    /// A member of the tenant of the scope.
    public struct Row: Sendable, Hashable {
        public let member: ID<Member>
        public let home: ID<Tenant>
        public let handle: String
        public let displayName: String
        public let role: Role
        public let since: Instant
        public let hasSecondFactor: Bool
        /// False for a suspended account.
        public let isActive: Bool
    }

    /// A tenant that a member may act for.
    public struct Place: Sendable, Hashable {
        public let tenant: ID<Tenant>
        public let handle: String
        public let displayName: String
        public let role: Role
        public let isTeam: Bool
        public let requiresSecondFactor: Bool
        public let since: Instant
    }

    private static let select = """
        SELECT a.member_id, a.home_tenant_id, a.role, a.created_at, h.handle, h.display_name,
            m.second_factor_at IS NOT NULL AS has_factor, m.state = 'active' AS is_active
          FROM memberships a
          JOIN members m ON m.tenant_id = a.home_tenant_id AND m.member_id = a.member_id
          JOIN handles h ON h.tenant_id = a.home_tenant_id
         WHERE a.tenant_id = app.tenant_id()
        """
    static let listStatement = Statement("memberships.list", """
        \(select) AND ($1::uuid IS NULL OR a.member_id > $1) ORDER BY a.member_id LIMIT $2
        """)
    static let findStatement = Statement("memberships.find", "\(select) AND a.member_id = $1")
    static let placesStatement = Statement("memberships.places", """
        SELECT a.tenant_id, t.tenant_id IS NOT NULL AS is_team, coalesce(t.require_second_factor, false) AS require_second_factor,
            h.handle, h.display_name, a.role, a.created_at
          FROM memberships a
          JOIN handles h ON h.tenant_id = a.tenant_id
          LEFT JOIN teams t ON t.tenant_id = a.tenant_id
         WHERE a.member_id = $1 AND t.deleted_at IS NULL ORDER BY is_team, h.handle
        """)
    static let insertStatement = Statement("memberships.insert_team", """
        INSERT INTO memberships (tenant_id, member_id, role, home_tenant_id, created_at) VALUES (app.tenant_id(), $1, $2, $3, $4)
        ON CONFLICT (tenant_id, member_id) DO NOTHING
        """)
    static let setRoleStatement = Statement(
        "memberships.set_role", "UPDATE memberships SET role = $2 WHERE tenant_id = app.tenant_id() AND member_id = $1")
    static let deleteStatement = Statement(
        "memberships.delete", "DELETE FROM memberships WHERE tenant_id = app.tenant_id() AND member_id = $1")
    static let deleteAllStatement = Statement("memberships.delete_all", "DELETE FROM memberships WHERE tenant_id = app.tenant_id()")
    static let lockMemberStatement = Statement(
        "members.lock", "SELECT member_id FROM members WHERE tenant_id = app.tenant_id() AND member_id = $1 FOR NO KEY UPDATE")
    static let sendHomeStatement = Statement("login_sessions.send_home", """
        UPDATE login_sessions SET acting_tenant_id = NULL, lost_tenant_id = CASE WHEN $3 THEN acting_tenant_id END
         WHERE tenant_id = app.tenant_id() AND member_id = $1 AND acting_tenant_id = $2
        """)

    public static let statements: [Statement] = [
        listStatement, findStatement, placesStatement, insertStatement, setRoleStatement, deleteStatement, deleteAllStatement,
        lockMemberStatement, sendHomeStatement,
    ]

    /// Members of the tenant of the scope in the order of their ids, those after `after`.
    public static func list(after: ID<Member>? = nil, limit: Int = Team.membersMax, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listStatement, .uuid(orNull: after), .int(limit)).map { try decode($0) }
    }

    /// Nil for whoever is not a member of the tenant of the scope.
    public static func find(_ member: ID<Member>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(member)).first { try decode($0) }
    }

    /// The tenants that `member` may act for: their own first, then teams by handle. Any scope.
    public static func places(of member: ID<Member>, in tx: borrowing Transaction) throws -> [Place] {
        try tx.run(placesStatement, .uuid(member)).map { row in
            Place(
                tenant: try row.id("tenant_id"), handle: try row.text("handle"), displayName: try row.text("display_name"),
                role: try role(row), isTeam: try row.bool("is_team"),
                requiresSecondFactor: try row.bool("require_second_factor"), since: try row.instant("created_at"))
        }
    }

    /// Adds `member`, whose own tenant is `home`, to the team of the scope. False when they are a member already, whose
    /// role stays.
    static func insert(
        _ member: ID<Member>, home: ID<Tenant>, role: Role, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        try tx.run(insertStatement, .uuid(member), .text(role.rawValue), .uuid(home), .instant(now)).affected == 1
    }

    static func setRole(_ role: Role, of member: ID<Member>, in tx: borrowing Transaction) throws {
        try tx.run(setRoleStatement, .uuid(member), .text(role.rawValue))
    }

    /// Takes the API tokens of the membership with it.
    static func delete(_ member: ID<Member>, in tx: borrowing Transaction) throws { try tx.run(deleteStatement, .uuid(member)) }

    static func deleteAll(in tx: borrowing Transaction) throws { try tx.run(deleteAllStatement) }

    /// Holds the member until the transaction ends: what they make comes one after the other. In their home.
    static func lockMember(_ member: ID<Member>, in tx: borrowing Transaction) throws { try tx.run(lockMemberStatement, .uuid(member)) }

    /// Browsers of `member` that work for `team` work for the member's own tenant from here on, and say so where
    /// `isTold`. In the member's home.
    static func sendHome(_ member: ID<Member>, from team: ID<Tenant>, isTold: Bool, in tx: borrowing Transaction) throws {
        try tx.run(sendHomeStatement, .uuid(member), .uuid(team), .bool(isTold))
    }

    private static func role(_ row: borrowing Postgres.Row) throws -> Role {
        guard let role = Role(rawValue: try row.text("role")) else {
            throw PostgresError.malformed(statement: "memberships", column: "role", expected: "a known role")
        }
        return role
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        Row(member: try row.id("member_id"), home: try row.id("home_tenant_id"), handle: try row.text("handle"),
            displayName: try row.text("display_name"), role: try role(row), since: try row.instant("created_at"),
            hasSecondFactor: try row.bool("has_factor"), isActive: try row.bool("is_active"))
    }
}

extension TeamRoster {
    /// Everybody in the team of the scope. Under `TeamTable.lock`, so that nobody comes or goes meanwhile.
    init(in tx: borrowing Transaction) throws {
        // One more than can be, so that nothing is ever cut off unseen.
        self.init(try MembershipTable.list(limit: Team.membersMax + 1, in: tx).map {
            Entry(member: $0.member, role: $0.role, isActive: $0.isActive)
        })
    }
}
