# shellcheck shell=bash
# The test suites: two lanes side by side, each suite with a time limit and a log of its own.

# Process groups of the running lanes, for a clean end.
LANES=()
PASSED=0
FAILED=0

# Prints a suite's time limit in seconds.
suite_seconds() {
    case $1 in
        swift) echo 1200 ;;
        browser) echo 600 ;;
        ops) echo 900 ;;
        *) echo 420 ;;
    esac
}

# Prints the command of a suite, one word a line.
suite_command() {
    case $1 in
        swift) printf '%s\n' "$LIB/test-swift" "$ROOT" "$STATE/log/swift.xml" ;;
        *) printf '%s\n' "$ROOT/ops/tests-$1/run" ;;
    esac
}

# Runs one suite to its end: output in its log, its count or the lack of one in a file beside. Argument: name.
run_suite() {
    local name=$1 log=$STATE/log/$1.log words=() status=0 count
    mapfile -t words < <(suite_command "$name")
    rm -rf -- "$STATE/suites/$name"
    mkdir -p -- "$STATE/suites/$name"
    if [[ ! -x ${words[0]} ]]; then
        echo "there is no ${words[0]}" >"$log"
        status=127
    else
        TRADECRAFT_TEST_STATE=$STATE/suites/$name timeout --kill-after=15 "$(suite_seconds "$name")" \
            "${words[@]}" >"$log" 2>&1 </dev/null &
        # timeout leads a process group of its own and passes the signal on to all of it.
        trap 'kill -TERM $! 2>/dev/null; wait; exit 143' TERM INT
        wait $! || status=$?
    fi
    count=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1 || true)
    printf '%s %s\n' "$status" "${count:-none}" >"$STATE/suites/$name.result"
}

# Runs suites one after the other. Arguments: names.
run_lane() {
    local name
    for name in "$@"; do run_suite "$name"; done
}

# Runs the suites named: the unit and database tests in one lane, those that start servers in another.
run_suites() {
    local name second=() pid started=$SECONDS
    export TRADECRAFT_BIN=$BUILT TRADECRAFT_TEST_PYTHON=$TEST_PYTHON TRADECRAFT_WEB_ROOT=$ROOT/web
    export TRADECRAFT_VENDOR=$VENDOR
    mkdir -p -- "$STATE/suites"
    rm -f -- "$STATE"/suites/*.result
    for name in "$@"; do
        if [[ $name == swift ]]; then start_lane swift; else second+=("$name"); fi
    done
    ((${#second[@]} == 0)) || start_lane "${second[@]}"
    for pid in "${LANES[@]}"; do
        while kill -0 "$pid" 2>/dev/null; do
            show_progress "testing: $*" "$started" "$(lane_news "$@")"
            sleep 0.25
        done
        wait "$pid" || true
    done
    LANES=()
    show_done "testing: $*" "$started"
    for name in "$@"; do report_suite "$name"; done
}

# A lane is a job in a process group of its own, so that one signal ends its suites with their children.
start_lane() {
    set -m
    run_lane "$@" 9>&- &
    LANES+=("$!")
    set +m
}

# Prints the last words of the suites that are running. Arguments: names.
lane_news() {
    local name
    for name in "$@"; do
        [[ -e $STATE/suites/$name && ! -e $STATE/suites/$name.result ]] || continue
        printf '%s: %s  ' "$name" "$(last_line "$STATE/log/$name.log" | cut -c1-45)"
    done
}

# Adds a suite's counts to the sums and prints its line; the end of its log too if it failed. A suite that ended badly
# without naming a failure counts as one. Argument: name.
report_suite() {
    local name=$1 status rest passed=0 failed=0
    read -r status rest <"$STATE/suites/$name.result" || { status=1 rest=none; }
    if [[ $rest =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
    fi
    if ((failed == 0)) && [[ $status != 0 || $rest == none ]]; then failed=1; fi
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
    if ((failed == 0)); then
        printf '✓ %s: %d passed\n' "$name" "$passed"
        return
    fi
    printf '✗ %s: %d passed, %d failed' "$name" "$passed" "$failed"
    case $status in
        124 | 137) printf ', stopped after %d s' "$(suite_seconds "$name")" ;;
        0 | 1) ;;
        *) printf ', ended with status %d' "$status" ;;
    esac
    printf '. Log: %s\n' "$STATE/log/$name.log"
    suite_failures "$STATE/log/$name.log"
}

# Prints what a failed suite said: the lines that name failures, then the end of its log. Argument: log file.
suite_failures() {
    grep -aE '^(✘|not ok|FAIL|Fatal error|error:)' "$1" | head -n 40 | cut -c1-400 | sed 's/^/    /' || true
    printf '    …\n'
    tail -n 40 -- "$1" | cut -c1-400 | sed 's/^/    /'
}

stop_suites() {
    local pid
    for pid in "${LANES[@]:-}"; do
        [[ -n $pid ]] || continue
        kill -TERM -- "-$pid" 2>/dev/null
        wait_until 20 group_gone "$pid" || kill -KILL -- "-$pid" 2>/dev/null
    done
}

# Ends with the sums alone on the last line; the status says whether all passed.
print_counts() {
    printf '\n%d passed, %d failed\n' "$PASSED" "$FAILED"
    if ((FAILED == 0 && PASSED > 0)); then exit 0; else exit 1; fi
}
