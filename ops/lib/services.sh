# shellcheck shell=bash
# The processes, kept running by runit: one folder a service under services/, runsvdir over them all.

readonly WEB_THREADS=16
readonly STREAM_THREADS=64
readonly SYSTEM_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Prints the names of the services that this state should run, in the order they start.
service_names() {
    local number
    [[ $DATABASE != embedded ]] || echo postgres
    for ((number = 1; number <= ENGINES; number++)); do echo "engine-$number"; done
    for ((number = 1; number <= WORKERS; number++)); do echo "web-$number"; done
    echo streams
    echo nginx
}

# Prints the names of the services that exist on disk.
existing_services() { find "$STATE/services" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%f\n' 2>/dev/null | LC_ALL=C sort; }

# Prints the run script of a service. Arguments: name.
run_script() {
    local env=$STATE/env program=$STATE/app/bin/tradecraft
    printf '#!/bin/bash\n# Written by ops/up.\nexec 2>&1\n'
    case $1 in
        postgres)
            # Sessions of a server that was killed keep its shared memory, and a new one refuses to start beside them.
            # Nothing of theirs is lost: what was not committed is undone by the recovery that follows.
            printf 'cd %q || exit 1\n' "$STATE/postgres"
            printf 'for link in /proc/[0-9]*/cwd; do\n'
            printf '    [[ $(readlink "$link") == "$PWD" && $(readlink "${link%%cwd}exe") == */postgres ]] || continue\n'
            printf '    kill -KILL "$(cut -d/ -f3 <<<"$link")"\ndone\n'
            printf 'exec setpriv --pdeathsig INT -- %q -D %q\n' "$POSTGRES_HOME/bin/postgres" "$STATE/postgres" ;;
        nginx)
            # Workers outlive a killed master and keep its port; they go before a new one starts.
            printf 'cd %q || exit 1\n' "$STATE/nginx"
            printf 'for link in /proc/[0-9]*/cwd; do\n'
            printf '    [[ $(readlink "$link") == "$PWD" && $(readlink "${link%%cwd}exe") == */nginx ]] || continue\n'
            printf '    kill -KILL "$(cut -d/ -f3 <<<"$link")"\ndone\n'
            # A killed nginx leaves its socket's file, and binding to a file that exists fails.
            printf 'rm -f %q\n' "$RUN/internal.sock"
            printf "exec setpriv --pdeathsig QUIT -- nginx -e stderr -p %q -c %q -g 'daemon off;'\n" \
                "$STATE/nginx" "$STATE/nginx/nginx.conf" ;;
        web-*)
            printf 'cd %q || exit 1\n' "$STATE/app"
            printf 'exec chpst -e %q setpriv --pdeathsig TERM -- %q serve --socket %q --threads %d --keys %q --origin %q\n' \
                "$env/web" "$program" "$RUN/$1.sock" "$WEB_THREADS" "$STATE/keys" "$(site_origin)" ;;
        streams)
            printf 'cd %q || exit 1\n' "$STATE/app"
            printf 'exec chpst -e %q setpriv --pdeathsig TERM -- %q serve --streams --socket %q --threads %d --keys %q --origin %q\n' \
                "$env/web" "$program" "$RUN/streams.sock" "$STREAM_THREADS" "$STATE/keys" "$(site_origin)" ;;
        engine-*)
            printf 'cd %q || exit 1\n' "$STATE/app"
            printf 'exec chpst -e %q setpriv --pdeathsig TERM -- %q engine --keys %q --transparency %q' "$env/engine" "$program" \
                "$STATE/keys" "$STATE/transparency"
            # A mail server, if there is one, comes through the environment, where no other account sees its password.
            [[ -s $env/engine/TRADECRAFT_SMTP_URL ]] || printf ' --mail-folder %q' "$STATE/mail"
            printf '\n' ;;
        *) fail "no service is called $1" ;;
    esac
}

# Prints scheme, host and port under which people reach the site.
site_origin() { printf '%s' "${ORIGIN:-http://localhost:$PORT}"; }

# Makes the keys that are missing. Never changes one that is there. Argument: log file.
prepare_keys() {
    "$LIB/as-account" "$STATE/app/bin/tradecraft" keys create --folder "$STATE/keys" >"$1" 2>&1 ||
        fail "the keys in $STATE/keys cannot be used: $(tail -n 1 -- "$1")"
}

