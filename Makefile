# The newcomer's commands. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Compiled by us: pip does it on one core alone. What is no Python of today is left as it is, and so is
# what nobody imports: others' tests, and what installs, two fifths of the work.
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-compile
COMPILED    := $(BIN)/python -m compileall -q -j 0 -x '/(tests|pip|setuptools)/' $(VENV)/lib > /dev/null || true

# Seconds for one test. A browser that never answers would hold up the whole run: its worker ends, tells
# where it stood, and another takes its place. Not where a test builds an image.
PATIENT := -o faulthandler_timeout=600 -o faulthandler_exit_on_timeout=true

.DEFAULT_GOAL := help
# What one worker of the tests has compiled the others read.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help install run test lint quick bench screenshots audit chromium office deploy-test

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The production environment and the tests' share one folder: the second lock holds the whole first,
# and takes its place where the tests come first.
install: $(VENV)/.installed

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 ou plus récent est nécessaire." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/.made
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(PIP_INSTALL) --no-build-isolation --editable .
	@$(COMPILED)
	@touch $@

$(VENV)/.tested: requirements-test.lock requirements.lock pyproject.toml | $(VENV)/.made
	$(PIP_INSTALL) --require-hashes -r requirements-test.lock
	$(PIP_INSTALL) --no-build-isolation --editable .
	@$(COMPILED)
	@touch $(VENV)/.installed $@

run: install ## Serves the demonstration and prints its address
	$(BIN)/python -m dashboard run --demo

# Of 5,900 stories one or two a run lose a race on a busy machine: what failed runs once more, alone, named above.
test: $(VENV)/.tested chromium office lint ## Runs every test: form, unit, both engines, pages, browser
	env -u DATABASE_URL $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PATIENT) \
	  || { [ $$? = 1 ] && env -u DATABASE_URL $(BIN)/python -m pytest --last-failed; }

lint: $(VENV)/.tested ## Checks the form of the code: ruff's rules, its format, the stairs of imports
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo > /dev/null || $(BIN)/lint-imports --no-logo

quick: $(VENV)/.tested ## Runs what answers in two minutes: no browser, SQLite only, nothing slow
	env -u DATABASE_URL $(BIN)/python -m pytest -n auto --dist loadfile -m "not browser and not postgresql and not slow"

chromium:
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null \
	  || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || ls $(HOME)/.cache/ms-playwright/chromium*/chrome-*/*chrome* >/dev/null 2>&1 \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium-headless-shell; } 2>/dev/null \
	  || $(BIN)/playwright install chromium \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } \
	  || { echo "Aucun Chromium : installez le paquet « chromium » de votre distribution." >&2; exit 1; }

# Opens the slides in a test, which says that it is left out where nobody may install it (84 MB, half a minute).
office:
	@command -v soffice >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends libreoffice-impress; } >/dev/null 2>&1 \
	  || echo "Sans LibreOffice Impress, les diapositives ne sont pas ouvertes par les tests." >&2

bench: $(VENV)/.tested chromium ## Measures every budget on SQLite beside hello world, in half an hour; WITH="--parts screens" less
	env -u DATABASE_URL $(BIN)/python -m tests.performance.bench $(WITH)

deploy-test: $(VENV)/.tested chromium ## Tries deploy/ as it is written: units, Caddy, nginx before two processes on PostgreSQL, the container
	@(for one in nginx caddy systemd-analyze buildah mmdebstrap; do command -v $$one >/dev/null || exit 1; done) \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq nginx-light caddy systemd buildah mmdebstrap; } \
	  || { echo "Il manque nginx, caddy, systemd, buildah ou mmdebstrap." >&2; exit 1; }
	env -u DATABASE_URL $(BIN)/python -m pytest -q tests/deployment.py tests/container.py

screenshots: $(VENV)/.tested chromium ## Makes a picture of every screen, role, width and theme into screenshots/, and those of the guide anew
	$(BIN)/python -m tests.screenshots
	env -u DATABASE_URL RENEW_GUIDE=1 $(BIN)/python -m pytest -q tests/browser/test_guide.py

audit: $(VENV)/.tested chromium ## Looks at every screen, role, theme and width with axe-core; renews dashboard/accessibility.json
	$(BIN)/python -m tests.audit
