-- Deleting an account: what a request does at once, and what the engine erases after it.

-- Private work goes; published versions and evaluations stay as evidence under the pseudonym.
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
