-- Runs: each is a trial, kept for ever. A tenant's runs are its own; the house tenant's runs are the standard
-- evaluations, which everybody may read (docs/decisions/0004-evaluations-belong-to-the-house.md).

CREATE FUNCTION app.house() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT '00000000-0000-7000-8000-000000000001'::uuid $$;
GRANT EXECUTE ON FUNCTION app.house() TO tradecraft_web, tradecraft_engine;

-- Row level security holds for the owner too: act as the house to create it.
SELECT set_config('app.tenant_id', app.house()::text, true);
INSERT INTO tenants (tenant_id, kind) VALUES (app.house(), 'house');
SELECT set_config('app.tenant_id', '', true);

CREATE TABLE runs (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    purpose text NOT NULL,
    -- The version that ran, which for an evaluation is another tenant's: hence no foreign key, and its names copied.
    owner_tenant_id uuid NOT NULL,
    skill_id uuid NOT NULL,
    version_id uuid NOT NULL,
    version_number integer NOT NULL,
    skill_hash bytea NOT NULL,
    skill_title text NOT NULL,
    author_handle text NOT NULL,
    skill_slug text NOT NULL,
    -- What it ran on.
    timeframe text NOT NULL,
    universe text[] NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    seed bigint NOT NULL,
    model text,
    -- How it went.
    state text NOT NULL,
    job_id uuid,
    progress real NOT NULL DEFAULT 0,
    progress_note jsonb,
    failure jsonb,
    dataset_hash bytea,
    decision_log_hash bytea,
    report jsonb,
    curve jsonb,
    trades jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT runs_pk PRIMARY KEY (tenant_id, run_id),
    CONSTRAINT runs_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT runs_purpose_known CHECK (purpose IN ('backtest', 'evaluation')),
    CONSTRAINT runs_state_known CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    CONSTRAINT runs_span_forward CHECK (from_at < to_at),
    CONSTRAINT runs_completed_whole CHECK (state <> 'completed' OR num_nulls(dataset_hash, decision_log_hash, report,
        curve, trades, finished_at) = 0),
    CONSTRAINT runs_failed_says_why CHECK (state <> 'failed' OR failure IS NOT NULL)
);
CREATE INDEX runs_skill_ix ON runs (tenant_id, skill_id, run_id DESC);
CREATE INDEX runs_version_ix ON runs (tenant_id, version_id, run_id DESC);
ALTER TABLE runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE runs FORCE ROW LEVEL SECURITY;
CREATE POLICY runs_tenant ON runs USING (tenant_id = app.tenant_id());
CREATE POLICY runs_house ON runs FOR SELECT TO tradecraft_web, tradecraft_engine USING (tenant_id = app.house());
GRANT SELECT, INSERT ON runs TO tradecraft_web;
GRANT UPDATE (job_id, state, finished_at) ON runs TO tradecraft_web;
GRANT SELECT ON runs TO tradecraft_engine;
GRANT UPDATE (state, progress, progress_note, failure, dataset_hash, decision_log_hash, report, curve, trades,
    started_at, finished_at) ON runs TO tradecraft_engine;

CREATE TABLE run_decisions (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    number integer NOT NULL,
    decided_at timestamptz NOT NULL,
    -- For lists: instruments and sides proposed, and whether the engine let them through.
    summary jsonb NOT NULL,
    decision jsonb NOT NULL,
    CONSTRAINT run_decisions_pk PRIMARY KEY (tenant_id, run_id, number),
    CONSTRAINT run_decisions_run_fk FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, run_id)
);
ALTER TABLE run_decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY run_decisions_tenant ON run_decisions USING (tenant_id = app.tenant_id());
CREATE POLICY run_decisions_house ON run_decisions FOR SELECT TO tradecraft_web, tradecraft_engine
    USING (tenant_id = app.house());
GRANT SELECT ON run_decisions TO tradecraft_web;
GRANT SELECT, INSERT ON run_decisions TO tradecraft_engine;
COMMENT ON TABLE runs IS 'class: tenant';
COMMENT ON TABLE run_decisions IS 'class: tenant';
