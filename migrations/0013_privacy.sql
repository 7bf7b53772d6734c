-- Deleting an account: what a request does at once, and what the engine erases after it.

-- Whose owner asked for it. Written by the request that deletes the account, never changed: without a row here the engine
-- can delete nobody's work.
CREATE TABLE account_erasures (
    tenant_id    uuid        NOT NULL,
    requested_at timestamptz NOT NULL,
    CONSTRAINT account_erasures_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT account_erasures_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
ALTER TABLE account_erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY account_erasures_tenant ON account_erasures USING (tenant_id = app.tenant_id());
GRANT INSERT ON account_erasures TO tradecraft_web;
GRANT SELECT ON account_erasures TO tradecraft_engine;
COMMENT ON TABLE account_erasures IS 'class: tenant';

-- Private work goes; published versions and evaluations stay as evidence under the pseudonym.
CREATE POLICY skills_erasure ON skills AS RESTRICTIVE FOR DELETE
    USING (tenant_id = app.tenant_id() AND EXISTS (SELECT FROM account_erasures e WHERE e.tenant_id = skills.tenant_id));
CREATE POLICY versions_erasure ON versions AS RESTRICTIVE FOR DELETE
    USING (tenant_id = app.tenant_id() AND EXISTS (SELECT FROM account_erasures e WHERE e.tenant_id = versions.tenant_id));
CREATE POLICY runs_erasure ON runs AS RESTRICTIVE FOR DELETE
    USING (tenant_id = app.tenant_id() AND EXISTS (SELECT FROM account_erasures e WHERE e.tenant_id = runs.tenant_id));
CREATE POLICY run_decisions_erasure ON run_decisions AS RESTRICTIVE FOR DELETE
    USING (tenant_id = app.tenant_id() AND EXISTS (SELECT FROM account_erasures e WHERE e.tenant_id = run_decisions.tenant_id));
CREATE POLICY idempotency_keys_erasure ON idempotency_keys AS RESTRICTIVE FOR DELETE
    USING (tenant_id = app.tenant_id() AND EXISTS (SELECT FROM account_erasures e WHERE e.tenant_id = idempotency_keys.tenant_id));
GRANT DELETE ON skills, versions, runs, run_decisions TO tradecraft_engine;
GRANT SELECT, DELETE ON idempotency_keys TO tradecraft_engine;

-- Copied names become the pseudonym. The engine reaches other tenants' rows for this alone, and of them only forks of
-- the one skill that the transaction names.
CREATE FUNCTION app.erased_skill_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.erased_skill_id', true), '')::uuid;
GRANT EXECUTE ON FUNCTION app.erased_skill_id() TO tradecraft_web, tradecraft_engine;
CREATE POLICY skills_erased_parent ON skills FOR SELECT TO tradecraft_engine USING (parent_skill_id = app.erased_skill_id());
CREATE POLICY skills_forget_parent ON skills FOR UPDATE TO tradecraft_engine USING (parent_skill_id = app.erased_skill_id());
CREATE POLICY listings_forget_parent ON listings FOR UPDATE TO tradecraft_engine USING (parent_skill_id = app.erased_skill_id());
CREATE INDEX skills_parent_ix ON skills (parent_skill_id) WHERE parent_skill_id IS NOT NULL;
GRANT UPDATE (parent_handle) ON skills, listings TO tradecraft_engine;
GRANT UPDATE (author_handle) ON runs TO tradecraft_engine;
