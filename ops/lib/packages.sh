# shellcheck shell=bash
# Debian packages: what is missing, and its installation.

# Prints the packages of lib/packages that are not installed. Arguments: kinds (run, test, bench).
missing_packages() {
    local wanted=() kind installed
    for kind in "$@"; do
        mapfile -t -O "${#wanted[@]}" wanted < <(awk -v kind="$kind" '$1 !~ /^#/ && $2 == kind {print $1}' "$LIB/packages")
    done
    # A package replaced by another that provides it counts as installed (pkg-config by pkgconf).
    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' 2>/dev/null |
        awk '/^ii/ {gsub(/,|\([^)]*\)/, " "); for (i = 2; i <= NF; i++) print $i}')
    printf '%s\n' "${wanted[@]}" | grep -vxF -f <(printf '%s\n' "$installed") || true
}

# Installs what is missing, as root or through sudo; otherwise says what to type. Arguments: log file, kinds.
install_packages() {
    local log=$1 missing prefix=()
    shift
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || fail "these Debian packages are missing and there is no apt-get: ${missing[*]}"
    if ! is_root; then
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }; }; then
            prefix=(sudo)
        else
            fail "some Debian packages are missing and this account cannot install them. Run as root:
    apt-get update && apt-get install --no-install-recommends ${missing[*]}
then start this command again."
        fi
    fi
    say "Debian packages to install: ${missing[*]}"
    local install=("${prefix[@]}" env DEBIAN_FRONTEND=noninteractive "$LIB/apt-install" "${missing[@]}")
    run_with_progress "installing ${#missing[@]} Debian packages" "$log" "${install[@]}" ||
        fail "apt-get could not install ${missing[*]}. Its output is in $log. Put that right, then start this command again."
}
