# make compete: who wins on the presets.   make test: everything that CI checks.
# Needs python3 (3.11 or later), make and git; all else goes into .venv, once.

PYTHON  ?= python3
VENV    ?= .venv
BIN     := $(VENV)/bin
WORLDS  ?= 8
OUT     ?= runs/compete
AGENTS  := $(wildcard agents/ppo-tuner agents/ppo-recommend)
TESTED  := tests/core tests/properties
PYTEST  := $(BIN)/python -m pytest

comma := ,
empty :=
space := $(empty) $(empty)
BASELINES = $(shell $(BIN)/python -c "from vienv import baselines; print(','.join(baselines.names()))")
POLICIES ?= $(subst $(space),$(comma),$(strip $(BASELINES) $(AGENTS)))

.PHONY: compete test lint clean
.DEFAULT_GOAL := compete

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@

compete: $(VENV)/.installed
	$(BIN)/vienv compete --policies $(POLICIES) --worlds $(WORLDS) --out $(OUT)

test: lint
	NUMBA_DISABLE_JIT=1 $(PYTEST) $(wildcard $(TESTED))
	$(PYTEST) tests $(addprefix --ignore=,$(TESTED)) -m "not learn and not slow"

lint: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) runs
