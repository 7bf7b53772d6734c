-- The job queue. Infrastructure under every feature: a job belongs to a tenant, or to the platform (tenant_id NULL), so
-- the id alone is the key. Nothing refers to a job by foreign key: finished jobs are pruned.
--
-- A claim takes the first available job of the next lane (round robin over tenants, by the claimer's own cursor), so
-- one tenant's flood costs another nothing; `priority` orders within a lane.

CREATE TABLE jobs (
    job_id              uuid        NOT NULL,
    tenant_id           uuid        NULL,
    -- Whose turn it is; the platform is a lane of its own.
    lane                uuid        NOT NULL GENERATED ALWAYS AS
                                    (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000')) STORED,
    kind                text        NOT NULL,
    version             integer     NOT NULL,
    -- What a handler is registered for.
    kind_key            text        NOT NULL GENERATED ALWAYS AS (kind || '@' || version::text) STORED,
    arguments           jsonb       NOT NULL,
    priority            smallint    NOT NULL,
    state               text        NOT NULL DEFAULT 'available',
    -- Claims that count: a release at shutdown gives one back.
    attempt             integer     NOT NULL DEFAULT 0,
    attempts_max        integer     NOT NULL,
    run_at              timestamptz NOT NULL DEFAULT now(),
    -- The fencing token: every claim adds one, nothing takes one away. A worker writes only while it matches.
    lease_number        bigint      NOT NULL DEFAULT 0,
    lease_until         timestamptz NULL,
    worker              text        NULL,
    progress            real        NOT NULL DEFAULT 0,
    progress_note       jsonb       NULL,
    unique_key          text        NULL,
    error               jsonb       NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    started_at          timestamptz NULL,
    finished_at         timestamptz NULL,
    cancel_requested_at timestamptz NULL,
    CONSTRAINT jobs_pkey PRIMARY KEY (job_id),
    CONSTRAINT jobs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT jobs_state_known CHECK (state IN ('available', 'running', 'completed', 'failed', 'cancelled')),
    CONSTRAINT jobs_priority_range CHECK (priority BETWEEN 0 AND 9),
    CONSTRAINT jobs_attempts_range CHECK (attempts_max BETWEEN 1 AND 100 AND attempt BETWEEN 0 AND attempts_max),
    CONSTRAINT jobs_progress_range CHECK (progress BETWEEN 0 AND 1),
    CONSTRAINT jobs_kind_length CHECK (length(kind) BETWEEN 1 AND 100),
    CONSTRAINT jobs_unique_key_length CHECK (length(unique_key) BETWEEN 1 AND 200),
    CONSTRAINT jobs_lease_while_running CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT jobs_finished_at_end CHECK ((state IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- The order of claims, one kind at a time: jobs that no engine can do are never read. Heartbeats and progress touch no
-- indexed column, so they stay heap-only updates.
CREATE INDEX jobs_claim ON jobs (kind_key, lane, priority, run_at, job_id) WHERE state = 'available';
CREATE INDEX jobs_running ON jobs (lane, job_id) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_unique_live ON jobs (lane, unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('available', 'running');
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_tenant ON jobs (tenant_id, job_id);

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
-- In a tenant's scope: that tenant's jobs. In the platform scope: the platform's.
CREATE POLICY jobs_scope ON jobs USING (tenant_id IS NOT DISTINCT FROM app.tenant_id());
-- The engine claims for everybody; its handlers' other writes are in the job's own scope.
CREATE POLICY jobs_engine ON jobs TO tradecraft_engine USING (true);

GRANT SELECT ON jobs TO tradecraft_web, tradecraft_engine;
GRANT INSERT (job_id, tenant_id, kind, version, arguments, priority, attempts_max, run_at, unique_key) ON jobs
    TO tradecraft_web, tradecraft_engine;
-- Cancelling is all that the web does to a job.
GRANT UPDATE (state, cancel_requested_at, finished_at) ON jobs TO tradecraft_web;
GRANT UPDATE, DELETE ON jobs TO tradecraft_engine;