# Fails unless the mail settings of this start, with those kept from the last one, name a sender for a mail server.
check_mail_settings() {
    local name url=${TRADECRAFT_SMTP_URL-unset} from=${TRADECRAFT_MAIL_FROM-unset}
    for name in TRADECRAFT_SMTP_URL TRADECRAFT_MAIL_FROM; do
        [[ ${!name-} != *$'\n'* ]] || fail "$name must be one line."
    done
    [[ $url != unset ]] || url=$(as_account cat "$STATE/env/engine/TRADECRAFT_SMTP_URL" 2>/dev/null || true)
    [[ $from != unset ]] || from=$(as_account cat "$STATE/env/engine/TRADECRAFT_MAIL_FROM" 2>/dev/null || true)
    [[ -z $url || -n $from ]] ||
        fail "mail servers refuse mail from nobody: set TRADECRAFT_MAIL_FROM too, such as 'Tradecraft <no-reply@your.domain>'."
}

# Keeps the mail server's address and the sender for this start and the next ones, and prints the engines' names if that
# changes what they do. An empty variable goes back to the mail folder.
keep_mail_settings() {
    local number
    keep_variables engine TRADECRAFT_SMTP_URL TRADECRAFT_MAIL_FROM || return 0
    for ((number = 1; number <= ENGINES; number++)); do echo "engine-$number"; done
}

# The same for the API's rates and the processes of the web. An empty variable goes back to what docs/api.md says.
keep_rate_settings() {
    local number
    keep_variables web TRADECRAFT_REQUESTS_PER_MINUTE_{TOKEN,ACCOUNT,NETWORK} || return 0
    for ((number = 1; number <= WORKERS; number++)); do echo "web-$number"; done
    echo streams
}

# Writes variables that are set where services of a kind read them. True if that changed any. Arguments: kind, names.
keep_variables() {
    local kind=$1 name file changed=""
    shift
    for name in "$@"; do
        [[ -v $name ]] || continue
        file=$STATE/env/$kind/$name
        [[ -n ${!name} || -e $file ]] || continue
        ! as_account cmp -s - "$file" <<<"${!name}" || continue
        changed=yes
        if [[ -n ${!name} ]]; then
            # Others must not see a password, not even for a moment.
            as_account sh -c 'umask 077 && cat >"$1.new" && mv -- "$1.new" "$1"' - "$file" <<<"${!name}"
        else
            rm -f -- "$file"
        fi
    done
    [[ -n $changed ]]
}

# Prints the signal that ends a service well. Argument: name.
stop_signal() {
    case $1 in
        postgres) echo INT ;;   # fast shutdown: open sessions are ended
        nginx) echo QUIT ;;     # answers in flight are finished
        *) echo TERM ;;
    esac
}

# Writes a service's folder if it is new or differs, and says so on standard output. Argument: name.
write_service() {
    local name=$1 folder=$STATE/services/$1 fresh=$STATE/services/.new-$1
    if [[ -d $folder ]] && cmp -s <(run_script "$name") "$folder/run"; then return; fi
    rm -rf -- "$fresh"
    mkdir -p -- "$fresh"/{log,control} "$STATE/log/$name"
    run_script "$name" >"$fresh/run"
    cp -- "$LIB/service-finish" "$fresh/finish"
    printf '#!/bin/bash\nexec svlogd %q\n' "$STATE/log/$name" >"$fresh/log/run"
    printf '#!/bin/bash\n# Written by ops/up.\nexec kill -%s "$(<%q)"\n' "$(stop_signal "$name")" \
        "$STATE/services/$name/supervise/pid" >"$fresh/control/t"
    # Ten files of 5 MB a service.
    printf 's5000000\nn10\n' >"$STATE/log/$name/config"
    touch "$fresh/down"
    chmod 755 "$fresh"/{run,finish,log/run,control/t}
    ! is_root || chown -R "$ACCOUNT:$ACCOUNT" "$fresh" "$STATE/log/$name"
    if [[ -d $folder ]]; then
        cp -p -- "$fresh/run" "$folder/run.new"
        mv -- "$folder/run.new" "$folder/run"
        rm -rf -- "$fresh"
    else
        mv -- "$fresh" "$folder"
    fi
    echo "$name"
}

