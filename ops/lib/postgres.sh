# shellcheck shell=bash
# The database: the embedded PostgreSQL under the state folder, or another one by TRADECRAFT_DATABASE_URL.

readonly DATABASE_NAME=tradecraft
readonly POSTGRES_MAJOR=18

# Fails, with nothing touched, when the state folder holds a cluster of another major version.
check_cluster_version() {
    [[ -s $STATE/postgres/PG_VERSION ]] || return 0
    local found; found=$(<"$STATE/postgres/PG_VERSION")
    [[ $found == "$POSTGRES_MAJOR" ]] ||
        fail "the database in $STATE/postgres was made by PostgreSQL $found; this Tradecraft brings $POSTGRES_MAJOR.
Nothing was changed. Start the Tradecraft that made it and save it with pg_dump, or choose another folder with --state."
}

# Makes the cluster's files the first time: in a folder beside, then renamed, so that a half-made one is never taken up.
prepare_cluster() {
    local log=$1 fresh=$STATE/.postgres-new
    if [[ ! -s $STATE/postgres/PG_VERSION ]]; then
        rm -rf -- "$fresh"
        mkdir -- "$fresh"
        ! is_root || chown "$ACCOUNT:$ACCOUNT" "$fresh"
        run_with_progress "making the database" "$log" "$LIB/as-account" "$POSTGRES_HOME/bin/initdb" --pgdata="$fresh" \
            --username=postgres --auth-local=peer --auth-host=reject --encoding=UTF8 --locale-provider=builtin \
            --builtin-locale=C.UTF-8 --data-checksums ||
            fail "PostgreSQL's initdb failed; its output is in $log."
        printf "include 'tradecraft.conf'\n" | as_account tee -a "$fresh/postgresql.conf" >/dev/null
        mv -T -- "$fresh" "$STATE/postgres"
    fi
    cluster_settings | as_account tee "$STATE/postgres/tradecraft.conf" >/dev/null
    printf 'local all all peer map=tradecraft\n' | as_account tee "$STATE/postgres/pg_hba.conf" >/dev/null
    cluster_accounts | as_account tee "$STATE/postgres/pg_ident.conf" >/dev/null
}

# Who may be which role: the account of the processes and whoever ran ops/up, over a socket in a folder closed to others.
cluster_accounts() {
    local account
    for account in "$(as_account id -un)" "$(id -un)"; do
        printf 'tradecraft %s all\n' "$account"
    done | sort -u
}

# Prints the server's settings: an eighth of the memory for its cache, one socket, no network.
cluster_settings() {
    local buffers shared_memory=posix
    buffers=$(awk '/^MemTotal/ {mb = int($2 / 8192); print (mb < 128 ? 128 : (mb > 2048 ? 2048 : mb))}' /proc/meminfo)
    # A container's /dev/shm may be 64 MB, too small for a parallel query.
    (($(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $2}') >= 524288)) || shared_memory=sysv
    cat <<CONF
# Written by ops/up at each start; your own settings go to postgresql.conf, below the include.
listen_addresses = ''
unix_socket_directories = '$RUN'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = ${buffers}MB
dynamic_shared_memory_type = $shared_memory
max_wal_size = 2GB
wal_compression = on
random_page_cost = 1.1
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] %q%u '
log_min_duration_statement = 1000
log_lock_waits = on
CONF
}

embedded_url() { printf 'postgresql://%s@/%s?host=%s' "$1" "$DATABASE_NAME" "$(percent_encode "$RUN")"; }

# psql on the embedded cluster as its superuser. Arguments: database, more words.
superuser_psql() {
    local database=$1
    shift
    PGOPTIONS='' "$POSTGRES_HOME/bin/psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
        --host="$RUN" --username=postgres --dbname="$database" "$@"
}

embedded_answers() {
    "$POSTGRES_HOME/bin/pg_isready" --quiet --host="$RUN" --username=postgres --dbname=postgres
}

# Makes what only a superuser can: the owner role, its database, and the extension (pgvector is not marked trusted).
bootstrap_embedded() {
    superuser_psql postgres <<SQL
SELECT 'CREATE ROLE tradecraft_owner LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradecraft_owner') \gexec
SELECT 'CREATE DATABASE $DATABASE_NAME OWNER tradecraft_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$DATABASE_NAME') \gexec
SQL
    superuser_psql "$DATABASE_NAME" --command='SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS vector'
    write_connection owner "$(embedded_url tradecraft_owner)"
    write_connection web "$(embedded_url tradecraft_web)"
    write_connection engine "$(embedded_url tradecraft_engine)"
}

