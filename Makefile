# make compete: who wins on the presets.   make test: everything that CI checks.   make bench: how fast it is.
# Needs python3 (3.11 or later), make and git; all else goes into .venv, once.

PYTHON  ?= python3
VENV    ?= .venv
BIN     := $(VENV)/bin
WORLDS  ?= 8
OUT     ?= runs/compete
AGENTS  := $(wildcard agents/ppo-tuner agents/ppo-recommend)
LEARNT  ?= runs/agents
SEEDS   ?= 0 1 2
TESTED  := tests/core tests/properties tests/docs/test_parts.py
PYTEST  := $(BIN)/python -m pytest

comma := ,
empty :=
space := $(empty) $(empty)
BASELINES = $(shell $(BIN)/python -c "from vienv import baselines; print(','.join(baselines.names()))")
POLICIES ?= $(subst $(space),$(comma),$(strip $(BASELINES) $(AGENTS)))

.PHONY: compete learn tune bench test lint clean
.DEFAULT_GOAL := compete

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@

compete: $(VENV)/.installed
	$(BIN)/vienv compete --policies $(POLICIES) --worlds $(WORLDS) --out $(OUT)

# Trains both recipes with every seed (make -j2 learn: two at a time) and sets them beside the baselines on test worlds.
TRAINED := $(foreach seed,$(SEEDS),$(LEARNT)/tuner-$(seed) $(LEARNT)/recommend-$(seed))
RIVALS  := static random drs-3 drs-dpm drs-dpm-tuned

learn: $(addsuffix /agent.toml,$(TRAINED))
	$(BIN)/vienv compete --scenario lab,office --worlds 32 --out $(LEARNT)/compete \
		--policies $(subst $(space),$(comma),$(strip $(RIVALS) $(TRAINED) $(addsuffix /untrained,$(TRAINED))))

$(LEARNT)/tuner-%/agent.toml: | $(VENV)/.installed
	$(BIN)/python -m agents.train tuner --seed $* --out $(@D)

$(LEARNT)/recommend-%/agent.toml: | $(VENV)/.installed
	$(BIN)/python -m agents.train recommend --seed $* --out $(@D)

tune: $(VENV)/.installed
	$(BIN)/python -m agents.tune

# Under ten minutes on 2 cores: every goal with its measured value, and benchmarks/results/.
bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

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
