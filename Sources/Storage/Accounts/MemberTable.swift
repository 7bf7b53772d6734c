public import Base
public import Postgres

/// Tenants, members and their public handles.
public enum MemberTable {
    /// What log-in needs to know.
    public struct Credentials: Sendable {
        public let member: ID<Member>
        public let tenant: ID<Tenant>
        /// PHC string.
        public let passwordHash: Secret<String>
        public let isActive: Bool
        public let hasSecondFactor: Bool
    }

    /// Somebody who signs up.
    public struct NewMember: Sendable {
        public let member: ID<Member>
        public let tenant: ID<Tenant>
        /// Lower case.
        public let email: String
        public let handle: String
        public let displayName: String
        public let passwordHash: Secret<String>
        public let isAdmin: Bool
        /// Set when the address was verified on the way; nil for those who sign up.
        public let verifiedAt: Instant?

        public init(
            member: ID<Member>, tenant: ID<Tenant>, email: String, handle: String, displayName: String,
            passwordHash: Secret<String>, isAdmin: Bool = false, verifiedAt: Instant? = nil
        ) {
            self.member = member
            self.tenant = tenant
            self.email = email
            self.handle = handle
            self.displayName = displayName
            self.passwordHash = passwordHash
            self.isAdmin = isAdmin
            self.verifiedAt = verifiedAt
        }
    }

    /// The handle, or one that looks like it, is somebody's.
    public enum Refusal: Error, Sendable, Hashable { case handleTaken }

    static let insertTenant = Statement("tenants.insert", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, 'personal')")
    static let insertMember = Statement(
        "members.insert",
        """
        INSERT INTO members (tenant_id, member_id, email, password_hash, is_admin, email_verified_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """)
    static let insertMembership = Statement(
        "memberships.insert", "INSERT INTO memberships (tenant_id, member_id, role) VALUES ($1, $2, 'owner')")
    static let insertHandle = Statement(
        "handles.insert", "INSERT INTO handles (tenant_id, handle, display_name) VALUES ($1, $2, $3)")
    static let credentials = Statement(
        "members.credentials",
        """
        SELECT member_id, tenant_id, password_hash, state, second_factor_at IS NOT NULL AS has_factor FROM members WHERE email = $1
        ORDER BY email_verified_at IS NULL, created_at DESC LIMIT 1
        """)
    static let credentialsOfMember = Statement(
        "members.credentials_of_member",
        """
        SELECT member_id, tenant_id, password_hash, state, second_factor_at IS NOT NULL AS has_factor FROM members
        WHERE tenant_id = $1 AND member_id = $2
        """)
    static let tenantOfHandle = Statement("handles.tenant", "SELECT tenant_id FROM handles WHERE handle = $1")

    public static let statements: [Statement] = [
        insertTenant, insertMember, insertMembership, insertHandle, credentials, credentialsOfMember, tenantOfHandle,
    ]

    /// Adds tenant, member, membership and handle. Runs inside the scope of the new tenant.
    public static func insert(_ new: NewMember, in tx: borrowing Transaction) throws {
        try tx.run(insertTenant, .uuid(new.tenant))
        do {
            try tx.run(
                insertMember, .uuid(new.tenant), .uuid(new.member), .text(new.email),
                .text(new.passwordHash.reveal()), .bool(new.isAdmin), .instant(orNull: new.verifiedAt))
            try tx.run(insertMembership, .uuid(new.tenant), .uuid(new.member))
            try tx.run(insertHandle, .uuid(new.tenant), .text(new.handle), .text(new.displayName))
        } catch where error.isUniqueViolation("handles_handle_key") {
            throw Refusal.handleTaken
        } catch where error.isUniqueViolation("handles_skeleton_key") {
            throw Refusal.handleTaken
        }
    }

    /// The member with that mail address, lower case; nil when there is none. Unverified accounts may share an address:
    /// the verified one counts, else the newest.
    public static func credentials(email: String, in tx: borrowing Transaction) throws -> Credentials? {
        try tx.run(credentials, .text(email)).first { try decode($0) }
    }

    /// The member of that id, to prove themselves again. In their home.
    public static func credentials(of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Credentials? {
        try tx.run(credentialsOfMember, .uuid(tenant), .uuid(member)).first { try decode($0) }
    }

    private static func decode(_ row: borrowing Row) throws -> Credentials {
        Credentials(
            member: try row.id("member_id"), tenant: try row.id("tenant_id"), passwordHash: Secret(try row.text("password_hash")),
            isActive: try row.text("state") == "active", hasSecondFactor: try row.bool("has_factor"))
    }

    /// Whose handle it is; nil when nobody's.
    public static func tenant(ofHandle handle: String, in tx: borrowing Transaction) throws -> ID<Tenant>? {
        try tx.run(tenantOfHandle, .text(handle)).first { row in try row.id("tenant_id") }
    }
}
