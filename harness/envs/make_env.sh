#!/bin/sh
# Usage: make_env.sh [--where] [main|xla]
#
# Prints the folder of a Python environment, made from <name>.txt and <name>-constraints.txt if it is not
# there yet.
# The folder's name holds a hash of both files, so changed pins give a new environment and old ones stay usable;
# agent/config computes the same name. It appears at once: built under another name, checked, then renamed.
#
# ADAPT_BASE_PYTHON names the interpreter to build with (3.11 or newer, with venv).
set -eu
makes=yes
[ "${1:-}" = --where ] && { makes=no; shift; }  # only says where it is or would be
name=${1:-main}
self=$(cd "$(dirname "$0")" && pwd)
requirements="$self/$name.txt"
constraints="$self/$name-constraints.txt"
[ -f "$requirements" ] || { echo "make_env: no such environment: $name (there is no $requirements)" >&2; exit 2; }

key=$(cat "$requirements" "$constraints" | sha256sum | cut -c1-12)
case "${XDG_CACHE_HOME:-}" in /*) cache=$XDG_CACHE_HOME ;; *) cache="$HOME/.cache" ;; esac
envs="$cache/adapt/envs"
dest="$envs/$name-$key"
{ [ -f "$dest/.complete" ] || [ $makes = no ]; } && { echo "$dest"; exit 0; }

# The pins were measured on 3.11, so that is asked first. A shim may exist for a version that is not there: run it.
base_python() {
    for candidate in ${ADAPT_BASE_PYTHON:-python3.11 /usr/bin/python3.11 python3 /usr/bin/python3}; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    echo "make_env: no Python of 3.11 or newer with venv: apt-get install python3-venv, or set ADAPT_BASE_PYTHON" >&2
    return 1
}
python=$(base_python)

mkdir -p "$envs"
exec 9>"$envs/.lock"  # two makes at once: the second waits, then finds the first one's work
flock 9
[ -f "$dest/.complete" ] && { echo "$dest"; exit 0; }

work=$(mktemp -d "$envs/.building-XXXXXX")
log="$envs/$name-$key.log"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
echo "make_env: building Python environment $name-$key (some minutes and gigabytes); log: $log" >&2

refuse() {
    echo "make_env: $1; the end of $log:" >&2
    tail -n 15 "$log" >&2
    exit 1
}
"$python" -m venv "$work" >"$log" 2>&1 || refuse "venv failed"
"$work/bin/python" -m pip install --disable-pip-version-check --no-input -r "$requirements" -c "$constraints" >>"$log" 2>&1 9>&- ||
    refuse "pip failed (torch comes from PyTorch's CPU wheels: PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL must lead to them)"
"$work/bin/python" -m pip check >>"$log" 2>&1 || refuse "pip check found a conflict"
# torch_xla is built for one version of torch, whose ordinary package brings CUDA along; nothing of it is used.
if "$work/bin/python" -m pip freeze | tee -a "$log" | grep -i -E '^(nvidia|cuda|triton)' && [ "$name" = main ]; then
    refuse "a CUDA package came in"
fi >&2

# Scripts name their interpreter by its absolute path, which the rename changes.
grep -rlI "$work" "$work/bin" "$work/pyvenv.cfg" | tr '\n' '\0' | xargs -0r sed -i "s|$work|$dest|g"
rm -rf "$dest"
touch "$work/.complete"
mv "$work" "$dest"
echo "$dest"
