# shellcheck shell=bash
# nginx: our own master under the supervisor, with a configuration rendered for this state.

# Writes the configuration if it changed, after nginx itself found it good, and says so on standard output.
prepare_nginx() {
    local sockets=() number fresh=$STATE/nginx/nginx.conf.new
    for ((number = 1; number <= WORKERS; number++)); do sockets+=(--web-socket "$RUN/web-$number.sock"); done
    "$LIB/render-nginx" --listen "127.0.0.1:$PORT" --state "$STATE" --root "$STATE/app/web" \
        "${sockets[@]}" --stream-socket "$RUN/streams.sock" | as_account tee "$fresh" >/dev/null
    if cmp -s "$fresh" "$STATE/nginx/nginx.conf"; then
        rm -f -- "$fresh"
        return
    fi
    as_account env PATH="$PATH:/usr/sbin" nginx -t -q -e stderr -p "$STATE/nginx" -c "$fresh" \
        >"$STATE/log/nginx-check.log" 2>&1 || {
        tail -n 5 -- "$STATE/log/nginx-check.log" >&2
        fail "nginx refuses the configuration made for it, $fresh."
    }
    mv -- "$fresh" "$STATE/nginx/nginx.conf"
    echo nginx
}