supervise() { SVDIR=$STATE/services sv "$@"; }

# True when runsv looks after the service and its process runs. Argument: name.
service_runs() { supervise status "$1" 2>/dev/null | grep -q '^run: '; }

supervised() { supervise status "$1" >/dev/null 2>&1; }

# True when neither the service of a folder nor its log has a runsv. Argument: folder.
unsupervised() { ! sv status "$1" >/dev/null 2>&1 && ! sv status "$1/log" >/dev/null 2>&1; }

supervisor_runs() {
    local pid started
    read -r pid started 2>/dev/null <"$STATE/run/supervisor" || return 1
    [[ -n $started && $(process_start "$pid") == "$started" ]]
}

# Prints when a process started, in clock ticks since boot: with the id it names one process for good. Prints nothing for
# one that has ended and waits to be collected.
process_start() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" && $1 != "X" {print $20}'; }

# Starts runsvdir if it is not running; services start down, so that each can be brought up in its turn.
start_supervisor() {
    supervisor_runs && return 0
    end_processes 20
    local name pid
    for name in $(existing_services); do
        touch "$STATE/services/$name/down"
        rm -rf -- "$STATE/services/$name/supervise" "$STATE/services/$name/log/supervise"
    done
    : >"$STATE/log/supervisor.log"
    setsid "$LIB/as-account" env -i PATH="$SYSTEM_PATH" HOME=/nonexistent LANG=C.UTF-8 TZ=UTC \
        TRADECRAFT_SUPERVISED="$IDENTITY" TRADECRAFT_STATE="$STATE" TRADECRAFT_RUN="$RUN" \
        runsvdir -P "$STATE/services" >>"$STATE/log/supervisor.log" 2>&1 </dev/null 9>&- &
    pid=$!
    printf '%s %s\n' "$pid" "$(process_start "$pid")" >"$STATE/run/supervisor"
    disown
}

# Brings services up. Arguments: names.
start_services() {
    local name
    for name in "$@"; do
        wait_until 15 supervised "$name" || fail "the supervisor does not take up $name; see $STATE/log/supervisor.log"
        service_runs "$name" || STARTED+=("$name")
        supervise up "$name" >/dev/null
        rm -f -- "$STATE/services/$name/down"
    done
}

# Ends services well, or by force after a while, and waits for it. Arguments: seconds, names.
stop_services() {
    local seconds=$1
    shift
    (($#)) || return 0
    supervise -w "$seconds" force-stop "$@" >/dev/null 2>&1 || true
}

# Removes services that the settings no longer name.
remove_surplus_services() {
    local name gone
    for name in $(comm -23 <(existing_services) <(service_names | LC_ALL=C sort)); do
        stop_services 30 "$name"
        # Under a name that runsvdir does not look at, so that it starts no new runsv for it.
        gone=$STATE/services/.gone-$name
        mv -T -- "$STATE/services/$name" "$gone"
        sv -w 15 exit "$gone" >/dev/null 2>&1 || true
        wait_until 15 unsupervised "$gone" || fail "the supervisor holds on to $gone."
        rm -rf -- "$gone"
        rm -f -- "$STATE/run/crash/$name".*
    done
}

# Prints the names of services that die again and again.
crashing_services() {
    local file count
    for file in "$STATE"/run/crash/*.json; do
        [[ -s $file ]] || continue
        count=$(sed -n 's/.*"count":\([0-9]*\).*/\1/p' "$file")
        ((${count:-0} < 3)) || basename "$file" .json
    done
}

# Fails with the end of its log when a service dies again and again.
check_crashes() {
    local name
    for name in $(crashing_services); do
        service_is_steady "$name" && continue
        note "The end of $STATE/log/$name/current:"
        tail -n 15 -- "$STATE/log/$name/current" 2>/dev/null | cut -c1-300 | sed 's/^/    /' >&2
        fail "$name stops right after each start. Its log is $STATE/log/$name/current."
    done
}

# True when a service has been running for ten seconds or more. Argument: name.
service_is_steady() {
    local line
    line=$(supervise status "$1" 2>/dev/null) || return 1
    [[ $line =~ ^run:.*\)\ ([0-9]+)s ]] && ((BASH_REMATCH[1] >= 10))
}
