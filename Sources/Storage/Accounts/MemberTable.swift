public import Base
public import Postgres

/// Tenants, members and their public handles.
public enum MemberTable {
    /// What log-in needs to know.
    public struct Credentials: Sendable {
        public let member: ID<Member>
        public let tenant: ID<Tenant>
        public let email: String
        /// Of their home.
        public let handle: String
        /// PHC string.
        public let passwordHash: Secret<String>
        public let isActive: Bool
        public let isVerified: Bool
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
    private static let credentialColumns = """
        m.member_id, m.tenant_id, m.email, h.handle, m.password_hash, m.state, m.email_verified_at IS NOT NULL AS is_verified,
            m.second_factor_at IS NOT NULL AS has_factor
          FROM members m JOIN handles h ON h.tenant_id = m.tenant_id
        """
    static let credentials = Statement("members.credentials", """
        SELECT \(credentialColumns) WHERE m.email = $1 AND m.state <> 'deleted'
        ORDER BY m.email_verified_at IS NULL, m.created_at DESC LIMIT 1
        """)
    static let credentialsOfHandle = Statement("members.credentials_of_handle", """
        SELECT \(credentialColumns) WHERE h.handle = $1 AND m.state <> 'deleted'
        """)
    static let credentialsOfMember = Statement("members.credentials_of_member", """
        SELECT \(credentialColumns) WHERE m.tenant_id = $1 AND m.member_id = $2
        """)
    static let replacePassword = Statement("members.replace_password", """
        UPDATE members SET password_hash = $4 WHERE tenant_id = $1 AND member_id = $2 AND password_hash = $3 RETURNING member_id
        """)
    static let setDisplayName = Statement(
        "handles.set_display_name", "UPDATE handles SET display_name = $2 WHERE tenant_id = $1")
    /// What looks alike is written in migration 0008; the planner finds the same expression in the index.
    static let freeHandles = Statement("handles.free", """
        SELECT wanted.handle FROM unnest($1::text[]) WITH ORDINALITY AS wanted (handle, place)
         WHERE NOT EXISTS (SELECT FROM handles h WHERE h.skeleton = translate(
                replace(replace(replace(wanted.handle, '-', ''), 'rn', 'm'), 'vv', 'w'), '01i5', 'olls'))
         ORDER BY wanted.place
        """)
    static let tenantOfHandle = Statement("handles.tenant", "SELECT tenant_id FROM handles WHERE handle = $1")

    public static let statements: [Statement] = [
        insertTenant, insertMember, insertMembership, insertHandle, credentials, credentialsOfHandle, credentialsOfMember,
        replacePassword, setDisplayName, freeHandles, tenantOfHandle,
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

    /// The member whose home has that handle; nil for nobody's and for a team's.
    public static func credentials(handle: String, in tx: borrowing Transaction) throws -> Credentials? {
        try tx.run(credentialsOfHandle, .text(handle)).first { try decode($0) }
    }

    /// Replaces the password's hash where it still is `old`; false when it was changed meanwhile. In the member's home.
    public static func replacePassword(
        of member: ID<Member>, tenant: ID<Tenant>, old: Secret<String>, new: Secret<String>, in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.run(replacePassword, .uuid(tenant), .uuid(member), .text(old.reveal()), .text(new.reveal())).isEmpty
    }

    /// The name beside the tenant's handle, 1 to 80 characters. In the tenant's scope.
    public static func setDisplayName(_ name: String, of tenant: ID<Tenant>, in tx: borrowing Transaction) throws {
        try tx.run(setDisplayName, .uuid(tenant), .text(name))
    }

    /// Those of `candidates` that are nobody's and look like nobody's, in their order. Any scope.
    public static func freeHandles(among candidates: [String], in tx: borrowing Transaction) throws -> [String] {
        try tx.run(freeHandles, .textArray(candidates)).map { try $0.text("handle") }
    }

    private static func decode(_ row: borrowing Row) throws -> Credentials {
        Credentials(
            member: try row.id("member_id"), tenant: try row.id("tenant_id"), email: try row.text("email"),
            handle: try row.text("handle"), passwordHash: Secret(try row.text("password_hash")),
            isActive: try row.text("state") == "active", isVerified: try row.bool("is_verified"),
            hasSecondFactor: try row.bool("has_factor"))
    }

    /// Whose handle it is; nil when nobody's.
    public static func tenant(ofHandle handle: String, in tx: borrowing Transaction) throws -> ID<Tenant>? {
        try tx.run(tenantOfHandle, .text(handle)).first { row in try row.id("tenant_id") }
    }
}
