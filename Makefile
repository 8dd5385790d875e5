# One command each for the things people do here. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup browser hosts disks peers fuzzer run test test-long lint simulate exhaustive fortnight soak bench clean

PYTHON ?= python3
TEST_SECONDS_MAX := 590
TEST_LONG_SECONDS_MAX := 3600
PY := .venv/bin/python
# Written last by the set-up, so a set-up that broke off is done again and a finished one is not.
READY := .venv/ready

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(READY) ## make .venv and install the locked packages (the others do this themselves)

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: '$(PYTHON)' is not installed; install Python 3.11, 3.12 or 3.13, or say: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "error: $$($(PYTHON) --version) is not supported; use Python 3.11, 3.12 or 3.13, for example: make PYTHON=python3.11" >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version); this is done once and takes a few minutes."
	@$(PYTHON) -m venv .venv
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What some tests need of the system: installed here as root, or where a build server asks for everything; else those tests skip and say what would.
browser:
	@command -v chromium >/dev/null || $(call install,chromium)

hosts:
	@{ command -v sshd && command -v rsync && command -v ip; } >/dev/null || $(call install,openssh-server openssh-client rsync iproute2)

disks:
	@command -v strace >/dev/null || $(call install,strace)
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || $(call install,postgresql)

install = if [ "$$(id -u)" = 0 ] || [ "$${CI:-}" = true ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null \
	  || echo "not installed: $(1) (the tests that need it skip)" >&2; fi

# Other client libraries trade on the simulated gateway in environments of their own, because their packages exclude each other's.
PEERS := ib-async official-oldest official-newest

peers: $(PEERS:%=build/peers/%/ready) ## the client libraries that some tests compare, in build/peers (test and test-long do this themselves)

build/peers/%/ready: tests/peers/requirements-%.txt
	@{ $(PYTHON) -m venv --clear build/peers/$* && build/peers/$*/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r $< && touch $@; } \
	  || echo "not installed: $* (the tests that need it skip; again: make peers)" >&2

fuzzer: build/fuzz/ready ## the coverage-guided fuzzer of one long test, in build/fuzz (test-long does this itself)

build/fuzz/ready: tests/fuzz/requirements.txt $(READY)
	@{ rm -rf build/fuzz && $(PY) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: --target build/fuzz -r $< && touch $@; } \
	  || echo "not installed: the fuzzer (the test that needs it skips; again: make fuzzer)" >&2

run: $(READY) ## trade a generated market with the live table; Ctrl-C drains and stops
	@.venv/bin/robo-trader run

test: $(READY) browser disks peers ## every test but the long ones
	@$(PY) -m pytest -m "not long" -n 2 --dist worksteal --durations=15 --session-timeout=$(TEST_SECONDS_MAX)

test-long: $(READY) browser hosts disks peers fuzzer ## the long tests
	@$(PY) -m pytest -m long -n 2 --dist worksteal --durations=15 --timeout=900 --session-timeout=$(TEST_LONG_SECONDS_MAX)

lint: $(READY) ## style, format and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy robo_trader actors ray_cluster

SEEDS ?= 1000
JOBS ?= 2
SEED0 ?= 0
simulate: $(READY) ## seeded worlds with faults, every step checked: make simulate SEEDS=20000 JOBS=2 SEED0=0
	@.venv/bin/robo-trader simulate --seeds $(SEEDS) --jobs $(JOBS) --seed0 $(SEED0) --results build/simulate.jsonl

DEPTH ?= 5
exhaustive: $(READY) ## every order of news from eighteen beginnings, to a depth: make exhaustive DEPTH=5 JOBS=2 (a million worlds, about 20 minutes)
	@$(PY) -m tests.simulation.exhaustive_run $(DEPTH) $(JOBS)

fortnight: $(READY) ## ten sessions at speed: nightly restarts, a weekend, a half day, a split; the books judged every evening
	@$(PY) -m tests.support.fortnight

soak:
	@echo "error: the soak run is not built yet; to let it run by hand: make run" >&2; exit 2

bench: $(READY) ## figures of the pure desk, the journal and the replay; benchmarks/tick_to_order.py measures the tree beside its rivals
	@$(PY) benchmarks/desk.py

clean: ## remove .venv and caches; never touches the state of a trading system
	@rm -rf .venv build .pytest_cache .hypothesis .mypy_cache .ruff_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
