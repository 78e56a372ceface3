# The newcomer's commands. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install run test lint quick bench screenshots audit lock chromium clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Creates the environment from the lock (once)

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 ou plus récent est nécessaire." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: install ## Serves the demonstration and prints its address
	$(BIN)/python -m dashboard run --demo

test: install chromium lint ## Runs every test: form, unit, both engines, pages, browser
	env -u DATABASE_URL $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: install ## Checks the form of the code: ruff's rules, its format, the stairs of imports
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo > /dev/null || $(BIN)/lint-imports --no-logo

quick: install ## Runs what answers in two minutes: no browser, SQLite only, nothing slow
	env -u DATABASE_URL $(BIN)/python -m pytest -n auto --dist loadfile -m "not browser and not postgresql and not slow"

chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 \
	  || ls $(HOME)/.cache/ms-playwright/chromium-*/chrome-linux*/chrome >/dev/null 2>&1 \
	  || $(BIN)/playwright install chromium \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } \
	  || { echo "Aucun Chromium : installez le paquet « chromium » de votre distribution." >&2; exit 1; }

bench: install ## Measures queries, pages, reruns a second, first figure and bytes, at 1k, 10k and 100k ideas
	$(BIN)/python -m tests.performance.bench

screenshots: install chromium ## Makes a picture of every screen, role, width and theme, and one sheet, into screenshots/
	$(BIN)/python -m tests.screenshots

audit: install chromium ## Looks at every screen, role, theme and width with axe-core; renews dashboard/accessibility.json
	$(BIN)/python -m tests.audit

lock: ## Renews requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 --output-file requirements.lock

clean: ## Removes the environment and the demonstration's data
	rm -rf $(VENV) var
