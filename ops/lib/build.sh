# shellcheck shell=bash
# The release build, and the copy of it that runs.

# Finds `swift` in PATH or where installers put it; adds its folder to PATH.
find_swift() {
    command -v swift >/dev/null && return 0
    local folder
    for folder in /opt/swift/usr/bin "$HOME/.local/share/swiftly/bin" /usr/local/swift/usr/bin /usr/share/swift/usr/bin; do
        if [[ -x $folder/swift ]]; then
            PATH=$folder:$PATH
            return 0
        fi
    done
    fail "Swift 6.2 or later is needed and there is no 'swift' in PATH. Install it from https://www.swift.org/install,
then start this command again."
}

# Prints a short hash of everything a release is made of, by name, size and time of change, and of the compiler. Fast.
release_stamp() {
    {
        stat -L -c '%n %s %Y' "$(command -v swift)"
        cd "$ROOT" || exit 1
        # Package.resolved, migrations and web may be missing in a young clone; find then says so and goes on.
        { find Package.swift Package.resolved Sources migrations nginx ops/demo ops/lib/render-nginx web docs -type f -printf '%p %s %T@\n' 2>/dev/null ||
            true; } | LC_ALL=C sort
    } | sha256sum | cut -c1-16
}

# Builds the release when sources changed since the last copy, and points app/ at it. Sets APP_CHANGED when the running
# processes are older than it. TRADECRAFT_BIN, for work on these scripts, names a folder of programs to use unbuilt.
prepare_release() {
    local log=$1 stamp release built scratch=$ROOT/.build
    APP_CHANGED=""
    find_swift
    stamp=$(release_stamp)
    [[ -z ${TRADECRAFT_BIN:-} ]] || stamp=$stamp-$(stat -L -c '%n %s %y' \
        "$TRADECRAFT_BIN"/tradecraft{,-sandbox} | sha256sum | cut -c1-12)
    release=$STATE/releases/$stamp
    if [[ ! -f $release/complete ]]; then
        built=${TRADECRAFT_BIN:-}
        if [[ -z $built ]]; then
            [[ -w $ROOT ]] || scratch=$STATE/build
            run_with_progress "building Tradecraft (release; the first time takes minutes)" "$log" \
                "$LIB/build-release" "$ROOT" "$scratch" ||
                fail "the build failed. Its output is in $log."
            built=$scratch/release
        fi
        copy_release "$built" "$release"
    fi
    if [[ $(readlink "$STATE/app" 2>/dev/null || true) != "releases/$stamp" ]]; then
        [[ ! -L $STATE/app ]] || APP_CHANGED=yes
        ln -sfn "releases/$stamp" "$STATE/app.new"
        mv -T -- "$STATE/app.new" "$STATE/app"
    fi
}

# Copies what processes need, so that they can run where the sources can't be read and a later build can't pull a file
# away under them. Arguments: folder of programs, release folder.
copy_release() {
    local built=$1 release=$2 fresh=$2.new library
    rm -rf -- "$fresh" "$release"
    mkdir -p -- "$fresh/bin" "$fresh/web" "$fresh/docs"
    cp -- "$built/tradecraft" "$built/tradecraft-sandbox" "$fresh/bin/"
    cp -R -- "$built"/*.resources "$fresh/bin/" 2>/dev/null || true
    # Swift's own libraries sit beside the compiler, which may be in a home folder; $ORIGIN comes first in the rpath.
    { ldd "$built/tradecraft" "$built/tradecraft-sandbox" 2>/dev/null || true; } |
        awk '$3 ~ /\/swift\/linux\// {print $3}' | sort -u |
        while read -r library; do cp -L -- "$library" "$fresh/bin/"; done
    [[ ! -d $ROOT/migrations ]] || cp -R -- "$ROOT/migrations" "$fresh/"
    # nginx reads its parts from here, because it may not be allowed into the sources.
    mkdir -p -- "$fresh/ops/lib"
    cp -- "$LIB/render-nginx" "$fresh/ops/lib/"
    [[ ! -d $ROOT/ops/demo ]] || cp -R -- "$ROOT/ops/demo" "$fresh/ops/"
    [[ ! -d $ROOT/nginx ]] || cp -R -- "$ROOT/nginx" "$fresh/"
    [[ ! -d $ROOT/web ]] || cp -R -- "$ROOT/web/." "$fresh/web/"
    [[ ! -d $ROOT/docs ]] || cp -R -- "$ROOT/docs/." "$fresh/docs/"
    mkdir -p -- "$fresh/web/vendor"
    cp -- "$VENDOR"/charts/* "$fresh/web/vendor/"
    chmod -R a+rX,go-w -- "$fresh"
    touch "$fresh/complete"
    mv -- "$fresh" "$release"
}

# Removes releases that nothing points at any more, the one before kept for a way back.
remove_old_releases() {
    local current release
    current=$(readlink "$STATE/app")
    find "$STATE/releases" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +3 | cut -d' ' -f2- |
        while read -r release; do
            [[ releases/$(basename "$release") == "$current" ]] || rm -rf -- "$release"
        done
}
