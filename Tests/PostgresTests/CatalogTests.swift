import Base
import Postgres
import TestSupport
import Testing

/// The schema tested for rules (migrations/0001_foundation.sql states them). Each question lists the offenders.
@Suite(.enabled(if: TestDatabase.isAvailable))
struct CatalogTests {
    let database: TestDatabase
    let owner: Connection

    init() throws {
        database = try TestDatabase.clone()
        owner = try database.connect(.owner)
    }

    private func offenders(_ sql: String, _ parameters: Parameter...) throws -> [String] {
        let statement = Statement("catalog." + Digest.of(sql).short, Self.common + sql)
        return try owner.transaction(.platform, .readOnly) { tx in try tx.run(statement, parameters).map { try $0.text(0) } }
    }

    /// Our tables and which of them carry tenant rows. Extensions' objects are not ours.
    private static let common = """
        WITH ours AS (
            SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        ), tables AS (SELECT * FROM ours WHERE relkind IN ('r', 'p')
        ), tenant_tables AS (
            SELECT t.* FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        ), foreign_keys AS (SELECT * FROM pg_constraint WHERE contype = 'f' AND conparentid = 0)

        """

    static let tenantTablesWithoutPolicy = """
        SELECT t.oid::regclass::text FROM tenant_tables t
         WHERE NOT t.relrowsecurity OR NOT t.relforcerowsecurity
            OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid
                              AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app.tenant_id()%')
        """

    @Test func tenantTablesForceRowLevelSecurity() throws {
        #expect(try offenders(Self.tenantTablesWithoutPolicy) == [])
        // The question itself works: tables that break the rule are found.
        try owner.runScript("""
            CREATE TABLE bare (tenant_id uuid);
            CREATE TABLE unforced (tenant_id uuid); ALTER TABLE unforced ENABLE ROW LEVEL SECURITY;
            CREATE POLICY p ON unforced USING (tenant_id = app.tenant_id());
            CREATE TABLE open_door (tenant_id uuid); ALTER TABLE open_door ENABLE ROW LEVEL SECURITY;
            ALTER TABLE open_door FORCE ROW LEVEL SECURITY; CREATE POLICY p ON open_door USING (true)
            """, name: "catalog.break")
        #expect(try Set(offenders(Self.tenantTablesWithoutPolicy)) == ["bare", "unforced", "open_door"])
    }

