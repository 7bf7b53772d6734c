-- What the public sees of a skill. Written by its tenant on publication and by the engine after an evaluation;
-- read by everybody. Nothing private is ever written here.

CREATE TABLE listings (
    tenant_id uuid NOT NULL,
    skill_id uuid NOT NULL,
    handle text NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    summary text NOT NULL,
    licence text NOT NULL,
    model text,
    timeframe text NOT NULL,
    cadence text NOT NULL,
    universe text[] NOT NULL,
    synthetic boolean NOT NULL,
    visibility text NOT NULL,
    lineage_id uuid NOT NULL,
    -- The current published version.
    version_id uuid NOT NULL,
    version_number integer NOT NULL,
    skill_hash bytea NOT NULL,
    first_published_at timestamptz NOT NULL,
    published_at timestamptz NOT NULL,
    -- Attribution; cannot be removed.
    parent_skill_id uuid,
    parent_handle text,
    parent_slug text,
    parent_number integer,
    parent_hash bytea,
    -- Its standard evaluation: the run and the figures lists sort by, null until it is done.
    evaluation_run_id uuid,
    evaluation_state text NOT NULL,
    total_return double precision,
    benchmark_return double precision,
    sharpe double precision,
    -- Probability that the true Sharpe ratio is above zero (Bailey and López de Prado), the default order of lists.
    sharpe_confidence double precision,
    max_drawdown double precision,
    trades integer,
    span_days double precision,
    sparkline jsonb,
    search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', slug || ' ' || handle), 'A')
        || setweight(to_tsvector('english', summary), 'B')) STORED,
    CONSTRAINT listings_pk PRIMARY KEY (tenant_id, skill_id),
    CONSTRAINT listings_skill_once UNIQUE (skill_id),
    CONSTRAINT listings_address_once UNIQUE (handle, slug),
    CONSTRAINT listings_skill_fk FOREIGN KEY (tenant_id, skill_id) REFERENCES skills (tenant_id, skill_id),
    CONSTRAINT listings_visibility_known CHECK (visibility IN ('public', 'unlisted')),
    CONSTRAINT listings_licence_known CHECK (licence IN ('open', 'closed')),
    CONSTRAINT listings_evaluation_known CHECK (evaluation_state IN ('queued', 'completed', 'failed'))
);
CREATE INDEX listings_search_ix ON listings USING gin (search);
CREATE INDEX listings_parent_ix ON listings (parent_skill_id) WHERE parent_skill_id IS NOT NULL;
CREATE INDEX listings_newest_ix ON listings ((extract(epoch FROM first_published_at AT TIME ZONE 'UTC')::double precision), skill_id)
    WHERE visibility = 'public';
CREATE INDEX listings_confidence_ix ON listings (coalesce(sharpe_confidence, '-Infinity'), skill_id)
    WHERE visibility = 'public';
CREATE INDEX listings_return_ix ON listings (coalesce(total_return, '-Infinity'), skill_id)
    WHERE visibility = 'public';
CREATE INDEX listings_drawdown_ix ON listings (coalesce(max_drawdown, '-Infinity'), skill_id)
    WHERE visibility = 'public';
ALTER TABLE listings ENABLE ROW LEVEL SECURITY;
ALTER TABLE listings FORCE ROW LEVEL SECURITY;
CREATE POLICY listings_tenant ON listings USING (tenant_id = app.tenant_id());
CREATE POLICY listings_public ON listings FOR SELECT TO tradecraft_web, tradecraft_engine USING (true);
GRANT SELECT, INSERT, UPDATE ON listings TO tradecraft_web;
GRANT SELECT ON listings TO tradecraft_engine;
GRANT UPDATE (evaluation_state, total_return, benchmark_return, sharpe, sharpe_confidence, max_drawdown, trades, span_days, sparkline)
    ON listings TO tradecraft_engine;

-- Every version that was ever published, with what its licence lets the public read. Append-only.
CREATE TABLE published_versions (
    tenant_id uuid NOT NULL,
    skill_id uuid NOT NULL,
    number integer NOT NULL,
    version_id uuid NOT NULL,
    skill_hash bytea NOT NULL,
    summary text NOT NULL,
    -- Facts of the manifest that every licence shows: model, tools, universe, timeframe, cadence, caps, parameters.
    facts jsonb NOT NULL,
    -- The source; null under a closed licence.
    skill_md text,
    entry_source text,
    exit_source text,
    evaluation_run_id uuid NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT published_versions_pk PRIMARY KEY (tenant_id, skill_id, number),
    CONSTRAINT published_versions_version_fk FOREIGN KEY (tenant_id, version_id)
        REFERENCES versions (tenant_id, version_id),
    CONSTRAINT published_versions_skill_fk FOREIGN KEY (tenant_id, skill_id) REFERENCES skills (tenant_id, skill_id)
);
CREATE INDEX published_versions_version_ix ON published_versions (tenant_id, version_id);
ALTER TABLE published_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE published_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY published_versions_tenant ON published_versions USING (tenant_id = app.tenant_id());
CREATE POLICY published_versions_public ON published_versions FOR SELECT TO tradecraft_web, tradecraft_engine USING (true);
GRANT SELECT, INSERT ON published_versions TO tradecraft_web;
GRANT SELECT ON published_versions TO tradecraft_engine;
COMMENT ON TABLE listings IS 'class: public';
COMMENT ON TABLE published_versions IS 'class: public';
