# A thin front for the CMake presets and the Python environment. Each step that is done is not done again.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all
MAKEFLAGS += --no-print-directory

PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)
DEMO_MODEL ?= transformers:PatchTSTModel
DEMO_BACKEND ?= openvino

agent := build/release/bin/agent
cpp_files = find agent harness patterns python sandbox tools tests -name '*.h' -print -o -name '*.cpp' -print

.PHONY: all packages environment env-xla release dev test demo bench soak fuzz fuzzers install wheel format format-check tidy asan tsan clean

# The environment is installed while we compile.
all: packages
	@$(MAKE) -j2 environment release

packages:
	@cmake/packages.sh

environment: packages
	@harness/envs/make_env.sh main >/dev/null

# The second environment: torch_xla, for the backends xla and tt-static. About 7 GB.
env-xla: packages
	@harness/envs/make_env.sh xla >/dev/null

release: packages
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build --preset release

dev: packages
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev

# Every test there is; ends with the counting lines of both runners.
test: packages
	@$(MAKE) -j2 environment dev
	@tests/run_all.sh build/dev

fuzzers: packages
	@cmake --preset fuzz --log-level=WARNING >/dev/null
	@cmake --build --preset fuzz

# A minute of hostile input for each parser and applier.
fuzz: fuzzers
	@tests/fuzz/run.sh build/fuzz 60

demo: all
	@$(agent) adapt $(DEMO_MODEL) --backend $(DEMO_BACKEND)

bench: all
	@cmake --build --preset release --target bench_search bench_mining bench_llm bench_llm_loop bench_triage
	@"$$(harness/envs/make_env.sh main)/bin/python" tests/bench/bench.py --agent $(agent)

# Hours: everything that `test` takes a sample of. Goes on where it was when it is started again.
soak: all fuzzers
	@tests/soak/run_all.sh $(agent)

install: all
	@cmake --install build/release --prefix "$(PREFIX)" >/dev/null
	@echo "installed $(PREFIX)/bin/agent"

# The Python module adaptkit: build/wheel/adaptkit-*.whl, tested.
wheel: environment
	@python/adaptkit/build_wheel.sh build/wheel

format:
	@$(cpp_files) | xargs clang-format -i

format-check:
	@$(cpp_files) | xargs clang-format --dry-run -Werror

tidy: packages
	@cmake --preset tidy >/dev/null
	@cmake --build --preset tidy -- -k 0

# Our own C++ under the address and undefined-behaviour sanitizers.
asan: environment
	@cmake --preset asan-ubsan >/dev/null
	@cmake --build --preset asan-ubsan
	@ADAPT_PYTHON="$$(harness/envs/make_env.sh main)/bin/python" ctest --preset asan-ubsan -j "$$(nproc)"

# What asks language models from several threads, under the thread sanitizer.
tsan: packages
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan
	@ctest --preset tsan -j "$$(nproc)"

clean:
	rm -rf build
