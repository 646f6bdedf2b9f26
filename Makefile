# One command each. Every target makes the environment it needs; nothing is installed outside this folder.

.DEFAULT_GOAL := help
.PHONY: help demo test lint types contracts tests bench docs pages clean clean-all
.DELETE_ON_ERROR:

# The Python to build the environments with: python3.11 if there is one, else any python3 from 3.11 on.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; \
	done)

BIN := .venv/bin
BENCH_BIN := .venv-bench/bin
OUT ?= out/demo
PYTEST_FLAGS ?= -n auto --dist worksteal

help:
	@echo "make demo    assess the atlas' trade under the reference charter, and say what it would have paid"
	@echo "make test    lint, types, contracts and tests: the one check command"
	@echo "make lint    style and form of the code only"
	@echo "make bench   time the border, the market and the book against hand-written SQL, other engines and pgbench"
	@echo "make docs    build the documentation into site/"
	@echo "make clean   remove what these wrote; make clean-all also removes the environments"

demo: .venv/installed
	$(BIN)/stannary demo --out $(OUT)

test: lint types contracts tests

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed
	$(BIN)/mypy

contracts: .venv/installed
	$(BIN)/lint-imports --no-logo

tests: .venv/installed
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

bench: .venv-bench/installed
	$(BENCH_BIN)/python benchmarks/startup.py
	$(BENCH_BIN)/python benchmarks/border.py
	$(BENCH_BIN)/python benchmarks/market.py
	$(BENCH_BIN)/python benchmarks/ledger.py

docs: pages
	$(BIN)/zensical build --clean --strict

# The reference pages that are written from the code.
pages: .venv/installed
	$(BIN)/python docs/reference_pages.py

clean:
	rm -rf site out build dist .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests docs benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean
	rm -rf .venv .venv-bench

# -- environments: made from a lock with hashes, made again when the lock changes ---------------------------

define make_environment
@if test -z "$(PYTHON)"; then \
	echo "Stannary needs Python 3.11 or later, and none was found on the path." >&2; \
	echo "Install it (on Debian and Ubuntu: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3.11" >&2; \
	exit 1; fi
@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Stannary needs Python 3.11 or later; $(PYTHON) is not that. Name one: make PYTHON=/path/to/python3.11" >&2; \
	exit 1; }
"$(PYTHON)" -m venv --clear $(1)
$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2)
@touch $(1)/locked
endef

.venv/locked: requirements.lock
	$(call make_environment,.venv,requirements.lock)

.venv-bench/locked: benchmarks/requirements.lock
	$(call make_environment,.venv-bench,benchmarks/requirements.lock)

%/installed: %/locked pyproject.toml
	$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
