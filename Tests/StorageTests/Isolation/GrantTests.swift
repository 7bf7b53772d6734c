import Base
import Postgres
import TestSupport
import Testing

/// What each role may do with each table. A new grant is a decision: it is written down here.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct GrantTests {
    private static let read = Statement("grants.read", """
        WITH granted AS (
            SELECT c.relname::text AS name, acl.grantee::regrole::text AS role, acl.privilege_type AS privilege, NULL::text AS columns
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS acl
             WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
            UNION ALL
            SELECT c.relname::text, acl.grantee::regrole::text, acl.privilege_type, string_agg(a.attname, ' ' ORDER BY a.attname)
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) AS acl
             WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
             GROUP BY 1, 2, 3
        )
        SELECT role || ' ' || name || ': ' || string_agg(privilege || coalesce('(' || columns || ')', ''), ', ' ORDER BY privilege, columns) AS line
          FROM granted WHERE role IN ('tradecraft_web', 'tradecraft_engine') GROUP BY role, name ORDER BY 1
        """)

    @Test func everyGrantIsDecided() throws {
        let database = try TestDatabase.clone()
        let owner = try database.connect(.owner)
        let found = try owner.transaction(.platform, .readOnly) { tx in try tx.run(Self.read).map { try $0.text("line") } }
        let expected = Self.expected.split(separator: "\n").map(String.init)
        #expect(Set(found).subtracting(expected).sorted() == [], "grants that are not in this table")
        #expect(Set(expected).subtracting(found).sorted() == [], "grants of this table that are not there")
    }

    /// `ROLE TABLE: what, with the columns where not all are meant`.
    private static let expected = """
        tradecraft_engine account_erasures: SELECT
        tradecraft_engine audit_events: INSERT, SELECT
        tradecraft_engine audit_index: INSERT, SELECT
        tradecraft_engine audit_pending: DELETE, INSERT, SELECT
        tradecraft_engine audit_places: DELETE, INSERT, SELECT
        tradecraft_engine bar_chunks: SELECT
        tradecraft_engine candle_months: SELECT
        tradecraft_engine handles: SELECT
        tradecraft_engine idempotency_keys: DELETE, SELECT
        tradecraft_engine jobs: DELETE, INSERT(arguments attempts_max job_id kind priority run_at tenant_id unique_key version), SELECT, UPDATE
        tradecraft_engine lineage_trials: INSERT, SELECT, UPDATE(trials)
        tradecraft_engine listings: SELECT, UPDATE(benchmark_return evaluation_state max_drawdown parent_handle sharpe sharpe_confidence span_days sparkline total_return trades)
        tradecraft_engine log_checkpoints: INSERT, SELECT
        tradecraft_engine log_keys: INSERT, SELECT
        tradecraft_engine log_leaves: INSERT, SELECT
        tradecraft_engine log_nodes: INSERT, SELECT
        tradecraft_engine published_versions: SELECT
        tradecraft_engine run_decisions: DELETE, INSERT, SELECT
        tradecraft_engine runs: DELETE, SELECT, UPDATE(author_handle curve dataset_hash decision_log_hash failure finished_at progress progress_note report started_at state trades)
        tradecraft_engine schema_migrations: SELECT
        tradecraft_engine skills: DELETE, SELECT, UPDATE(parent_handle)
        tradecraft_engine tenants: SELECT
        tradecraft_engine versions: DELETE, SELECT
        tradecraft_web account_erasures: INSERT
        tradecraft_web api_tokens: INSERT, SELECT, UPDATE(last_network last_used_at revoked_at)
        tradecraft_web audit_events: INSERT, SELECT
        tradecraft_web audit_index: SELECT
        tradecraft_web audit_pending: INSERT
        tradecraft_web audit_places: DELETE, INSERT, SELECT
        tradecraft_web bar_chunks: SELECT
        tradecraft_web candle_months: SELECT
        tradecraft_web handles: INSERT, SELECT, UPDATE(display_name handle)
        tradecraft_web idempotency_keys: INSERT, SELECT, UPDATE(request_sha256 sealed_answer)
        tradecraft_web invitations: INSERT, SELECT, UPDATE(email state)
        tradecraft_web jobs: INSERT(arguments attempts_max job_id kind priority run_at tenant_id unique_key version), SELECT, UPDATE(cancel_requested_at finished_at state)
        tradecraft_web known_devices: DELETE, INSERT, SELECT, UPDATE(last_used_at)
        tradecraft_web lineage_trials: INSERT, SELECT, UPDATE(trials)
        tradecraft_web listings: INSERT, SELECT, UPDATE
        tradecraft_web log_checkpoints: SELECT
        tradecraft_web log_keys: SELECT
        tradecraft_web log_leaves: SELECT
        tradecraft_web log_nodes: SELECT
        tradecraft_web login_sessions: DELETE, INSERT, SELECT, UPDATE(acting_tenant_id last_seen_at lost_tenant_id network proved_at token_sha256)
        tradecraft_web mail_links: DELETE, INSERT, SELECT, UPDATE(used_at)
        tradecraft_web members: INSERT, SELECT, UPDATE(deleted_at email email_verified_at password_hash second_factor_at state)
        tradecraft_web memberships: DELETE, INSERT, SELECT, UPDATE(role)
        tradecraft_web passkey_challenges: DELETE, INSERT, SELECT
        tradecraft_web passkeys: DELETE, INSERT, SELECT, UPDATE(backed_up last_used_at name sign_count)
        tradecraft_web pending_log_ins: DELETE, INSERT, SELECT
        tradecraft_web published_versions: INSERT, SELECT
        tradecraft_web recovery_codes: DELETE, INSERT, SELECT, UPDATE(used_at)
        tradecraft_web request_counts: DELETE, INSERT, SELECT, UPDATE
        tradecraft_web run_decisions: SELECT
        tradecraft_web runs: INSERT, SELECT, UPDATE(finished_at job_id state)
        tradecraft_web schema_migrations: SELECT
        tradecraft_web skills: INSERT, SELECT, UPDATE(name slug)
        tradecraft_web teams: INSERT, SELECT, UPDATE(deleted_at require_second_factor)
        tradecraft_web tenants: INSERT, SELECT
        tradecraft_web throttles: DELETE, INSERT, SELECT, UPDATE
        tradecraft_web totp_factors: DELETE, INSERT, SELECT, UPDATE(confirmed_at last_step)
        tradecraft_web versions: INSERT, SELECT
        """
}
