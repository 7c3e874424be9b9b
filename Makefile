# Two commands are enough: `make run` shows a day in the embedded town, `make test` proves it.
# Everything is installed in .venv from the exact versions in constraints.txt.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=

.PHONY: help run test check format bench clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

run: $(VENV)/.run              ## a demonstration day: storefront, waves, couriers, pages (ARGS="--speed 120")
	@$(BIN)/python -m dispatch run $(ARGS)

test: $(VENV)/.dev             ## the whole test suite (ARGS="-k quote" for a part)
	@$(BIN)/python -m pytest -n 2 $(ARGS)

check: $(VENV)/.dev            ## format, lint, strict types, import contracts, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

format: $(VENV)/.dev           ## rewrite the code in the house's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.bench          ## every benchmark in its quick form; in full: benchmarks/README.md
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script --quick || exit 1; done

clean:           ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Dispatch needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version)." >&2; exit 1; }
	@echo "[1/3] Creating the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python constraints.txt setup.cfg
	@echo "[2/3] Installing the exact versions of constraints.txt (once, about a minute)"
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e . \
	  || { echo "Installation failed: is this machine online?" >&2; exit 1; }
	@echo "[3/3] Making the tour engine ready"
	@$(BIN)/python -m dispatch warm-up
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python constraints.txt setup.cfg
	@echo "[2/3] Installing the exact versions of constraints.txt, with the development tools"
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@echo "[3/3] Making the tour engine ready"
	@$(BIN)/python -m dispatch warm-up
	@touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/.dev
	@echo "Installing the engines we compare with"
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	@touch $@
