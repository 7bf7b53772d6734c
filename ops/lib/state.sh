# shellcheck shell=bash
# The state folder: where it is, who owns it, what it remembers.
#
#   app/         link to the release in use (programs, migrations, web files)      releases/<stamp>/
#   vendor/      what came in wheels            postgres/   the embedded database's files
#   services/    one folder a process (runit)   run/        sockets, pids, crash records
#   log/         one folder a process           nginx/      configuration, cache, temporary files
#   env/         connection strings, one folder a role, readable by the account that runs the processes
#   keys/        the keys outside the database     mail/        letters, where there is no mail server
#   transparency/ the signed checkpoints of the audit log
#   settings     the options of the last start

# Sets STATE to the absolute path of the state folder, links followed. Argument: the path given.
locate_state() {
    local given=$1
    [[ -n $given ]] || usage_error "--state needs a folder"
    STATE=$(realpath -m -- "$given")
    [[ $STATE =~ ^[A-Za-z0-9._/@+-]+$ ]] ||
        usage_error "the state folder's path may hold letters, digits and . _ / @ + - only: $STATE"
    [[ $STATE != / ]] || usage_error "the state folder can't be /"
    [[ ! -e $STATE || -d $STATE ]] || usage_error "$STATE is not a folder"
}

# Fails unless the state folder is ours to use. Nothing is written.
check_state_owner() {
    [[ -d $STATE ]] || return 0
    local owner foreign
    owner=$(stat -c %u -- "$STATE")
    [[ $owner -eq $EUID ]] || fail "$STATE belongs to the user $(id -un "$owner" 2>/dev/null || echo "$owner").
Start as that user, or choose another folder with --state."
    # The states of ops/test and ops/bench live inside the default one.
    foreign=$(find "$STATE" -mindepth 1 -maxdepth 1 ! -name .lock ! -name test ! -name bench -print -quit)
    [[ -f $STATE/.identity || -z $foreign ]] ||
        fail "$STATE is not empty and was not made by ops/up. Choose another folder with --state."
}

# Makes the account that runs the processes, when root starts them.
ensure_account() {
    is_root || return 0
    id "$ACCOUNT" >/dev/null 2>&1 ||
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$ACCOUNT"
}

# Makes the state folder and takes its lock, which lasts until this command ends. Sets MADE_STATE when it was not there.
open_state() {
    MADE_STATE=""
    if [[ ! -f $STATE/.identity ]]; then
        MADE_STATE=yes
        mkdir -p -- "$STATE"
        move_if_unreachable
    fi
    chmod u+rwx,go+rx -- "$STATE"
    take_lock
    make_folders
}

# The account may be kept out by a folder above (as /root does). Then the files live under /var/lib/tradecraft, and the
# state folder is a link to them: no folder that is not ours changes its permissions.
move_if_unreachable() {
    is_root || return 0
    chmod u+rwx,go+rx -- "$STATE"
    as_account test -x "$STATE" && return 0
    local backing
    mkdir -p /var/lib/tradecraft
    as_account test -x /var/lib/tradecraft ||
        fail "the account $ACCOUNT can reach neither $STATE nor /var/lib/tradecraft. Choose another folder with --state."
    backing=$(mktemp -d "/var/lib/tradecraft/$(basename "$STATE").XXXXXX")
    rmdir -- "$STATE" 2>/dev/null || fail "$STATE can't be reached by the account $ACCOUNT. Choose another folder with --state."
    ln -s -- "$backing" "$STATE"
    say "The account $ACCOUNT may not enter $(dirname "$STATE"), so $STATE is a link to $backing."
    STATE=$backing
}

take_lock() {
    exec 9>>"$STATE/.lock"
    flock -n 9 || fail "another ops command is at work on $STATE. Wait for it to end, then start this one again."
}

# Makes the folders, those that processes write to owned by their account.
make_folders() {
    local folder
    mkdir -p -- "$STATE"/{releases,vendor,services,run/crash,log,nginx/{cache,temp},env/{owner,web,engine}}
    if is_root; then
        chown "$ACCOUNT:$ACCOUNT" "$STATE"/{services,run,run/crash,log,nginx,nginx/*,env,env/*}
    fi
    for folder in keys mail transparency; do
        # Made by the account itself, so that no moment shows them to others.
        [[ -d $STATE/$folder ]] || install_private_folder "$STATE/$folder"
    done
    chmod 700 "$STATE"/{run,env,keys,mail}
    [[ -s $STATE/.identity ]] || od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$STATE/.identity"
    IDENTITY=$(<"$STATE/.identity")
    choose_run_folder
}

# Makes a folder that only the processes' account may enter. Argument: path.
install_private_folder() {
    if is_root; then install -d -m 700 -o "$ACCOUNT" -g "$ACCOUNT" -- "$1"; else install -d -m 700 -- "$1"; fi
}

# Unix socket addresses end at 107 bytes. A deep state folder is reached through a short link. Sets RUN.
choose_run_folder() {
    RUN=$STATE/run
    ((${#RUN} > 80)) || return 0
    RUN=/tmp/tradecraft-$EUID-${IDENTITY:0:12}
    if [[ -L $RUN && $(stat -c %u -- "$RUN") -eq $EUID ]]; then
        ln -sfn -- "$STATE/run" "$RUN"
    else
        ln -sn -- "$STATE/run" "$RUN" 2>/dev/null || fail "$RUN is in the way. Remove it, or choose a shorter --state."
    fi
}

# Sets what an existing state folder remembers: IDENTITY, RUN and the settings. Status 1 when ops/up never ran here.
read_state() {
    IDENTITY="" RUN="" PORT="" WORKERS="" ENGINES="" DEMO="" DATABASE="" ORIGIN=""
    [[ -s $STATE/settings && -s $STATE/.identity ]] || return 1
    IDENTITY=$(<"$STATE/.identity")
    local key value
    while IFS='=' read -r key value; do
        case $key in
            port) PORT=$value ;;
            workers) WORKERS=$value ;;
            engines) ENGINES=$value ;;
            demo) DEMO=$value ;;
            database) DATABASE=$value ;;
            origin) ORIGIN=$value ;;
            run) RUN=$value ;;
            *) ;;
        esac
    done <"$STATE/settings"
}

write_settings() {
    printf '%s\n' "port=$PORT" "workers=$WORKERS" "engines=$ENGINES" "demo=$DEMO" "database=$DATABASE" \
        "origin=$ORIGIN" "run=$RUN" "identity=$IDENTITY" "account=$(as_account id -un)" >"$STATE/settings.new"
    mv -- "$STATE/settings.new" "$STATE/settings"
}
