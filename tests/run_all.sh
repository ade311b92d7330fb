#!/bin/bash
# Usage: tests/run_all.sh <build folder>. Runs the C++ tests, then the Python tests, both to their end; repeats each
# runner's counting line last, so that a long log can be read from its end.
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
# Tests of a file share what is slow to make, such as a run of the program, so a file stays in one process; conftest.py
# says which files are handed out first. One thread each: the processes fill the cores already.
OMP_NUM_THREADS=1 "$python" -m pytest -q -rs -n "$(nproc)" --maxprocesses 8 --dist loadfile --no-loadscope-reorder \
  tests/python 2>&1 | tee "$build/pytest.log" || status=1

echo
grep -E 'tests passed,' "$build/ctest.log" || { echo "ctest: did not finish"; status=1; }
tail -n 1 "$build/pytest.log"
exit $status
