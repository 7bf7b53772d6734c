-- The audit log: what was done, written with the deed; and the transparency log over it, an RFC 6962 Merkle tree.

-- Append-only for the application roles. Nothing personal: people are ids, the place is a commitment.
CREATE TABLE audit_events (
    tenant_id   uuid        NOT NULL,
    event_id    uuid        NOT NULL CONSTRAINT audit_events_id_key UNIQUE,
    at          timestamptz NOT NULL,
    -- Who; NULL for somebody who is not logged in and for the platform itself.
    actor_id    uuid        NULL,
    -- How they came: session, token, operator (a command), platform.
    actor_kind  text        NOT NULL,
    action      text        NOT NULL,
    object_kind text        NULL,
    object_id   text        NULL,
    outcome     text        NOT NULL,
    request_id  text        NOT NULL,
    -- Never a secret, an address or a name. Text, because leaves are made from its very bytes: canonical JSON.
    details     text        NOT NULL,
    -- SHA-256 over a random salt, the network and the browser's name: the leaf holds this, so the place can be forgotten.
    place_sha256 bytea      NOT NULL,
    CONSTRAINT audit_events_pkey PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT audit_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT audit_events_outcome_known CHECK (outcome IN ('done', 'refused')),
    CONSTRAINT audit_events_actor_known CHECK (actor_kind IN ('session', 'token', 'visitor', 'operator', 'platform')),
    CONSTRAINT audit_events_details CHECK (details IS JSON OBJECT),
    CONSTRAINT audit_events_place CHECK (length(place_sha256) = 32)
);
CREATE INDEX audit_events_actor ON audit_events (tenant_id, actor_id, event_id DESC);
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_events_tenant ON audit_events USING (tenant_id = app.tenant_id());
CREATE POLICY audit_events_sequencer ON audit_events FOR SELECT TO tradecraft_engine USING (true);
GRANT SELECT, INSERT ON audit_events TO tradecraft_web, tradecraft_engine;
COMMENT ON TABLE audit_events IS 'class: tenant';

-- Where it came from; forgotten when an account is deleted.
CREATE TABLE audit_places (
    tenant_id  uuid  NOT NULL,
    event_id   uuid  NOT NULL,
    salt       bytea NOT NULL,
    network    text  NOT NULL,
    user_agent text  NOT NULL,
    CONSTRAINT audit_places_pkey PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT audit_places_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES audit_events (tenant_id, event_id),
    CONSTRAINT audit_places_salt CHECK (length(salt) = 16)
);
ALTER TABLE audit_places ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_places FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_places_tenant ON audit_places USING (tenant_id = app.tenant_id());
GRANT SELECT, INSERT, DELETE ON audit_places TO tradecraft_web, tradecraft_engine;
COMMENT ON TABLE audit_places IS 'class: tenant';

