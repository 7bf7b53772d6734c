# shellcheck shell=bash
# What is checked before anything is made.

# Fails when this machine cannot run Tradecraft.
check_machine() {
    case $(uname -sm) in
        "Linux x86_64" | "Linux aarch64") ;;
        *) fail "the embedded PostgreSQL is made for Linux on x86_64 and aarch64; this machine is $(uname -sm)." ;;
    esac
}

# Fails when a disk is too full. The first build and its tools take most of it.
check_disk() {
    local needed_mb=700
    [[ -e $ROOT/.build/release/tradecraft || -n ${TRADECRAFT_BIN:-} ]] || needed_mb=4000
    check_disk_of "$ROOT" "$needed_mb"
    check_disk_of "$STATE" 700
}

# Arguments: path (which may not exist yet), megabytes needed.
check_disk_of() {
    local path=$1 free_mb
    while [[ ! -e $path ]]; do path=$(dirname "$path"); done
    free_mb=$(df -Pm -- "$path" | awk 'NR == 2 {print $4}')
    ((free_mb >= $2)) ||
        fail "the disk of $path has $free_mb MB left and $2 MB are needed. Make room, or choose another disk with --state."
}

# Fails when somebody else has the port. Argument: the port our nginx now serves, if any.
check_port() {
    local least holder=""
    least=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
    ((PORT >= least)) ||
        fail "port $PORT is reserved: unprivileged processes may listen from $least on. Choose one with --port."
    [[ $PORT != "$1" ]] || return 0
    port_answers "$PORT" || return 0
    if command -v ss >/dev/null; then
        holder=$(ss -ltnpH "sport = :$PORT" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ (by \1, process \2)/p' | head -n 1)
    fi
    fail "port $PORT of 127.0.0.1 is taken$holder. Choose another with --port, or stop what uses it."
}
