-- Members, memberships, public handles, log-in sessions.
--
-- Log-in must find a member and a session before it knows the tenant: the web role alone reads members and
-- login_sessions of every tenant (by mail address and by token, never as a list). Handles are public. Rows are written
-- only inside the tenant they belong to.

-- One person who can log in. tenant_id is their personal tenant.
CREATE TABLE members (
    tenant_id     uuid        NOT NULL CONSTRAINT members_tenant_fkey REFERENCES tenants (tenant_id),
    member_id     uuid        NOT NULL CONSTRAINT members_id_key UNIQUE,
    -- Lower case; the rules are in Marketplace/Accounts/EmailAddress.swift.
    email         text        NOT NULL CONSTRAINT members_email_key UNIQUE,
    -- argon2id, PHC string.
    password_hash text        NOT NULL,
    is_admin      boolean     NOT NULL DEFAULT false,
    state         text        NOT NULL DEFAULT 'active',
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT members_pkey PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT members_email_check CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    CONSTRAINT members_state_check CHECK (state IN ('active', 'suspended'))
);
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
CREATE POLICY members_tenant ON members USING (tenant_id = app.tenant_id());
CREATE POLICY members_log_in ON members FOR SELECT TO tradecraft_web USING (true);
COMMENT ON TABLE members IS 'class: secret';

-- Who may act for a tenant. A personal tenant has its one member as owner.
CREATE TABLE memberships (
    tenant_id  uuid        NOT NULL CONSTRAINT memberships_tenant_fkey REFERENCES tenants (tenant_id),
    member_id  uuid        NOT NULL,
    role       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT memberships_pkey PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT memberships_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, member_id),
    CONSTRAINT memberships_role_known CHECK (role IN ('owner', 'author', 'trader', 'viewer'))
);
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY memberships_tenant ON memberships
    USING (tenant_id = app.tenant_id());
COMMENT ON TABLE memberships IS 'class: tenant';

-- The public face of a tenant: everybody reads it, its tenant writes it.
CREATE TABLE handles (
    tenant_id    uuid        NOT NULL CONSTRAINT handles_tenant_fkey REFERENCES tenants (tenant_id),
    handle       text        NOT NULL CONSTRAINT handles_handle_key UNIQUE,
    display_name text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT handles_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT handles_handle_check CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(handle) BETWEEN 3 AND 30),
    CONSTRAINT handles_display_name_check CHECK (length(display_name) BETWEEN 1 AND 80)
);
ALTER TABLE handles ENABLE ROW LEVEL SECURITY;
ALTER TABLE handles FORCE ROW LEVEL SECURITY;
CREATE POLICY handles_tenant ON handles USING (tenant_id = app.tenant_id());
CREATE POLICY handles_public ON handles FOR SELECT TO tradecraft_web, tradecraft_engine USING (true);
COMMENT ON TABLE handles IS 'class: public';

-- One browser that is logged in. The token itself is only in its cookie.
CREATE TABLE login_sessions (
    tenant_id    uuid        NOT NULL,
    token_sha256 bytea       NOT NULL CONSTRAINT login_sessions_token_key UNIQUE,
    member_id    uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    -- As the browser named itself at log-in, for the list of sessions.
    user_agent   text        NOT NULL,
    CONSTRAINT login_sessions_pkey PRIMARY KEY (tenant_id, token_sha256),
    CONSTRAINT login_sessions_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES members (tenant_id, member_id) ON DELETE CASCADE,
    CONSTRAINT login_sessions_token_check CHECK (length(token_sha256) = 32),
    CONSTRAINT login_sessions_user_agent_check CHECK (length(user_agent) <= 400)
);
CREATE INDEX login_sessions_member ON login_sessions (tenant_id, member_id);
CREATE INDEX login_sessions_expires_at ON login_sessions (expires_at);
ALTER TABLE login_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY login_sessions_tenant ON login_sessions USING (tenant_id = app.tenant_id());
CREATE POLICY login_sessions_find ON login_sessions FOR SELECT TO tradecraft_web USING (true);
COMMENT ON TABLE login_sessions IS 'class: secret';

GRANT SELECT, INSERT ON members, memberships, handles TO tradecraft_web;
GRANT UPDATE (password_hash, email) ON members TO tradecraft_web;
GRANT UPDATE (display_name) ON handles TO tradecraft_web;
GRANT SELECT, INSERT, DELETE ON login_sessions TO tradecraft_web;
GRANT UPDATE (last_seen_at) ON login_sessions TO tradecraft_web;
GRANT SELECT ON handles TO tradecraft_engine;
