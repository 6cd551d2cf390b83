# The two commands of the README are `make run` and `make test`; `make help` lists the others.
PYTHON ?= python3
PORT ?= 5000
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export TRAINAPP_BASE_URL ?= http://127.0.0.1:$(PORT)
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGUES:.po=.mo)

.PHONY: help run test lint bench proof messages translations pins clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'

run: $(VENV)/run.stamp translations ## install, set up, load the demo, serve at http://127.0.0.1:5000 (PORT=…)
	$(BIN)/trainapp init
	$(BIN)/trainapp import-programme trainapp/programme/data/2021.yaml
	$(BIN)/trainapp demo
	$(BIN)/trainapp run --port $(PORT)

test: $(VENV)/test.stamp translations ## everything: linters, types, contracts, tests on both databases, browser
	$(BIN)/python -m tests.support.browser_install
	$(MAKE) --no-print-directory lint
	env -u TRAINAPP_BASE_URL $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/browser
	env -u TRAINAPP_BASE_URL $(BIN)/python -m pytest -q -n 2 --dist load tests/browser
	@echo
	@echo "All tests passed. Next: 'make run' starts trainapp; CONTRIBUTING.md says how to change it."

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet

bench: $(VENV)/test.stamp translations ## speed, as ratios within one run
	env -u TRAINAPP_BASE_URL $(BIN)/python -m tests.bench

proof: $(VENV)/test.stamp translations ## the campaigns at full size; writes docs/measurements.md
	env -u TRAINAPP_BASE_URL $(BIN)/python -m tests.proof

messages: $(VENV)/test.stamp ## collect the texts for translators
	$(BIN)/pybabel extract -F babel.cfg -k lazy -k lazy_plural:1,2 -k _ --no-location --sort-output \
	  --omit-header -o translations/messages.pot .
	for language in ar zh fr de ja ko pt ru es; do \
	  if [ -f translations/$$language/LC_MESSAGES/messages.po ]; then \
	    $(BIN)/pybabel update -i translations/messages.pot -d translations -l $$language --no-fuzzy-matching --ignore-obsolete; \
	  else \
	    $(BIN)/pybabel init -i translations/messages.pot -d translations -l $$language; \
	  fi; \
	done

translations: $(COMPILED)

%.mo: %.po $(VENV)/run.stamp
	$(BIN)/pybabel -q compile -i $< -o $@

pins: ## write the pinned requirements anew (needs uv)
	cd requirements && uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 run.in -o run.txt
	cd requirements && uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 test.in -o test.txt

clean: ## remove what was installed and compiled; leaves data/ alone
	rm -rf $(VENV) $(COMPILED) *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --require-hashes -r requirements/run.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/run.stamp
	$(BIN)/pip install -q --require-hashes -r requirements/test.txt
	@touch $@
