# `make dataset` and `make test` do everything on a machine with Python 3.11+, make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help dataset test test-mteb labeler-check check format stress bench fidelity labels baselines package lock clean

help:  ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

# One environment for everything: the locked versions, every file checked by its hash.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

dataset: $(READY)  ## set up the environment and build the release from data/
	@$(BIN)/curate build
	@$(BIN)/curate validate release

# MTEB needs torch, of which each machine wants another build; name it with: make test-mteb TORCH='…'
TORCH ?= torch==2.13.0
MTEB := .venv-mteb

$(MTEB)/.ready: pyproject.toml
	test -x $(MTEB)/bin/python || $(PYTHON) -m venv $(MTEB)
	$(MTEB)/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(MTEB)/bin/python -m pip install --quiet --disable-pip-version-check 'setuptools>=77' 'pytest>=9.0' 'hypothesis>=6.150'
	$(MTEB)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[benchmark]'
	@touch $@

test-mteb: $(MTEB)/.ready  ## run the tests of the tasks under MTEB, in an environment of their own with torch
	TESTS_NEED_MTEB=1 HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(MTEB)/bin/python -m pytest -p no:cacheprovider tests/mteb

test: $(READY)  ## set up the environment and run the tests; with line coverage: make test COVERAGE=1
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal \
	    $(if $(COVERAGE),--cov --cov-report=term)

labeler-check: $(READY)  ## train the labeler anew: it must be the one that is shipped
	TESTS_TRAIN=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest --quiet -k shipped tests/label/test_training.py

check: $(READY)  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stress: $(READY)  ## the long campaigns: properties, mutated pages, broken records and releases, kills, a failing Hub, many writers
	HYPOTHESIS_PROFILE=whole OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal -m hypothesis
	$(BIN)/python -m tests.stress.damage --flips 400 --seed 0
	$(BIN)/python -m tests.stress.records
	$(BIN)/python -m tests.stress.mutations --count 1000 --seed 0
	$(BIN)/python -m tests.stress.kills --count 100 --seed 0
	$(BIN)/python -m tests.stress.hub_faults --count 330 --seed 0
	$(BIN)/python -m tests.stress.hub_writers --writers 8
	$(BIN)/python -m tests.stress.streamed_kills --records 300000 --kills 50 --seed 0

bench: $(READY)  ## how long a build takes, as ratios
	$(BIN)/python benchmarks/build_time.py

fidelity: $(READY)  ## trust in repairs and flags, speed against ftfy: make fidelity SAMPLE=arxiv-metadata.jsonl
	@test -n "$(SAMPLE)" || { echo "name a file of arXiv metadata (JSON lines): make fidelity SAMPLE=FILE" >&2; exit 1; }
	$(BIN)/python benchmarks/fidelity.py $(SAMPLE)
	$(BIN)/python benchmarks/normalize_speed.py $(SAMPLE)

labels: $(READY)  ## how good the labeler is; also on unseen papers with: make labels SAMPLE=arxiv-metadata.jsonl
	@$(BIN)/python benchmarks/labels.py $(SAMPLE)

baselines: $(READY)  ## what the light baselines reach, and how far intervals can be trusted (ten minutes)
	@$(BIN)/curate build
	@$(BIN)/curate benchmark release --model light --out results --again
	@$(BIN)/curate leaderboard results --format markdown --chart docs/leaderboard.svg
	@$(BIN)/curate leaderboard results --format json > data/leaderboard.json
	@$(BIN)/python benchmarks/task_trials.py release
	@$(BIN)/python benchmarks/interval_coverage.py results --clusterings 200

package: $(READY)  ## build wheel and sdist and try them in a clean environment outside the checkout
	rm -rf build dist
	$(BIN)/python -m build --no-isolation --outdir dist
	$(BIN)/python tests/package_trial.py dist

lock:  ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock" --output-file requirements.lock

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(MTEB) .venv-peers build dist *.egg-info release .release-* .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
