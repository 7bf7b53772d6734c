# shellcheck shell=bash
# Progress that moves: one line that ticks on a terminal, a line every few seconds elsewhere.

# The process group of the long command now running, for a clean Ctrl-C.
RUNNING=""

# Prints the start of the last line of a log, without colours and control characters. Argument: file.
last_line() {
    tail -c 2000 -- "$1" 2>/dev/null | tr '\r' '\n' | sed -e 's/\x1b\[[0-9;]*[A-Za-z]//g' -e '/^[[:space:]]*$/d' |
        tail -n 1 | tr -cd '[:print:]' | cut -c1-90
}

# Shows how a step is doing. Arguments: title, started (SECONDS), detail.
show_progress() {
    local elapsed=$((SECONDS - $2))
    if [[ -t 1 ]]; then
        printf '\r\033[K  %s  %ds  %s' "$1" "$elapsed" "${3:0:$((${COLUMNS:-100} - ${#1} - 14))}"
    elif ((elapsed > 0 && elapsed % 5 == 0 && elapsed != LAST_SHOWN)); then
        LAST_SHOWN=$elapsed
        printf '  %s … %ds  %s\n' "$1" "$elapsed" "$3"
    fi
}
LAST_SHOWN=0

# Marks a step as done. Arguments: title, started (SECONDS).
show_done() {
    [[ -t 1 ]] && printf '\r\033[K'
    printf '✓ %s (%ds)\n' "$1" "$((SECONDS - $2))"
}

# Runs a command with its output in a log and shows the log's last line meanwhile. A failure prints the log's end and
# returns the command's status. Arguments: title, log file, command and its words.
run_with_progress() {
    local title=$1 log=$2 started=$SECONDS status=0 pid
    shift 2
    LAST_SHOWN=0
    # A session of its own: one signal to the group ends the command with all its children.
    setsid "$@" >"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    RUNNING=$pid
    while kill -0 "$pid" 2>/dev/null; do
        show_progress "$title" "$started" "$(last_line "$log")"
        sleep 0.25
    done
    wait "$pid" || status=$?
    RUNNING=""
    if ((status == 0)); then
        show_done "$title" "$started"
    else
        [[ -t 1 ]] && printf '\r\033[K'
        printf '✗ %s (status %d). The end of %s:\n' "$title" "$status" "$log" >&2
        tail -n 25 -- "$log" | sed 's/^/    /' >&2
    fi
    return "$status"
}

# Ends the long command now running, with its children.
stop_running() {
    [[ -n $RUNNING ]] || return 0
    kill -TERM -- "-$RUNNING" 2>/dev/null || true
    wait_until 10 group_gone "$RUNNING" || kill -KILL -- "-$RUNNING" 2>/dev/null || true
    RUNNING=""
}

group_gone() { ! kill -0 -- "-$1" 2>/dev/null; }
