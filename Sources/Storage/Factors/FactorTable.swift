public import Base
public import Postgres

/// A member's second factors taken together: whether there is one, and who insists on it.
public enum FactorTable {
    /// What a member can show besides the password.
    public struct Overview: Sendable, Hashable {
        public let hasApp: Bool
        public let passkeys: Int
        /// Unused recovery codes.
        public let recoveryCodesLeft: Int

        public init(hasApp: Bool, passkeys: Int, recoveryCodesLeft: Int) {
            self.hasApp = hasApp
            self.passkeys = passkeys
            self.recoveryCodesLeft = recoveryCodesLeft
        }

        /// An app or a passkey; recovery codes alone are none.
        public var hasFactor: Bool { hasApp || passkeys > 0 }
        /// Six digits or a recovery code could be typed.
        public var hasCodes: Bool { hasApp || recoveryCodesLeft > 0 }
    }

    static let overview = Statement("factors.overview", """
        SELECT EXISTS (SELECT FROM totp_factors WHERE tenant_id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL) AS has_app,
               (SELECT count(*) FROM passkeys WHERE tenant_id = $1 AND member_id = $2) AS passkeys,
               (SELECT count(*) FROM recovery_codes WHERE tenant_id = $1 AND member_id = $2 AND used_at IS NULL) AS codes_left
        """)
    static let settle = Statement("factors.settle", """
        UPDATE members m SET second_factor_at = CASE WHEN
               EXISTS (SELECT FROM totp_factors f WHERE f.tenant_id = m.tenant_id AND f.member_id = m.member_id
                          AND f.confirmed_at IS NOT NULL)
            OR EXISTS (SELECT FROM passkeys p WHERE p.tenant_id = m.tenant_id AND p.member_id = m.member_id)
            THEN coalesce(m.second_factor_at, $3) END
         WHERE m.tenant_id = $1 AND m.member_id = $2
        RETURNING m.second_factor_at IS NOT NULL AS has_factor
        """)
    static let deleteRecoveryCodes = Statement(
        "factors.delete_recovery_codes", "DELETE FROM recovery_codes WHERE tenant_id = $1 AND member_id = $2")
    static let demanding = Statement("factors.demanding", """
        SELECT h.handle FROM memberships s
          JOIN teams t ON t.tenant_id = s.tenant_id AND t.require_second_factor AND t.deleted_at IS NULL
          JOIN handles h ON h.tenant_id = s.tenant_id
         WHERE s.member_id = $1 ORDER BY h.handle
        """)

    public static let statements: [Statement] = [overview, settle, deleteRecoveryCodes, demanding]

    /// What the member can show. In their home.
    public static func overview(of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Overview {
        try tx.run(overview, .uuid(tenant), .uuid(member)).only { row in
            Overview(
                hasApp: try row.bool("has_app"), passkeys: try row.int("passkeys"), recoveryCodesLeft: try row.int("codes_left"))
        }
    }

    /// Notes on the member whether they have a factor now, after a change in this transaction; without one, recovery codes
    /// open nothing and go. True when there is one. In the member's home, the member locked (`RecoveryTable.lock`).
    @discardableResult
    public static func settle(
        _ member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        let hasFactor = try tx.run(settle, .uuid(tenant), .uuid(member), .instant(now)).only { try $0.bool("has_factor") }
        if !hasFactor { try tx.run(deleteRecoveryCodes, .uuid(tenant), .uuid(member)) }
        return hasFactor
    }

    /// Handles of the member's teams that ask for a second factor. Any scope.
    public static func teamsDemanding(of member: ID<Member>, in tx: borrowing Transaction) throws -> [String] {
        try tx.run(demanding, .uuid(member)).map { try $0.text("handle") }
    }
}
