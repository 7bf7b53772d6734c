# shellcheck shell=bash
# nginx: our own master under the supervisor, with a configuration rendered for this state.

# Writes the configuration if it changed, after nginx itself found it good, and says so on standard output.
prepare_nginx() {
    local sockets=() number fresh=$STATE/nginx/nginx.conf.new
    for ((number = 1; number <= WORKERS; number++)); do sockets+=(--web-socket "$RUN/web-$number.sock"); done
    # The access log goes the way of the error log: to the supervisor's logger, which rotates it.
    "$STATE/app/ops/lib/render-nginx" --listen "127.0.0.1:$PORT" --state "$STATE" --root "$STATE/app/web" \
        "${sockets[@]}" --stream-socket "$RUN/streams.sock" --internal "unix:$RUN/internal.sock" |
        sed "s#$STATE/nginx/access.log#/dev/stdout#" | as_account tee "$fresh" >/dev/null
    if cmp -s "$fresh" "$STATE/nginx/nginx.conf"; then
        rm -f -- "$fresh"
        return
    fi
    # The pipe belongs to the account, so that nginx may open it again as /dev/stdout.
    as_account "$BASH" -c 'set -o pipefail; PATH=$PATH:/usr/sbin nginx -t -q -e stderr -p "$1" -c "$2" 2>&1 | cat' - \
        "$STATE/nginx" "$fresh" >"$STATE/log/nginx-check.log" || {
        tail -n 5 -- "$STATE/log/nginx-check.log" >&2
        fail "nginx refuses the configuration made for it, $fresh."
    }
    mv -- "$fresh" "$STATE/nginx/nginx.conf"
    echo nginx
}
