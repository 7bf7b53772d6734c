-- Second factors: one authenticator app, recovery codes, passkeys; and log-ins that wait for one.

CREATE TABLE totp_factors (
    tenant_id     uuid        NOT NULL,
    factor_id     uuid        NOT NULL,
    member_id     uuid        NOT NULL,
    -- AES-GCM under a key that is not in the database.
    sealed_secret bytea       NOT NULL,
    -- NULL until one correct code was entered; then this is the member's factor.
    confirmed_at  timestamptz NULL,
    -- The last accepted time step: each code counts once.
    last_step     bigint      NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    CONSTRAINT totp_factors_pkey PRIMARY KEY (tenant_id, factor_id),
    CONSTRAINT totp_factors_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES members (tenant_id, member_id) ON DELETE CASCADE
);
CREATE INDEX totp_factors_member ON totp_factors (tenant_id, member_id);
CREATE UNIQUE INDEX totp_factors_one ON totp_factors (tenant_id, member_id) WHERE confirmed_at IS NOT NULL;
ALTER TABLE totp_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE totp_factors FORCE ROW LEVEL SECURITY;
CREATE POLICY totp_factors_tenant ON totp_factors USING (tenant_id = app.tenant_id());
GRANT SELECT, INSERT, DELETE ON totp_factors TO tradecraft_web;
GRANT UPDATE (confirmed_at, last_step) ON totp_factors TO tradecraft_web;
COMMENT ON TABLE totp_factors IS 'class: secret';

-- Ten at a time, each used once. The first two letters of a code find its row, the rest is hashed (argon2id).
CREATE TABLE recovery_codes (
    tenant_id  uuid        NOT NULL,
    member_id  uuid        NOT NULL,
    selector   text        NOT NULL,
    code_hash  text        NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz NULL,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (tenant_id, member_id, selector),
    CONSTRAINT recovery_codes_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES members (tenant_id, member_id) ON DELETE CASCADE,
    CONSTRAINT recovery_codes_selector CHECK (length(selector) = 2)
);
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY recovery_codes_tenant ON recovery_codes USING (tenant_id = app.tenant_id());
GRANT SELECT, INSERT, DELETE ON recovery_codes TO tradecraft_web;
GRANT UPDATE (used_at) ON recovery_codes TO tradecraft_web;
COMMENT ON TABLE recovery_codes IS 'class: secret';

CREATE TABLE passkeys (
    tenant_id       uuid        NOT NULL,
    credential_id   bytea       NOT NULL CONSTRAINT passkeys_credential_key UNIQUE,
    passkey_id      uuid        NOT NULL,
    member_id       uuid        NOT NULL,
    name            text        NOT NULL,
    -- COSE key and its algorithm: -7 ES256, -8 EdDSA.
    public_key      bytea       NOT NULL,
    algorithm       integer     NOT NULL,
    sign_count      bigint      NOT NULL,
    transports      text[]      NOT NULL,
    backup_eligible boolean     NOT NULL,
    backed_up       boolean     NOT NULL,
    aaguid          uuid        NOT NULL,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz NULL,
    CONSTRAINT passkeys_pkey PRIMARY KEY (tenant_id, passkey_id),
    CONSTRAINT passkeys_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES members (tenant_id, member_id) ON DELETE CASCADE,
    CONSTRAINT passkeys_credential_length CHECK (length(credential_id) BETWEEN 1 AND 1023),
    CONSTRAINT passkeys_name_length CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT passkeys_algorithm_known CHECK (algorithm IN (-7, -8))
);
CREATE INDEX passkeys_member ON passkeys (tenant_id, member_id);
ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkeys FORCE ROW LEVEL SECURITY;
CREATE POLICY passkeys_tenant ON passkeys USING (tenant_id = app.tenant_id());
CREATE POLICY passkeys_log_in ON passkeys FOR SELECT TO tradecraft_web USING (true);
GRANT SELECT, INSERT, DELETE ON passkeys TO tradecraft_web;
GRANT UPDATE (name, sign_count, backed_up, last_used_at) ON passkeys TO tradecraft_web;
COMMENT ON TABLE passkeys IS 'class: secret';

-- Challenges of ceremonies under way; taken out before they are checked, so each counts once. Nobody's tenant: a
-- log-in by passkey starts before it knows who.
CREATE TABLE passkey_challenges (
    challenge_sha256 bytea       NOT NULL,
    ceremony         text        NOT NULL,
    -- Digest of the session or visit cookie that asked for it.
    browser_sha256   bytea       NOT NULL,
    expires_at       timestamptz NOT NULL,
    CONSTRAINT passkey_challenges_pkey PRIMARY KEY (challenge_sha256),
    CONSTRAINT passkey_challenges_ceremony_known CHECK (ceremony IN ('register', 'log_in', 'prove'))
);
CREATE INDEX passkey_challenges_expires_at ON passkey_challenges (expires_at);
GRANT SELECT, INSERT, DELETE ON passkey_challenges TO tradecraft_web;
COMMENT ON TABLE passkey_challenges IS 'class: secret';

-- Log-ins whose password was right and that wait for the second factor.
CREATE TABLE pending_log_ins (
    tenant_id    uuid        NOT NULL,
    token_sha256 bytea       NOT NULL CONSTRAINT pending_log_ins_token_key UNIQUE,
    member_id    uuid        NOT NULL,
    next         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT pending_log_ins_pkey PRIMARY KEY (tenant_id, token_sha256),
    CONSTRAINT pending_log_ins_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES members (tenant_id, member_id) ON DELETE CASCADE
);
CREATE INDEX pending_log_ins_member ON pending_log_ins (tenant_id, member_id);
ALTER TABLE pending_log_ins ENABLE ROW LEVEL SECURITY;
ALTER TABLE pending_log_ins FORCE ROW LEVEL SECURITY;
CREATE POLICY pending_log_ins_tenant ON pending_log_ins USING (tenant_id = app.tenant_id());
CREATE POLICY pending_log_ins_find ON pending_log_ins FOR SELECT TO tradecraft_web USING (true);
GRANT SELECT, INSERT, DELETE ON pending_log_ins TO tradecraft_web;
COMMENT ON TABLE pending_log_ins IS 'class: secret';
