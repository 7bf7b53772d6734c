-- Foundation: roles, the tenant every policy asks for, and the first tenant table.
--
-- Conventions for every later table (PostgresTests/CatalogTests checks them):
--   * A table whose rows belong to a tenant has `tenant_id uuid NOT NULL` first in its primary key, and
--       ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
--       CREATE POLICY t_tenant ON t USING (tenant_id = app.tenant_id());
--     (a policy with USING alone is its WITH CHECK too).
--   * A foreign key from a tenant table to a tenant table is composite, (tenant_id, x_id): a plain one would accept, and
--     so reveal, another tenant's row. Every foreign key has an index that starts with its columns.
--   * What the public sees is a table of its own or a view WITH (security_invoker = true), never a tenant table with a
--     filter.
--   * No default privileges: each migration GRANTs what tradecraft_web and tradecraft_engine need, and no more.
--     An append-only table gets INSERT and SELECT alone.
--   * Names: plural snake_case tables, `…_id uuid` (version 7, made by the program), `…_at timestamptz`, money, prices
--     and quantities `bigint` in 1e-8 units, digests `bytea` of 32 bytes; constraints named.
--   * No SECURITY DEFINER function, no BEGIN or COMMIT in a migration, no edit of a released one.

-- pgvector is not marked trusted: where the owner may not create it, a superuser does so once per database.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS vector;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'The extension vector is missing and % may not create it. As a superuser, run in database %: '
            'CREATE EXTENSION vector;', current_user, current_database();
    WHEN feature_not_supported OR undefined_file THEN
        RAISE EXCEPTION 'The server has no pgvector. Install the package (Debian: postgresql-NN-pgvector) and try again.';
END
$$;

-- The roles of the web and engine processes: they log in, own nothing, and row level security holds for them. Roles
-- belong to the whole server, so they may exist already.
DO $$
DECLARE
    wanted text;
    existing record;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['tradecraft_web', 'tradecraft_engine'] LOOP
        SELECT rolsuper, rolbypassrls, rolcanlogin INTO existing FROM pg_roles WHERE rolname = wanted;
        IF NOT FOUND THEN
            BEGIN
                EXECUTE format(
                    'CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', wanted);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'The role % is missing and % may not create it. As a superuser, run: '
                        'CREATE ROLE % LOGIN NOSUPERUSER NOBYPASSRLS;', wanted, current_user, wanted;
            END;
        ELSIF existing.rolsuper OR existing.rolbypassrls OR NOT existing.rolcanlogin THEN
            RAISE EXCEPTION 'The role % exists but must be LOGIN, NOSUPERUSER and NOBYPASSRLS. Alter it and try again.',
                wanted;
        END IF;
    END LOOP;
END
$$;

-- Nothing for everybody: only named roles reach this database.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tradecraft_web, tradecraft_engine', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tradecraft_web, tradecraft_engine;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Lets a process see at start whether the schema is the one it was built for.
GRANT SELECT ON schema_migrations TO tradecraft_web, tradecraft_engine;

CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO tradecraft_web, tradecraft_engine;

-- The tenant of the current transaction, or NULL for nobody. After a transaction-local setting ends its value is '',
-- not NULL, so '' is nobody too; NULL makes every policy false.
CREATE FUNCTION app.tenant_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;
GRANT EXECUTE ON FUNCTION app.tenant_id() TO tradecraft_web, tradecraft_engine;

-- Who rows belong to: a person alone, a team, or the house (the platform itself, for what is public by its owner).
-- Sign-up inserts one inside its own scope.
CREATE TABLE tenants (
    tenant_id  uuid        NOT NULL,
    kind       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenants_kind_known CHECK (kind IN ('personal', 'team', 'house'))
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_tenant ON tenants USING (tenant_id = app.tenant_id());
GRANT SELECT, INSERT ON tenants TO tradecraft_web;
GRANT SELECT ON tenants TO tradecraft_engine;
