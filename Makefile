# Every target builds what it needs: a fresh machine has Python 3.11+ and make, nothing else.
# `make help` lists the targets. ARGS goes to the tool behind one: make test ARGS="-k tiers".

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
# An install takes the locked set and asks the index for nothing else; `pip check` says it is whole.
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install --no-deps
CHECKED = $(BIN)/python -m pip --disable-pip-version-check check >/dev/null

# Stamps: an environment is made once, and refilled when the file behind it changes.
CREATED := $(VENV)/.created
BASE := $(VENV)/.base
TEST := $(VENV)/.test
DEV := $(VENV)/.dev
DOCS := $(VENV)/.docs

# Bytecode is kept: where it is forbidden, each process that a test starts compiles the program anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: demo test check page page-test browser fresh format simulate bench docs fuzz lock clean help

demo: $(BASE) ## See it work: simulated accounts that live, on a page
	$(BIN)/marginline demo $(ARGS)

# worksteal: neighbours share a worker, and with it their modules' fixtures and compiled kernels.
test: $(TEST) ## Run the tests on all cores
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

fuzz: $(TEST) ## Judge a million mutated account files and answers (FUZZ_INPUTS=..., FUZZ_SEED=...)
	FUZZ_INPUTS=$${FUZZ_INPUTS:-1000000} $(BIN)/python -m pytest -n auto --dist worksteal tests/fuzz \
		tests/venues/binance/test_payloads_fuzz.py tests/venues/test_drawn.py \
		tests/agreement/test_joint_pools_agree.py $(ARGS)

check: $(DEV) ## Style, format, types, layers: what CI asks beside the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

page: $(BASE) ## Build the page from frontend/ (installing does it too, once)
	$(BIN)/python build_page.py build

page-test: $(DEV) ## Check the page's types and run its unit tests
	$(BIN)/python build_page.py test

browser: $(DEV) page ## Test the page in a real browser (Debian's Chromium; as root it is installed)
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
		|| echo "there is no chromium here: the tests will be skipped"
	$(BIN)/python build_page.py tools
	$(BIN)/python -m pytest tests/browser $(ARGS)

fresh: ## The two commands of the README as on a stranger's machine, next year
	PYTHON="$(PYTHON)" tests/fresh/run.sh

format: $(DEV) ## Mend what the style check can mend itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

simulate: $(TEST) ## Many seeds of the simulated world: statistics of prices, verdicts on stories
	$(BIN)/python -m benchmarks.simulate $(ARGS)
	MARGINLINE_SEEDS=$${MARGINLINE_SEEDS:-10000} MARGINLINE_TICKS=1000000 $(BIN)/python -m pytest -q \
		-n auto --dist worksteal tests/simulation tests/risk/live -k "truth or many_ticks"

bench: $(DEV) ## Measure speed
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(DOCS) ## Build the documentation into site/; any warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lock: ## Remake requirements/*.txt (ARGS=--upgrade for newer versions)
	PYTHON="$(PYTHON)" requirements/lock.sh $(ARGS)

clean: ## Remove everything that make and the tools made
	rm -rf $(VENV) frontend/node_modules src/marginline/web/static build dist site mutants htmlcov .coverage .coverage.* .benchmarks .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests docs -type d -name __pycache__ -prune -exec rm -rf {} +

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(CREATED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "marginline needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# --no-build-isolation: the build tool too comes from a hashed file, not from wherever pip looks.
$(BASE): requirements/build.txt requirements/base.txt pyproject.toml | $(CREATED)
	$(PIP) --require-hashes -r requirements/build.txt -r requirements/base.txt
	$(PIP) --no-build-isolation -e .
	$(CHECKED)
	@touch $@

$(TEST): requirements/test.txt $(BASE)
	$(PIP) --require-hashes -r $<
	$(CHECKED)
	@touch $@

$(DEV): requirements/dev.txt $(TEST)
	$(PIP) --require-hashes -r $<
	$(CHECKED)
	@touch $@

$(DOCS): requirements/docs.txt $(BASE)
	$(PIP) --require-hashes -r $<
	$(CHECKED)
	@touch $@
