-- Teams: members of other tenants, invitations, what a tenant asks of its members.

-- What a team asks of its members. A tenant without a row is a person's. A table of its own, because it is read with the
-- session, before the tenant is known; tenants themselves stay closed.
CREATE TABLE teams (
    tenant_id             uuid        NOT NULL,
    require_second_factor boolean     NOT NULL DEFAULT false,
    created_at            timestamptz NOT NULL DEFAULT now(),
    deleted_at            timestamptz NULL,
    CONSTRAINT teams_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT teams_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE teams FORCE ROW LEVEL SECURITY;
CREATE POLICY teams_tenant ON teams USING (tenant_id = app.tenant_id());
CREATE POLICY teams_find ON teams FOR SELECT TO tradecraft_web USING (true);
GRANT SELECT, INSERT ON teams TO tradecraft_web;
GRANT UPDATE (require_second_factor, deleted_at) ON teams TO tradecraft_web;
COMMENT ON TABLE teams IS 'class: tenant';

-- A team's member has a home elsewhere. The one foreign key that leads into another tenant: the pair is written only
-- from the session of the member who joins.
ALTER TABLE memberships ADD COLUMN home_tenant_id uuid NULL;
ALTER TABLE memberships DROP CONSTRAINT memberships_member_fkey;
-- Every membership so far is a personal one. Forced row level security would hide the rows from the update.
ALTER TABLE memberships NO FORCE ROW LEVEL SECURITY;
UPDATE memberships SET home_tenant_id = tenant_id;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
-- Sign-up writes in the scope of the home.
ALTER TABLE memberships ALTER COLUMN home_tenant_id SET DEFAULT app.tenant_id();
ALTER TABLE memberships ALTER COLUMN home_tenant_id SET NOT NULL;
ALTER TABLE memberships ADD CONSTRAINT memberships_home_fkey FOREIGN KEY (home_tenant_id, member_id)
    REFERENCES members (tenant_id, member_id);
CREATE INDEX memberships_home ON memberships (home_tenant_id, member_id);
CREATE INDEX memberships_member ON memberships (member_id);
-- A session finds its member's role before it knows the tenant.
CREATE POLICY memberships_find ON memberships FOR SELECT TO tradecraft_web USING (true);
GRANT UPDATE (role), DELETE ON memberships TO tradecraft_web;

-- Asked to join, by mail. Sending one again closes the older row as replaced, so rows count mails.
CREATE TABLE invitations (
    tenant_id     uuid        NOT NULL,
    invitation_id uuid        NOT NULL,
    -- Lower case. Only a member who verified this address can accept. Forgotten when the invitation is closed.
    email         text        NULL,
    role          text        NOT NULL,
    token_sha256  bytea       NOT NULL CONSTRAINT invitations_token_key UNIQUE,
    invited_by    uuid        NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    state         text        NOT NULL DEFAULT 'open',
    CONSTRAINT invitations_pkey PRIMARY KEY (tenant_id, invitation_id),
    CONSTRAINT invitations_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT invitations_email_while_open CHECK ((state = 'open') = (email IS NOT NULL)),
    CONSTRAINT invitations_email_check CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    CONSTRAINT invitations_role_known CHECK (role IN ('owner', 'author', 'trader', 'viewer')),
    CONSTRAINT invitations_state_known CHECK (state IN ('open', 'accepted', 'declined', 'revoked', 'replaced', 'expired')),
    CONSTRAINT invitations_token_sha256 CHECK (length(token_sha256) = 32)
);
CREATE UNIQUE INDEX invitations_open_once ON invitations (tenant_id, email) WHERE state = 'open';
CREATE INDEX invitations_email ON invitations (email) WHERE state = 'open';
CREATE INDEX invitations_created_at ON invitations (tenant_id, created_at);
CREATE INDEX invitations_invited_by ON invitations (invited_by, created_at);
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY invitations_tenant ON invitations USING (tenant_id = app.tenant_id());
CREATE POLICY invitations_open ON invitations FOR SELECT TO tradecraft_web USING (true);
GRANT SELECT, INSERT ON invitations TO tradecraft_web;
GRANT UPDATE (state, email) ON invitations TO tradecraft_web;
COMMENT ON TABLE invitations IS 'class: secret';
