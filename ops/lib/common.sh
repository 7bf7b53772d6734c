# shellcheck shell=bash
# What every ops command starts with: strict mode, messages, and small answers about this machine.

set -Eeuo pipefail
shopt -s inherit_errexit
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
readonly ROOT
readonly LIB=$ROOT/ops/lib

# The account that PostgreSQL, nginx and the workers run as when root starts them.
readonly ACCOUNT=tradecraft

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }

# Ends the command with one paragraph: what is wrong, then what to do.
fail() {
    printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# A wrong flag is told apart from a failure, as sysexits.h does.
usage_error() {
    printf '%s: %s\nTry: ops/%s --help\n' "$(basename "$0")" "$*" "$(basename "$0")" >&2
    exit 64
}

# A command that fails where nobody expected it names itself.
trap '[[ $BASH_COMMAND == exit* ]] || note "$(basename "$0"): failed at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR

is_root() { [[ $EUID -eq 0 ]]; }

# Prints the value of a flag, whether written `--flag value` or `--flag=value`. Arguments: flag, rest of the words.
flag_value() {
    if [[ $1 == *=* ]]; then
        printf '%s' "${1#*=}"
    else
        [[ $# -ge 2 ]] || usage_error "$1 needs a value"
        printf '%s' "$2"
    fi
}

# Fails unless the text is a whole number in a range. Arguments: flag, text, least, most.
require_number() {
    [[ $2 =~ ^[0-9]{1,5}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
        usage_error "$1 must be a number from $3 to $4, not '$2'"
}

# Runs a command as the unprivileged account when we are root, else as ourselves. It starts in / because the account
# may not be allowed into the caller's folder.
as_account() {
    if is_root; then
        (cd / && exec setpriv --reuid="$ACCOUNT" --regid="$ACCOUNT" --init-groups -- "$@")
    else
        "$@"
    fi
}

# Milliseconds since the epoch, for durations.
now_ms() { printf '%s' "${EPOCHREALTIME/[.,]/}" | cut -c1-13; }

# A connection string may hold anything in a path; this keeps it one word. Argument: text.
percent_encode() {
    local text=$1 out="" character index
    for ((index = 0; index < ${#text}; index++)); do
        character=${text:index:1}
        case $character in
            [a-zA-Z0-9.~_-]) out+=$character ;;
            *) out+=$(printf '%%%02X' "'$character") ;;
        esac
    done
    printf '%s' "$out"
}

# True when something accepts connections on a port of 127.0.0.1. Argument: port.
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a port that nothing listens on. Arguments: least, most.
free_port() {
    local port attempt
    for ((attempt = 0; attempt < 200; attempt++)); do
        port=$(($1 + RANDOM % ($2 - $1 + 1)))
        port_answers "$port" || { printf '%s' "$port"; return; }
    done
    fail "no free port between $1 and $2"
}

# Waits until a command succeeds. Arguments: seconds, command and its words. Status 1 when time is up.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
