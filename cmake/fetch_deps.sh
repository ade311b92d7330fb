#!/bin/sh
# Prints the folder that holds the unpacked tree-sitter sources; fetches them once.
# ADAPT_DEPS may name a folder with the two archives, for machines without a network.
set -eu
cache="${XDG_CACHE_HOME:-$HOME/.cache}/adapt/deps"
self=$(cd "$(dirname "$0")" && pwd)
key=$(sha256sum "$self/fetch_deps.sh" | cut -c1-12)
dest="$cache/$key"
[ -f "$dest/.complete" ] && { echo "$dest"; exit 0; }

mkdir -p "$cache"
work=$(mktemp -d "$cache/.fetching-XXXXXX")  # in the cache, so that the rename at the end is atomic
trap 'rm -rf "$work"' EXIT

take() { # name version sha512-base64 target-folder
    archive="$1-$2.tgz"
    if [ -n "${ADAPT_DEPS:-}" ]; then
        [ -f "$ADAPT_DEPS/$archive" ] || { echo "fetch_deps: $ADAPT_DEPS has no $archive" >&2; exit 1; }
        cp "$ADAPT_DEPS/$archive" "$work/$archive"
    else
        command -v npm >/dev/null || { echo "fetch_deps: npm is missing: apt-get install npm, or set ADAPT_DEPS to a folder with $archive" >&2; exit 1; }
        (cd "$work" && npm pack --silent "$1@$2" >/dev/null 2>"$work/npm.log") || { echo "fetch_deps: npm pack $1@$2 failed:" >&2; tail -3 "$work/npm.log" >&2; exit 1; }
    fi
    have=$(openssl dgst -sha512 -binary "$work/$archive" | openssl base64 -A)
    [ "$have" = "$3" ] || { echo "fetch_deps: $archive has sha512-$have, not the pinned sha512-$3" >&2; exit 1; }
    mkdir -p "$work/out/$4"
    tar -xzf "$work/$archive" -C "$work/out/$4" --strip-components=1
}
take tree-sitter 0.25.1 'mrcEdkYtHfrK1A6fs3O6FxkBo0Qig5XUXqHhxUOQu0bmPo00QF4XaSx4edpazdHwxnSCjlGKGgIqWdaN4dvTLA==' tree-sitter
take tree-sitter-python 0.25.0 'eCmJx6zQa35GxaCtQD+wXHOhYqBxEL+bp71W/s3fcDMu06MrtzkVXR437dRrCrbrDbyLuUDJpAgycs7ncngLXw==' tree-sitter-python
touch "$work/out/.complete"
# Another build may have finished first; its result is the same.
mv -T "$work/out" "$dest" 2>/dev/null || [ -f "$dest/.complete" ]
echo "$dest"
