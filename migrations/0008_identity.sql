-- Accounts: verified addresses, sessions that can be listed and revoked, known devices, mail links, throttles.

-- One verified account per address. Unverified accounts may share one, so that sign-up answers the same whether or not
-- the address has an account.
ALTER TABLE members
    ADD COLUMN email_verified_at timestamptz NULL,
    -- Since when the member has a second factor; NULL for none. Kept by the factor's own writes.
    ADD COLUMN second_factor_at  timestamptz NULL,
    ADD COLUMN deleted_at        timestamptz NULL;
ALTER TABLE members DROP CONSTRAINT members_email_key;
CREATE UNIQUE INDEX members_email_verified_key ON members (email) WHERE email_verified_at IS NOT NULL;
CREATE INDEX members_email ON members (email, created_at DESC);
ALTER TABLE members DROP CONSTRAINT members_state_check;
ALTER TABLE members ADD CONSTRAINT members_state_check CHECK (state IN ('active', 'suspended', 'deleted'));
GRANT UPDATE (email_verified_at, second_factor_at, state, deleted_at) ON members TO tradecraft_web;

-- Handles that look alike are one: a-b and ab, l1 and ll. The rules are in Marketplace/Accounts/Handle.swift.
ALTER TABLE handles ADD COLUMN skeleton text GENERATED ALWAYS AS (
    translate(replace(replace(replace(handle, '-', ''), 'rn', 'm'), 'vv', 'w'), '01i5', 'olls')) STORED;
ALTER TABLE handles ADD CONSTRAINT handles_skeleton_key UNIQUE (skeleton);
GRANT UPDATE (handle) ON handles TO tradecraft_web;

ALTER TABLE login_sessions
    -- Names the session in lists and in the audit log; says nothing about the token.
    ADD COLUMN session_id       uuid        NOT NULL DEFAULT gen_random_uuid() CONSTRAINT login_sessions_id_key UNIQUE,
    -- The tenant the browser works in; NULL for the member's own. It holds only while a membership does.
    ADD COLUMN acting_tenant_id uuid        NULL,
    -- The team that an owner took the member out of while the browser worked in it: told until another is chosen.
    ADD COLUMN lost_tenant_id   uuid        NULL,
    -- Last proof of identity; sensitive acts need one under five minutes old.
    ADD COLUMN proved_at        timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN network          text        NOT NULL DEFAULT '';
ALTER TABLE login_sessions ADD CONSTRAINT login_sessions_network_check CHECK (length(network) <= 64);
GRANT UPDATE (token_sha256, acting_tenant_id, lost_tenant_id, proved_at, network) ON login_sessions TO tradecraft_web;

-- Browsers that logged in before: throttles meant for strangers do not shut them out.
CREATE TABLE known_devices (
    tenant_id     uuid        NOT NULL,
    device_sha256 bytea       NOT NULL,
    member_id     uuid        NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz NOT NULL,
    CONSTRAINT known_devices_pkey PRIMARY KEY (tenant_id, member_id, device_sha256),
    CONSTRAINT known_devices_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES members (tenant_id, member_id) ON DELETE CASCADE,
    CONSTRAINT known_devices_sha256 CHECK (length(device_sha256) = 32)
);
ALTER TABLE known_devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE known_devices FORCE ROW LEVEL SECURITY;
CREATE POLICY known_devices_tenant ON known_devices USING (tenant_id = app.tenant_id());
GRANT SELECT, INSERT, DELETE ON known_devices TO tradecraft_web;
GRANT UPDATE (last_used_at) ON known_devices TO tradecraft_web;
COMMENT ON TABLE known_devices IS 'class: secret';

-- What came by mail and is opened once: address checks, password resets, address changes.
CREATE TABLE mail_links (
    tenant_id    uuid        NOT NULL,
    link_id      uuid        NOT NULL,
    member_id    uuid        NOT NULL,
    purpose      text        NOT NULL,
    token_sha256 bytea       NOT NULL CONSTRAINT mail_links_token_key UNIQUE,
    -- The address the link is about: to verify, or to change to.
    address      text        NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz NULL,
    CONSTRAINT mail_links_pkey PRIMARY KEY (tenant_id, link_id),
    CONSTRAINT mail_links_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES members (tenant_id, member_id) ON DELETE CASCADE,
    CONSTRAINT mail_links_purpose_known CHECK (purpose IN ('verify_email', 'reset_password', 'change_email_old',
        'change_email_new', 'change_email_cancel')),
    CONSTRAINT mail_links_token_sha256 CHECK (length(token_sha256) = 32)
);
CREATE INDEX mail_links_member ON mail_links (tenant_id, member_id, purpose);
ALTER TABLE mail_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE mail_links FORCE ROW LEVEL SECURITY;
CREATE POLICY mail_links_tenant ON mail_links USING (tenant_id = app.tenant_id());
CREATE POLICY mail_links_open ON mail_links FOR SELECT TO tradecraft_web USING (true);
GRANT SELECT, INSERT, DELETE ON mail_links TO tradecraft_web;
GRANT UPDATE (used_at) ON mail_links TO tradecraft_web;
COMMENT ON TABLE mail_links IS 'class: secret';

-- Tries per account, network or device within a sliding window: the bucket is a digest, the tries are their times.
CREATE TABLE throttles (
    bucket      bytea         NOT NULL,
    tries       timestamptz[] NOT NULL,
    last_try_at timestamptz   NOT NULL,
    CONSTRAINT throttles_pkey PRIMARY KEY (bucket),
    CONSTRAINT throttles_sha256 CHECK (length(bucket) = 32)
);
CREATE INDEX throttles_last_try_at ON throttles (last_try_at);
GRANT SELECT, INSERT, DELETE, UPDATE ON throttles TO tradecraft_web;
COMMENT ON TABLE throttles IS 'class: secret';
