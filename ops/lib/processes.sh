# shellcheck shell=bash
# Which processes belong to a state folder. Nothing is told by a process id on file, which may have been given to
# somebody else since: a process is ours when it carries our mark in its environment, or, for PostgreSQL and nginx, which
# write over theirs, when it is that program at work in our folders.

# Prints the ids of the running processes that ops/up started for this state, one a line. Needs IDENTITY.
our_processes() {
    # The account asks, since even root may be barred from looking into another account's process (containers).
    as_account "$BASH" -c '
        cd /proc || exit 1
        grep -slzxF -e "TRADECRAFT_SUPERVISED=$1" [0-9]*/environ | cut -d/ -f1
        find [0-9]*/cwd -maxdepth 0 \( -lname "$2/postgres" -o -lname "$2/nginx" \) 2>/dev/null | cut -d/ -f1 |
            while read -r pid; do
                case $(readlink "$pid/exe") in
                    */bin/postgres | */bin/postgres\ * | */nginx | */nginx\ *) echo "$pid" ;;
                esac
            done
        find [0-9]*/exe -maxdepth 0 -lname "$2/releases/*/bin/tradecraft-sandbox*" 2>/dev/null | cut -d/ -f1 |
            while read -r pid; do
                # Left over when its engine died; one that somebody runs by hand still has a parent.
                read -r parent < <(cut -d" " -f4 "$pid/stat" 2>/dev/null) && [[ $parent == 1 ]] && echo "$pid"
            done
        true' - "$IDENTITY" "$STATE" | sort -un
}

no_processes() { [[ -z $(our_processes) ]]; }

# Ends every process of this state that is left: first asked, then forced. Argument: seconds to wait after asking.
end_processes() {
    local pids
    pids=$(our_processes)
    [[ -n $pids ]] || return 0
    signal_processes TERM "$pids"
    wait_until "$1" no_processes && return 0
    signal_processes KILL "$(our_processes)"
    wait_until 10 no_processes
}

# Arguments: signal, process ids one a line.
signal_processes() {
    local pid
    while read -r pid; do
        [[ -z $pid ]] || kill "-$1" "$pid" 2>/dev/null || true
    done <<<"$2"
}
