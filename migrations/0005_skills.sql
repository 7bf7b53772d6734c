-- Skills and their versions. A version never changes: the application roles may insert and read, not update.

CREATE TABLE skills (
    tenant_id uuid NOT NULL,
    skill_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    -- The root of the family of forks this skill belongs to; its own id when it is no fork. Trials are counted by it.
    lineage_id uuid NOT NULL,
    -- Where it was forked from: copied, so that attribution survives whatever happens to the source.
    parent_skill_id uuid,
    parent_version_id uuid,
    parent_handle text,
    parent_slug text,
    parent_number integer,
    parent_hash bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT skills_pk PRIMARY KEY (tenant_id, skill_id),
    CONSTRAINT skills_slug_once UNIQUE (tenant_id, slug),
    CONSTRAINT skills_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT skills_parent_whole CHECK (num_nonnulls(parent_skill_id, parent_version_id, parent_handle, parent_slug,
        parent_number, parent_hash) IN (0, 6))
);
ALTER TABLE skills ENABLE ROW LEVEL SECURITY;
ALTER TABLE skills FORCE ROW LEVEL SECURITY;
CREATE POLICY skills_tenant ON skills USING (tenant_id = app.tenant_id()) WITH CHECK (tenant_id = app.tenant_id());
GRANT SELECT, INSERT ON skills TO tradecraft_web;
GRANT UPDATE (slug, name) ON skills TO tradecraft_web;
GRANT SELECT ON skills TO tradecraft_engine;

CREATE TABLE versions (
    tenant_id uuid NOT NULL,
    version_id uuid NOT NULL,
    skill_id uuid NOT NULL,
    number integer NOT NULL,
    skill_hash bytea NOT NULL,
    skill_md text NOT NULL,
    entry_source text,
    exit_source text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT versions_pk PRIMARY KEY (tenant_id, version_id),
    CONSTRAINT versions_number_once UNIQUE (tenant_id, skill_id, number),
    CONSTRAINT versions_skill_fk FOREIGN KEY (tenant_id, skill_id) REFERENCES skills (tenant_id, skill_id),
    CONSTRAINT versions_number_from_one CHECK (number >= 1),
    CONSTRAINT versions_hash_is_sha256 CHECK (octet_length(skill_hash) = 32)
);
ALTER TABLE versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE versions FORCE ROW LEVEL SECURITY;
CREATE POLICY versions_tenant ON versions USING (tenant_id = app.tenant_id()) WITH CHECK (tenant_id = app.tenant_id());
GRANT SELECT, INSERT ON versions TO tradecraft_web;
GRANT SELECT ON versions TO tradecraft_engine;

-- How many runs a family of skills has had, published or not. Only ever counts up; read by everybody.
CREATE TABLE lineage_trials (
    lineage_id uuid NOT NULL,
    trials bigint NOT NULL,
    CONSTRAINT lineage_trials_pk PRIMARY KEY (lineage_id),
    CONSTRAINT lineage_trials_positive CHECK (trials > 0)
);
GRANT SELECT, INSERT ON lineage_trials TO tradecraft_web, tradecraft_engine;
GRANT UPDATE (trials) ON lineage_trials TO tradecraft_web, tradecraft_engine;
COMMENT ON TABLE skills IS 'class: tenant';
COMMENT ON TABLE versions IS 'class: tenant';
COMMENT ON TABLE lineage_trials IS 'class: public';
