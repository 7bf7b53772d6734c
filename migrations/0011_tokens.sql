-- API tokens, idempotency keys, request counts.

CREATE TABLE api_tokens (
    tenant_id    uuid        NOT NULL,
    token_id     uuid        NOT NULL,
    member_id    uuid        NOT NULL,
    name         text        NOT NULL,
    token_sha256 bytea       NOT NULL CONSTRAINT api_tokens_token_key UNIQUE,
    scopes       text[]      NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz NULL,
    last_network text        NULL,
    revoked_at   timestamptz NULL,
    CONSTRAINT api_tokens_pkey PRIMARY KEY (tenant_id, token_id),
    CONSTRAINT api_tokens_membership_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES memberships (tenant_id, member_id) ON DELETE CASCADE,
    CONSTRAINT api_tokens_sha256 CHECK (length(token_sha256) = 32),
    CONSTRAINT api_tokens_name_length CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT api_tokens_has_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 32)
);
CREATE INDEX api_tokens_member ON api_tokens (tenant_id, member_id, token_id);
ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY api_tokens_tenant ON api_tokens USING (tenant_id = app.tenant_id());
CREATE POLICY api_tokens_find ON api_tokens FOR SELECT TO tradecraft_web USING (true);
GRANT SELECT, INSERT ON api_tokens TO tradecraft_web;
GRANT UPDATE (revoked_at, last_used_at, last_network) ON api_tokens TO tradecraft_web;
COMMENT ON TABLE api_tokens IS 'class: secret';

-- One row per write that named a key: written in the transaction of its effect, kept for ever. The answer is sealed
-- (AES-GCM, key outside the database), because it may hold a secret that is shown once; NULL where the request came to
-- nothing.
CREATE TABLE idempotency_keys (
    tenant_id      uuid        NOT NULL,
    key_sha256     bytea       NOT NULL,
    request_sha256 bytea       NOT NULL,
    sealed_answer  bytea       NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key_sha256),
    CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT idempotency_keys_sha256 CHECK (length(key_sha256) = 32 AND length(request_sha256) = 32)
);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_tenant ON idempotency_keys USING (tenant_id = app.tenant_id());
GRANT SELECT, INSERT ON idempotency_keys TO tradecraft_web;
GRANT UPDATE (request_sha256, sealed_answer) ON idempotency_keys TO tradecraft_web;
COMMENT ON TABLE idempotency_keys IS 'class: secret';

-- Requests in the current minute per token, account or network (a digest). Not logged: a crash of the server forgets a
-- minute's counts and nothing else. Half of every page is left free: a count is then changed in place (HOT).
CREATE UNLOGGED TABLE request_counts (
    bucket     bytea       NOT NULL,
    window_at  timestamptz NOT NULL,
    requests   integer     NOT NULL,
    CONSTRAINT request_counts_pkey PRIMARY KEY (bucket),
    CONSTRAINT request_counts_sha256 CHECK (length(bucket) = 32)
) WITH (fillfactor = 50);
CREATE INDEX request_counts_window_at ON request_counts (window_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON request_counts TO tradecraft_web;
COMMENT ON TABLE request_counts IS 'class: secret';
