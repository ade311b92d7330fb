#!/bin/bash
# Usage: tests/fuzz/run.sh <build folder> [seconds]. Runs every fuzz target for that long (60), all at once, from the
# seeds and what earlier runs made of them. What ends a target is kept in <build folder>/fuzz, named, and printed.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 70
build=$(realpath "$1") || exit 2
seconds=${2:-60}
out="$build/fuzz"
status=0

tests/fuzz/seeds.sh "$out/seeds" || exit 70

for target in pattern_parser matcher edit_applier llm_wire triage forge_yaml; do
  mkdir -p "$out/$target"/{corpus,found}
  nice -n 19 "$build/bin/${target}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
    -artifact_prefix="$out/$target/found/" "$out/$target/corpus" "$out/seeds/$target" >"$out/$target.log" 2>&1 &
  pids[$!]=$target
done
for pid in "${!pids[@]}"; do
  target=${pids[$pid]}
  if wait "$pid"; then
    echo "fuzz $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log") inputs in $seconds s, nothing found"
  else
    echo "fuzz $target: FOUND; the input is below $out/$target/found:"
    grep -E '^(==|SUMMARY|[a-z ]*differ|Test unit written|Base64|.*terminate)' "$out/$target.log" | head -n 10
    status=1
  fi
done
exit $status