    /// Permissive policies add up: one that is always true opens the table to whom it names. Named here with the reason.
    @Test func alwaysTruePoliciesAreKnown() throws {
        let known = [
            "api_tokens.api_tokens_find",  // A token finds its tenant, never a list.
            "audit_events.audit_events_sequencer",  // The sequencer gives every tenant's events a leaf.
            "audit_pending.audit_pending_sequencer",
            "handles.handles_public",  // Everybody reads handles.
            "invitations.invitations_open",  // An invited member finds it by its token or address.
            "jobs.jobs_engine",  // The engine claims jobs of all tenants.
            "listings.listings_forget_parent",  // The engine renames what forks of an erased account's skill say.
            "listings.listings_public",  // What is published is for everybody.
            // Log-in finds a member and a session before it knows the tenant.
            "login_sessions.login_sessions_find", "mail_links.mail_links_open", "members.members_log_in",
            "memberships.memberships_find",  // A session finds its member's roles before it knows the tenant.
            "passkeys.passkeys_log_in", "pending_log_ins.pending_log_ins_find",
            "published_versions.published_versions_public",
            // Evaluations belong to the house, and everybody may check them.
            "run_decisions.run_decisions_house", "runs.runs_house",
            "skills.skills_erased_parent", "skills.skills_forget_parent",  // The same; one skill that the transaction names.
            "teams.teams_find",  // What a team asks of its members is read with the session.
        ]
        #expect(try offenders("""
            SELECT polrelid::regclass::text || '.' || polname FROM pg_policy p JOIN tenant_tables t ON t.oid = polrelid
             WHERE coalesce(pg_get_expr(polqual, polrelid), '') NOT LIKE '%app.tenant_id()%' AND polcmd <> 'a'
             ORDER BY 1
            """) == known)
        #expect(try offenders("""
            SELECT polrelid::regclass::text || '.' || polname FROM pg_policy p JOIN tenant_tables t ON t.oid = polrelid
             WHERE 0 = ANY (polroles)
               AND coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid)) NOT LIKE '%app.tenant_id()%'
            """) == [])
    }

    static let plainForeignKeys = """
        SELECT conname::text FROM foreign_keys
         WHERE conrelid IN (SELECT oid FROM tenant_tables) AND confrelid IN (SELECT oid FROM tenant_tables)
           AND NOT EXISTS (
               SELECT FROM unnest(conkey, confkey) AS pair (mine, theirs)
                 JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = mine AND a.attname = 'tenant_id'
                 JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = theirs AND b.attname = 'tenant_id')
        """

    @Test func foreignKeysBetweenTenantTablesCarryTheTenant() throws {
        // A team's member has a home elsewhere: written only from the session of the member who joins.
        let known = ["memberships_home_fkey"]
        #expect(try offenders(Self.plainForeignKeys) == known)
        try owner.runScript("""
            CREATE TABLE parents (tenant_id uuid, parent_id uuid UNIQUE, PRIMARY KEY (tenant_id, parent_id));
            CREATE TABLE children (tenant_id uuid, parent_id uuid CONSTRAINT plain REFERENCES parents (parent_id),
                CONSTRAINT composite FOREIGN KEY (tenant_id, parent_id) REFERENCES parents)
            """, name: "catalog.break")
        #expect(try Set(offenders(Self.plainForeignKeys)) == ["memberships_home_fkey", "plain"])
    }

    static let unindexedForeignKeys = """
        SELECT conname::text FROM foreign_keys f
         WHERE conrelid IN (SELECT oid FROM tables)
           AND NOT EXISTS (
               SELECT FROM pg_index i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL
                  AND (SELECT array_agg(k ORDER BY k) FROM unnest((i.indkey::int2[])[0:cardinality(f.conkey) - 1]) AS k)
                    = (SELECT array_agg(k ORDER BY k) FROM unnest(f.conkey) AS k))
        """

    @Test func foreignKeysAreIndexed() throws {
        #expect(try offenders(Self.unindexedForeignKeys) == [])
        try owner.runScript("""
            CREATE TABLE uncle (tenant_id uuid CONSTRAINT naked REFERENCES tenants, a int);
            CREATE INDEX ON uncle (a, tenant_id);
            CREATE TABLE aunt (tenant_id uuid CONSTRAINT dressed REFERENCES tenants, a int);
            CREATE INDEX ON aunt (tenant_id, a)
            """, name: "catalog.break")
        #expect(try offenders(Self.unindexedForeignKeys) == ["naked"])
    }

    @Test func tenantComesFirstInKeys() throws {
        // Jobs of the platform have no tenant, and an id names a job alone.
        let known = ["jobs"]
        #expect(try offenders("""
            SELECT t.oid::regclass::text FROM tenant_tables t
              LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
              LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
             WHERE a.attname IS DISTINCT FROM 'tenant_id'
            """) == known)
    }

    static let uninvokedViews = """
        SELECT oid::regclass::text FROM ours
         WHERE relkind = 'm' OR (relkind = 'v' AND NOT coalesce(reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on'], false))
        """

    @Test func viewsRunAsTheirInvoker() throws {
        #expect(try offenders(Self.uninvokedViews) == [])
        try owner.runScript("""
            CREATE VIEW leaky AS SELECT * FROM tenants;
            CREATE VIEW tight WITH (security_invoker = true) AS SELECT * FROM tenants
            """, name: "catalog.break")
        #expect(try offenders(Self.uninvokedViews) == ["leaky"])
    }

    @Test func noFunctionRunsAsItsDefiner() throws {
        let allowed: [String] = []
        #expect(try offenders("""
            SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
            """) == allowed)
    }

    @Test func applicationRolesOwnNothingAndArePlain() throws {
        #expect(try offenders("""
            SELECT oid::regclass::text FROM ours WHERE relowner::regrole::text IN ('tradecraft_web', 'tradecraft_engine')
            """) == [])
        #expect(try offenders("""
            SELECT rolname::text FROM pg_roles WHERE rolname IN ('tradecraft_web', 'tradecraft_engine')
               AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
            """) == [])
    }

    @Test func nothingIsGrantedToEverybody() throws {
        #expect(try offenders("""
            SELECT c.oid::regclass::text FROM ours c, aclexplode(c.relacl) AS acl WHERE acl.grantee = 0
            """) == [])
        // TRUNCATE, REFERENCES and TRIGGER are the owner's.
        #expect(try offenders("""
            SELECT c.oid::regclass::text || ' ' || acl.privilege_type FROM ours c, aclexplode(c.relacl) AS acl
             WHERE acl.grantee::regrole::text IN ('tradecraft_web', 'tradecraft_engine')
               AND acl.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE')
            """) == [])
    }
}
