# The tutorial's commands. `make help` lists them. Settings that may be given on the command line:
#   PYTHON=python3.12          the Python (3.11 or newer) that makes .venv
#   TORCH_INDEX=ADDRESS        one more package index in which to look for the CPU build of torch
#   TORCH='torch==2.13.0'      installs exactly this, whatever is there (also several words, options of pip included)

PYTHON ?= python3
TORCH_INDEX ?=
TORCH ?=
TORCH_VERSION := 2.13.0

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check
STAMP := $(VENV)/.installed
UNFINISHED := $(VENV)/.unfinished

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install tutorial test test-elsewhere lab app notebooks exercises course results ablations pictures report memory mutants screenshots checkpoint lint clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## make .venv and install the library, the lessons' packages and the tests' (only when needed)

tutorial: install ## run lessons 00 to 07 without a screen, then print the table of results (at most 10 minutes)
	@$(PY) -m tools.tutorial

# tools/lab keeps nbgrader's menus, which are for teachers, out of the learners' JupyterLab.
lab: install ## open JupyterLab on the first lesson
	@JUPYTER_CONFIG_PATH=$(CURDIR)/tools/lab:$(JUPYTER_CONFIG_PATH) OMP_WAIT_POLICY=passive \
	  $(PY) -m jupyterlab notebooks/00_start_here.ipynb

app: install ## open the alloy explorer as a page: type or slide a composition, without a notebook
	@$(PY) -m tools.app

# nbval runs each lesson, and the solutions of its exercises, in fast mode, one per core, and compares what the cells
# print with what is committed.
NBVAL := MCVN_FAST=1 OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile --nbval --nbval-current-env \
  --nbval-cell-timeout 600 --nbval-sanitize-with tests/nbval_sanitize.cfg notebooks/*.ipynb notebooks/solutions/*.ipynb

# Test files run on two processes, each on one core and as a whole; the longest start first (tests/conftest.py).
TESTS := OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Both runs always happen; either failing fails the target.
test: install ## test the library, the data, the tools and the lessons (at most 15 minutes)
	@failed=0; \
	$(TESTS) || failed=1; \
	$(NBVAL) || failed=1; \
	exit $$failed

# torch and numpy use only the instructions that an old processor has, so that the last digits of a result differ.
test-elsewhere: install ## test that the lessons print the same as another processor computes them
	@ATEN_CPU_CAPABILITY=default OPENBLAS_CORETYPE=Prescott $(NBVAL)

lint: install ## check style, formatting, and which package imports which
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(VENV)/bin/lint-imports --no-cache

notebooks: install ## build the executed lessons from notebooks/source (all; one: make notebooks LESSON=03_image_mapping)
	@$(PY) -m tools.build.notebooks $(LESSON)

exercises: install ## build the exercises, blank and solved, from notebooks/source/exercises (one: LESSON=...)
	@$(PY) -m tools.build.exercises $(LESSON)

course: install ## for teachers: make the exercises to hand out, grade what was handed in (one: LESSON=...)
	@$(PY) -m tools.build.course $(if $(LESSON),--only $(LESSON))

results: install ## measure what data/results/scores.csv lacks, then make README's tables from it (all: forty minutes; a try: FAST=1)
	@$(PY) -m tools.measure.scores $(if $(FAST),--fast)
	@$(if $(FAST),,$(PY) -m tools.build.report)

ablations: install ## measure what data/results/ablations.csv lacks: MCVN with one part changed (all: a quarter of an hour; a try: FAST=1)
	@$(PY) -m tools.measure.ablations $(if $(FAST),--fast)

pictures: install ## measure what data/results/pictures.csv lacks: one CNN, seven pictures (all: an hour; a try: FAST=1)
	@$(PY) -m tools.measure.pictures $(if $(FAST),--fast)
	@$(if $(FAST),,$(PY) -m tools.build.report)

report: install ## make README's tables and picture from the files in data/results
	@$(PY) -m tools.build.report

memory: install ## measure each lesson's seconds and peak memory, into data/results/memory.csv (one: LESSON=...)
	@$(PY) -m tools.measure.memory $(LESSON)

mutants: install ## plant defects into copies of the library, one at a time: do the tests notice? (half an hour; some: WORDS=...)
	@$(PY) -m tools.measure.mutants $(WORDS)

screenshots: install ## make README's pictures of the lesson and the app, in chromium
	@MCVN_SCREENSHOTS=1 $(PY) -m pytest tests/lessons/test_browser.py

checkpoint: install ## train the models saved in data/, which lessons 00, 05 and 06 open (a few minutes)
	@$(PY) -m tools.build.checkpoints

clean: ## remove what the other targets made, .venv excepted
	rm -rf build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find mcvn_utils tests tools notebooks -name __pycache__ -prune -exec rm -rf {} +
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} +

# torch comes first: what is there already stays, else the CPU build (200 MB) is taken where an index has it, and
# only else the standard one. The stamp is the last thing written; an installation that was interrupted may have left
# a package half written, so the next one starts from an empty .venv.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make install PYTHON=python3.12"; exit 1; }
	@rm -f $@
	@test ! -e $(UNFINISHED) && $(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Making $(VENV) with $$($(PYTHON) --version)"; \
	  $(PYTHON) -m venv --clear $(VENV) || { \
	    echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }; }
	@touch $(UNFINISHED)
ifneq ($(strip $(TORCH)),)
	$(PIP) $(TORCH)
else
	@$(PY) -c 'import importlib.metadata as m; print("torch", m.version("torch"), "is there already")' 2>/dev/null || { \
	  echo "Installing torch $(TORCH_VERSION), the CPU build where there is one (200 MB)"; \
	  $(PIP) --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) 'torch==$(TORCH_VERSION)+cpu' 2>/dev/null; } || { \
	  if [ "$$(uname -s)" = Linux ]; then \
	    echo "No CPU build of torch in the package indexes that pip knows: taking the standard one, which on Linux may"; \
	    echo "bring gigabytes of CUDA libraries. To avoid them: Ctrl-C, then make install TORCH_INDEX=ADDRESS with the"; \
	    echo "address that 'Get started' on pytorch.org shows after --index-url for Linux, Pip, CPU."; \
	  fi; \
	  $(PIP) 'torch==$(TORCH_VERSION)' || { \
	    echo "torch $(TORCH_VERSION) could not be installed. Another version: make install TORCH=torch"; exit 1; }; }
endif
	@echo "Installing the other packages (a few minutes)"
	@$(PIP) --quiet -e '.[dev]'
	@rm -f $(UNFINISHED) && touch $@
	@echo "Installed in $(VENV). Next: make tutorial, or make lab"
