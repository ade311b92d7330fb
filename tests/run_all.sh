#!/bin/bash
# Usage: tests/run_all.sh <build folder>. Runs the C++ tests, then the Python tests, both to their end, and repeats
# each runner's counting line last, so that a long log can be read from its end.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 70
build=$1
python="$(harness/envs/make_env.sh main)/bin/python" || exit 3
export ADAPT_PYTHON="$python" # what the integration tests run models with
ADAPT_AGENT="$(realpath "$build")/bin/agent" || exit 3
export ADAPT_AGENT # the program that the end-to-end tests run
export PYTHONDONTWRITEBYTECODE=1
status=0

ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" 2>&1 | tee "$build/ctest.log" || status=1
"$python" -m pytest -q -rs tests/python 2>&1 | tee "$build/pytest.log" || status=1

echo
grep -E 'tests passed,' "$build/ctest.log" || { echo "ctest: did not finish"; status=1; }
tail -n 1 "$build/pytest.log"
exit $status
