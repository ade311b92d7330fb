#!/bin/sh
# Installs the Debian packages of the build that are missing, or prints the one line that does. Quick when none is.
set -eu

# package[:command]. A command on the PATH will do in place of the package (npm often comes with another nodejs).
wanted='
cmake:cmake ninja-build:ninja g++:g++ ccache:ccache pkg-config:pkg-config
clang:clang++ libclang-rt-dev clang-format:clang-format clang-tidy:clang-tidy git:git patch:patch openssl:openssl npm:npm
nlohmann-json3-dev libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev libexpected-dev
libsqlite3-dev libsqlitecpp-dev libyaml-cpp-dev libcurl4-openssl-dev libssl-dev libgtest-dev pybind11-dev python3-dev python3-venv'

if ! command -v dpkg-query >/dev/null; then
    echo "packages: not a Debian system; these are needed:" $wanted >&2
    exit 0
fi
installed=" $(dpkg-query -W -f='${Package}/${db:Status-Abbrev} ' 2>/dev/null)"
missing=''
for entry in $wanted; do
    package=${entry%%:*}
    case $entry in *:*) command -v "${entry#*:}" >/dev/null && continue ;; esac
    case $installed in *" $package/ii"*) ;; *) missing="$missing $package" ;; esac
done
[ -z "$missing" ] && exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
    echo "packages: missing; run: sudo $install" >&2
    exit 3
fi
echo "packages: $install" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# The package lists of a fresh machine may be empty or old, so they are renewed when the first try fails.
$install >"$log" 2>&1 || { apt-get update && $install; } >"$log" 2>&1 || { tail -n 15 "$log" >&2; exit 3; }
rm -f "$log"
