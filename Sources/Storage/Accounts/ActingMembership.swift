public import Base
public import Marketplace
internal import Postgres

/// The tenant that a session or token works for, and what its member is there.
public struct ActingMembership: Sendable, Hashable {
    public let tenant: ID<Tenant>
    public let handle: String
    public let role: Role
    public let isTeam: Bool
    public let requiresSecondFactor: Bool

    /// The columns that `init(row:)` reads, of the join `acting`.
    static let columns = "acting.tenant_id AS acting_id, acting.handle AS acting_handle, acting.role, "
        + "acting.is_team, acting.require_second_factor"

    /// One membership of `member` in one of `tenants`, the first of them that there is: SQL expressions both.
    static func join(member: String, tenants: [String]) -> String {
        """
        JOIN LATERAL (
            SELECT a.tenant_id, ah.handle, a.role, t.tenant_id IS NOT NULL AS is_team,
                   coalesce(t.require_second_factor, false) AS require_second_factor
              FROM memberships a
              JOIN handles ah ON ah.tenant_id = a.tenant_id
              LEFT JOIN teams t ON t.tenant_id = a.tenant_id
             WHERE a.member_id = \(member) AND a.tenant_id IN (\(tenants.joined(separator: ", "))) AND t.deleted_at IS NULL
             ORDER BY a.tenant_id IS DISTINCT FROM \(tenants[0]) LIMIT 1
        ) AS acting ON true
        """
    }

    /// Fails on a role that this program does not know.
    init(row: borrowing Row) throws {
        tenant = try row.id("acting_id")
        handle = try row.text("acting_handle")
        guard let role = Role(rawValue: try row.text("role")) else {
            throw PostgresError.malformed(statement: "memberships", column: "role", expected: "a known role")
        }
        self.role = role
        isTeam = try row.bool("is_team")
        requiresSecondFactor = try row.bool("require_second_factor")
    }
}

/// The person behind a session or token, as one row tells them. `m` are members, `h` the handle of their home.
public struct MemberFacts: Sendable, Hashable {
    public let member: ID<Member>
    public let home: ID<Tenant>
    public let handle: String
    public let email: String
    public let isAdmin: Bool
    public let isVerified: Bool
    public let hasSecondFactor: Bool

    static let columns = "m.member_id, m.tenant_id AS home_id, h.handle AS home_handle, m.email, m.is_admin, "
        + "m.email_verified_at IS NOT NULL AS is_verified, m.second_factor_at IS NOT NULL AS has_factor"

    init(row: borrowing Row) throws {
        member = try row.id("member_id")
        home = try row.id("home_id")
        handle = try row.text("home_handle")
        email = try row.text("email")
        isAdmin = try row.bool("is_admin")
        isVerified = try row.bool("is_verified")
        hasSecondFactor = try row.bool("has_factor")
    }
}
