#!/bin/bash
# Usage: tests/soak/run_all.sh <agent> [folder]. Runs the whole corpus, the table of targets (ADAPT_TARGETS), the
# models that must work everywhere, the planted blockers and the end-to-end tests in full. Results are kept in the
# folder (build/soak), so that a run that was ended goes on there.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 70
agent="$(realpath "$1")" || exit 2
out="${2:-build/soak}"
python="$(harness/envs/make_env.sh main)/bin/python" || exit 3
mkdir -p "$out"
export ADAPT_PYTHON="$python" ADAPT_AGENT="$agent" ADAPT_SOAK=1 PYTHONDONTWRITEBYTECODE=1
export ADAPT_DATA_FOLDER="$(realpath "$out")/data"
status=0

# Ten minutes for each parser and applier.
tests/fuzz/run.sh build/fuzz 600 || status=1
"$python" tests/soak/corpus.py --agent "$agent" --out "$out/corpus.jsonl" --data "$ADAPT_DATA_FOLDER" || status=1
"$python" tests/soak/targets.py --agent "$agent" --out "$out/targets.jsonl" || status=1
"$python" tests/soak/models.py --agent "$agent" --out "$out/models.jsonl" || status=1
# Every form of what was adapted, run as far as it runs here.
"$python" tests/soak/emit_forms.py --agent "$agent" --out "$out/emit_forms.jsonl" || status=1
# From an answer to a verified repair, with a scripted model behind it: one that knows the repair, and those that cheat.
"$python" tests/soak/llm_blockers.py --agent "$agent" --out "$out/llm" || status=1
"$python" tests/soak/llm_cheaters.py --agent "$agent" --out "$out/llm" || status=1
# The corpus has just been run whole.
"$python" -m pytest -q -rs tests/python/test_agent_run.py tests/python/test_agent_hostile.py \
  tests/python/test_agent_resume.py tests/python/test_agent_llm.py tests/python/test_agent_llm_personas.py \
  tests/python/test_agent_llm_crash.py tests/python/test_agent_llm_injection.py tests/python/test_remote_host.py 2>&1 | tee "$out/pytest.log" || status=1
# Every planted blocker, without its repair and with it.
"$python" -m pytest -q -rs tests/python/test_blockers.py 2>&1 | tee "$out/blockers.log" || status=1
# Every source of the standard library and of the installed ones, through the Python module.
if python/adaptkit/build_wheel.sh "$out/wheel"; then
  ADAPTKIT_PATH="$out/wheel/unpacked" "$python" -m pytest -q -rs tests/python/test_adaptkit_corpus.py || status=1
else
  status=1
fi
exit $status