# Keeps a role's connection string where only the account can read it. Arguments: role, string.
write_connection() {
    printf '%s\n' "$2" | as_account "$BASH" -c 'umask 077; cat >"$1.new" && mv -- "$1.new" "$1"' - \
        "$STATE/env/$1/TRADECRAFT_DATABASE_URL"
}

read_connection() { as_account cat "$STATE/env/$1/TRADECRAFT_DATABASE_URL"; }

# psql on another PostgreSQL as the role of the given connection string. Arguments: string, more words.
external_psql() {
    local url=$1
    shift
    PGCONNECT_TIMEOUT=10 "$POSTGRES_HOME/bin/psql" --no-psqlrc --quiet --tuples-only --no-align \
        --set=ON_ERROR_STOP=1 --dbname="$url" "$@"
}

# Checks another PostgreSQL and prepares owner and extension there. A superuser's string is used once, to make the owner
# role; any other role becomes the owner itself and needs CREATEROLE.
bootstrap_external() {
    local url=$1 facts version superuser vector
    facts=$(external_psql "$url" --field-separator=' ' --command="SELECT current_setting('server_version_num')::int,
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
        EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')" 2>"$STATE/log/database.log") ||
        fail "the database of TRADECRAFT_DATABASE_URL can't be used: $(head -n 1 "$STATE/log/database.log")
Check the connection string and that the server is running."
    read -r version superuser vector <<<"$facts"
    ((version >= 160000)) || fail "TRADECRAFT_DATABASE_URL names PostgreSQL $((version / 10000)); 16 or later is needed."
    [[ $vector == t ]] || fail "the server of TRADECRAFT_DATABASE_URL lacks the extension pgvector. Install it there
(Debian: postgresql-$((version / 10000))-pgvector), then start this command again."
    if [[ $superuser == t ]]; then
        make_external_owner "$url"
    else
        external_psql "$url" --command='SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS vector' ||
            fail "the role of TRADECRAFT_DATABASE_URL can't create the extension vector. Run as a superuser on that
database: CREATE EXTENSION vector; then start this command again."
        write_connection owner "$url"
    fi
}

make_external_owner() {
    local url=$1 password
    password=$(role_password owner)
    external_psql "$url" --set=password="$password" <<'SQL'
SELECT 'CREATE ROLE tradecraft_owner LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradecraft_owner') \gexec
ALTER ROLE tradecraft_owner PASSWORD :'password';
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS vector;
SELECT format('ALTER DATABASE %I OWNER TO tradecraft_owner', current_database()) \gexec
SQL
    write_connection owner "$(connection_as "$url" tradecraft_owner "$password")"
}

# Gives the application's roles passwords on another PostgreSQL, once migrations have made the roles.
finish_external() {
    local owner role password
    owner=$(read_connection owner)
    for role in web engine; do
        password=$(role_password "$role")
        external_psql "$owner" --set=password="$password" <<<"ALTER ROLE tradecraft_$role PASSWORD :'password';"
        write_connection "$role" "$(connection_as "$owner" "tradecraft_$role" "$password")"
    done
}

# Prints the password kept for a role, made the first time. Argument: role.
role_password() {
    local file=$STATE/env/$1.password
    as_account test -s "$file" ||
        od -An -N24 -tx1 /dev/urandom | tr -d ' \n' |
        as_account "$BASH" -c 'umask 077; cat >"$1"' - "$file"
    as_account cat "$file"
}

# Prints a connection string with another role in it. Arguments: string, role, password.
connection_as() { python3 "$LIB/connection-as" "$@"; }
