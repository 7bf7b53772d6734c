public import Base
internal import Postgres

/// Tenants that have a row in every table a tenant can have one in. Private text of each carries its canary; texts by which
/// rows are found (slugs, addresses) do not, so that anybody may try them.
public struct IsolationGround: Sendable {
    public struct Owner: Sendable {
        public let tenant: ID<Tenant>
        public let canary: String
        /// Ids of every row, to be tried by others.
        public let ids: [ID<Tenant>]
        public let digest: Digest
        public let slug: String
        public let email: String
        /// The one member, and their session.
        public var member: ID<Member> { ID(high: ids[1].high, low: ids[1].low) }
    }

    public let owners: [Owner]

    /// The canary of another than the one whose canary is `canary`, in `text`: looked for plainly and as the bytes of a bytea.
    public static func foreign(_ text: String, to canary: String, among owners: [Owner]) -> String? {
        owners.first { $0.canary != canary && (text.contains($0.canary) || text.contains(hex(Array($0.canary.utf8)))) }?.canary
    }

    public init(_ database: TestDatabase, tenants count: Int) throws {
        let superior = try database.connect(.owner)
        owners = try (0..<count).map { number in try Self.make(number, superior) }
    }

    private static func make(_ number: Int, _ connection: Connection) throws -> Owner {
        let ids: [ID<Tenant>] = (0..<12).map { _ in newID() }
        let owner = Owner(
            tenant: ids[0], canary: "canary\(number)x\(ids[0].description.suffix(8))", ids: ids, digest: .of("digest \(number)"),
            slug: "slug-\(number)", email: "member-\(number)@example.org")
        try connection.transaction(.tenant(owner.tenant), .readWrite) { tx in
            for (name, sql) in rows {
                try tx.run(
                    Statement("ground.\(name)", "WITH g (t, i, canary, digest, slug, email) AS (SELECT $1::uuid, $2::uuid[], $3::text, $4::bytea, $5::text, $6::text) " + sql),
                    .uuid(owner.tenant), .uuidArray(ids), .text(owner.canary), .digest(owner.digest), .text(owner.slug), .text(owner.email))
            }
        }
        return owner
    }

    /// One statement per table: `i` are the tenant's ids.
    private static let rows: [(String, String)] = [
        ("tenants", "INSERT INTO tenants (tenant_id, kind) SELECT t, 'team' FROM g"),
        ("teams", "INSERT INTO teams (tenant_id) SELECT t FROM g"),
        ("handles", "INSERT INTO handles (tenant_id, handle, display_name) SELECT t, replace(slug, 'slug', 'handle'), slug FROM g"),
        ("members", "INSERT INTO members (tenant_id, member_id, email, password_hash, email_verified_at) SELECT t, i[2], email, canary, now() FROM g"),
        ("memberships", "INSERT INTO memberships (tenant_id, member_id, role, home_tenant_id) SELECT t, i[2], 'owner', t FROM g"),
        ("login_sessions", """
            INSERT INTO login_sessions (tenant_id, token_sha256, session_id, member_id, created_at, last_seen_at, proved_at, expires_at, user_agent, network)
            SELECT t, digest, i[3], i[2], now(), now(), now(), now() + interval '1 day', canary, canary FROM g
            """),
        ("known_devices", "INSERT INTO known_devices SELECT t, digest, i[2], now(), now() FROM g"),
        ("mail_links", """
            INSERT INTO mail_links (tenant_id, link_id, member_id, purpose, token_sha256, address, created_at, expires_at)
            SELECT t, i[4], i[2], 'verify_email', digest, canary, now(), now() + interval '1 day' FROM g
            """),
        ("totp_factors", """
            INSERT INTO totp_factors (tenant_id, factor_id, member_id, sealed_secret, confirmed_at, created_at)
            SELECT t, i[5], i[2], convert_to(canary, 'UTF8'), now(), now() FROM g
            """),
        ("recovery_codes", "INSERT INTO recovery_codes (tenant_id, member_id, selector, code_hash, created_at) SELECT t, i[2], 'ab', canary, now() FROM g"),
        ("passkeys", """
            INSERT INTO passkeys (tenant_id, credential_id, passkey_id, member_id, name, public_key, algorithm, sign_count, transports,
                backup_eligible, backed_up, aaguid, created_at)
            SELECT t, digest, i[6], i[2], canary, convert_to(canary, 'UTF8'), -7, 0, ARRAY[canary], false, false, i[6], now() FROM g
            """),
        ("pending_log_ins", """
            INSERT INTO pending_log_ins (tenant_id, token_sha256, member_id, next, created_at, expires_at)
            SELECT t, digest, i[2], canary, now(), now() + interval '1 day' FROM g
            """),
        ("invitations", """
            INSERT INTO invitations (tenant_id, invitation_id, email, role, token_sha256, invited_by, created_at, expires_at)
            SELECT t, i[7], email, 'viewer', digest, i[2], now(), now() + interval '1 day' FROM g
            """),
        ("api_tokens", """
            INSERT INTO api_tokens (tenant_id, token_id, member_id, name, token_sha256, scopes, created_at, expires_at)
            SELECT t, i[8], i[2], canary, digest, ARRAY['skills:read'], now(), now() + interval '1 day' FROM g
            """),
        ("idempotency_keys", """
            INSERT INTO idempotency_keys (tenant_id, key_sha256, request_sha256, sealed_answer, created_at)
            SELECT t, digest, digest, convert_to(canary, 'UTF8'), now() FROM g
            """),
        ("audit_events", """
            INSERT INTO audit_events (tenant_id, event_id, at, actor_id, actor_kind, action, object_kind, object_id, outcome, request_id, details, place_sha256)
            SELECT t, i[9], now(), i[2], 'session', 'skill.saved', 'skill', canary, 'done', canary, jsonb_build_object('note', canary)::text, digest FROM g
            """),
        ("audit_places", """
            INSERT INTO audit_places (tenant_id, event_id, salt, network, user_agent) SELECT t, i[9], substring(digest FOR 16), canary, canary FROM g
            """),
        ("skills", """
            INSERT INTO skills (tenant_id, skill_id, slug, name, lineage_id, parent_skill_id, parent_version_id, parent_handle, parent_slug,
                parent_number, parent_hash)
            SELECT t, i[10], slug, canary, i[10], i[10], i[11], canary, canary, 1, digest FROM g
            """),
        ("versions", """
            INSERT INTO versions (tenant_id, version_id, skill_id, number, skill_hash, skill_md, entry_source, exit_source)
            SELECT t, i[11], i[10], 1, digest, canary, canary, canary FROM g
            """),
        ("runs", """
            INSERT INTO runs (tenant_id, run_id, purpose, owner_tenant_id, skill_id, version_id, version_number, skill_hash, skill_title,
                author_handle, skill_slug, timeframe, universe, from_at, to_at, seed, model, state, failure)
            SELECT t, i[12], 'backtest', t, i[10], i[11], 1, digest, canary, canary, canary, '1h', ARRAY[canary], now(), now() + interval '1 day', 1,
                canary, 'failed', jsonb_build_object('message', canary) FROM g
            """),
        ("run_decisions", """
            INSERT INTO run_decisions (tenant_id, run_id, number, decided_at, summary, decision)
            SELECT t, i[12], 0, now(), jsonb_build_object('note', canary), jsonb_build_object('note', canary) FROM g
            """),
        ("jobs", """
            INSERT INTO jobs (job_id, tenant_id, kind, version, arguments, priority, attempts_max)
            SELECT i[1], t, 'fuzz', 1, jsonb_build_object('note', canary), 5, 1 FROM g
            """),
    ]
}
