#!/bin/bash
# Usage: tests/fuzz/run.sh <build folder> [seconds]. Runs every fuzz target for that long (60), all at once, from our own
# patterns and samples as seeds. What ends a target is kept in <build folder>/fuzz and named.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 70
build=$(realpath "$1") || exit 2
seconds=${2:-60}
out="$build/fuzz"
status=0

# Seeds: pattern files; and for the matcher each line of old code with the sample that it is meant for.
mkdir -p "$out"/{pattern_parser,matcher,edit_applier}/{corpus,found}
find patterns/library -name '*.adapt' -exec cp -u -t "$out/pattern_parser/corpus" {} +
cp -u patterns/isomorphisms.txt "$out/pattern_parser/corpus"
for file in $(find patterns/library -name '*.adapt'); do
  name=$(basename "$file" .adapt)
  code=$(sed -n 's/^- //p' "$file" | head -n 1)
  sample=$(sed -n '/^--- before/,/^--- after/p' "$file" | grep -v '^---' | head -n 60)
  { printf '%s\0' "$code"; printf '%s\n' "$sample"; } >"$out/matcher/corpus/$name"
  { printf '\003\001\002\003\004\002ab\010\001\005\000'; printf '%s\n' "$sample"; } >"$out/edit_applier/corpus/$name"
done

for target in pattern_parser matcher edit_applier; do
  nice -n 19 "$build/bin/${target}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
    -artifact_prefix="$out/$target/found/" "$out/$target/corpus" >"$out/$target.log" 2>&1 &
  pids[$!]=$target
done
for pid in "${!pids[@]}"; do
  target=${pids[$pid]}
  if wait "$pid"; then
    echo "fuzz $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log") inputs in $seconds s, nothing found"
  else
    echo "fuzz $target: FOUND; the input is below $out/$target/found:"
    grep -E '^(==|SUMMARY|[a-z ]*differ|bytes outside|Test unit written|.*terminate)' "$out/$target.log" | head -n 10
    status=1
  fi
done
exit $status
