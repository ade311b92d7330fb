#!/bin/sh
# Usage: build_wheel.sh FOLDER. Builds the wheel into the folder and tests what is in it, unpacked and away from any
# build tree; the whole corpus of sources is left to tests/soak.
set -eu
cd "$(dirname "$0")/../.."
out=$1
python="$(harness/envs/make_env.sh main)/bin/python"
mkdir -p "$out"
rm -rf "$out"/adaptkit-*.whl "$out/unpacked"
"$python" -m pip wheel --disable-pip-version-check --no-deps --quiet --wheel-dir "$out" python/adaptkit
"$python" -m zipfile -e "$out"/adaptkit-*.whl "$out/unpacked"
ADAPTKIT_PATH="$out/unpacked" PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -rs tests/python/test_adaptkit_*.py \
  --deselect tests/python/test_adaptkit_corpus.py
ls "$out"/adaptkit-*.whl