-- Events that have no leaf yet: written with the event, taken by the sequencer.
CREATE TABLE audit_pending (
    tenant_id uuid NOT NULL,
    event_id  uuid NOT NULL,
    CONSTRAINT audit_pending_pkey PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX audit_pending_oldest ON audit_pending (event_id);
ALTER TABLE audit_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_pending FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_pending_tenant ON audit_pending USING (tenant_id = app.tenant_id());
CREATE POLICY audit_pending_sequencer ON audit_pending TO tradecraft_engine USING (true);
GRANT INSERT ON audit_pending TO tradecraft_web, tradecraft_engine;
GRANT SELECT, DELETE ON audit_pending TO tradecraft_engine;
COMMENT ON TABLE audit_pending IS 'class: tenant';

-- The leaves, numbered from 0 without gaps. A leaf is typed; later kinds join.
CREATE TABLE log_leaves (
    number    bigint NOT NULL,
    kind      text   NOT NULL,
    -- What it is about: for kind audit the event.
    source_id uuid   NOT NULL,
    leaf_hash bytea  NOT NULL,
    CONSTRAINT log_leaves_pkey PRIMARY KEY (number),
    CONSTRAINT log_leaves_source_once UNIQUE (kind, source_id),
    CONSTRAINT log_leaves_from_zero CHECK (number >= 0),
    CONSTRAINT log_leaves_sha256 CHECK (length(leaf_hash) = 32),
    CONSTRAINT log_leaves_kind_known CHECK (kind IN ('audit'))
);
CREATE INDEX log_leaves_hash ON log_leaves (leaf_hash);
GRANT SELECT ON log_leaves TO tradecraft_web;
GRANT SELECT, INSERT ON log_leaves TO tradecraft_engine;
COMMENT ON TABLE log_leaves IS 'class: public';

-- Hashes of complete subtrees, so that proofs need few reads: 2^level leaves from position * 2^level on. Level 0 would be
-- the leaves themselves.
CREATE TABLE log_nodes (
    level    smallint NOT NULL,
    position bigint   NOT NULL,
    hash     bytea    NOT NULL,
    CONSTRAINT log_nodes_pkey PRIMARY KEY (level, position),
    CONSTRAINT log_nodes_level CHECK (level BETWEEN 1 AND 62),
    CONSTRAINT log_nodes_sha256 CHECK (length(hash) = 32)
);
GRANT SELECT ON log_nodes TO tradecraft_web;
GRANT SELECT, INSERT ON log_nodes TO tradecraft_engine;
COMMENT ON TABLE log_nodes IS 'class: public';

-- Signed tree heads (C2SP tlog-checkpoint), numbered from 0 without gaps; also written outside the database. A quiet log
-- gets one a minute, so that nothing can be slipped in with an older date.
CREATE TABLE log_checkpoints (
    number     bigint      NOT NULL,
    tree_size  bigint      NOT NULL,
    root_hash  bytea       NOT NULL,
    note       text        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT log_checkpoints_pkey PRIMARY KEY (number),
    CONSTRAINT log_checkpoints_from_zero CHECK (number >= 0 AND tree_size >= 0),
    CONSTRAINT log_checkpoints_sha256 CHECK (length(root_hash) = 32)
);
CREATE INDEX log_checkpoints_size ON log_checkpoints (tree_size);
GRANT SELECT ON log_checkpoints TO tradecraft_web;
GRANT SELECT, INSERT ON log_checkpoints TO tradecraft_engine;
COMMENT ON TABLE log_checkpoints IS 'class: public';

-- The keys that checkpoints were signed with, as C2SP signed-note writes them, for who asks the site.
CREATE TABLE log_keys (
    verifier_key text        NOT NULL,
    since        timestamptz NOT NULL,
    CONSTRAINT log_keys_pkey PRIMARY KEY (verifier_key)
);
GRANT SELECT ON log_keys TO tradecraft_web;
GRANT SELECT, INSERT ON log_keys TO tradecraft_engine;
COMMENT ON TABLE log_keys IS 'class: public';

-- Which tenant's event is which leaf, with what admins filter by. It belongs to the house, so that no ordinary request
-- sees it; the events themselves are read tenant by tenant.
CREATE TABLE audit_index (
    tenant_id       uuid        NOT NULL,
    number          bigint      NOT NULL,
    event_tenant_id uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    at              timestamptz NOT NULL,
    actor_id        uuid        NULL,
    action          text        NOT NULL,
    outcome         text        NOT NULL,
    CONSTRAINT audit_index_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT audit_index_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
CREATE INDEX audit_index_event_tenant ON audit_index (tenant_id, event_tenant_id, number DESC);
CREATE INDEX audit_index_actor ON audit_index (tenant_id, actor_id, number DESC);
ALTER TABLE audit_index ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_index FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_index_tenant ON audit_index USING (tenant_id = app.tenant_id());
GRANT SELECT ON audit_index TO tradecraft_web;
GRANT SELECT, INSERT ON audit_index TO tradecraft_engine;
COMMENT ON TABLE audit_index IS 'class: tenant';
