# `make demo` and `make test` need Python 3.11 to 3.13 and Java 17 or 21, and do all their set-up.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WAREHOUSE ?= build/demo
CORPUS ?= ../shared/corpus

.PHONY: help setup demo test lint types bench corpus-test corpus-there test-kills clean

help:
	@echo "make setup        environment in $(VENV), local models"
	@echo "make demo         the whole line on the bundled documents -> $(WAREHOUSE)"
	@echo "make test         all tests (those marked corpus where $(CORPUS) is)"
	@echo "make lint types   ruff, mypy"
	@echo "make bench        benchmarks of this machine: hours; benchmarks/README.md has a short one"
	@echo "make corpus-test  the whole line on $(CORPUS)/docs, as HTML and as OBELICS"
	@echo "make test-kills   fifty kills at random moments, each followed by the same command"

setup: $(READY)

$(READY): setup.py conf/constraints-local.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c conf/constraints-local.txt -e ".[local,cpu,report,dev]"
	$(BIN)/realsyn models fetch
	touch $(READY)

demo: $(READY)
	$(BIN)/realsyn demo --warehouse $(WAREHOUSE)

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy realsyn_lib udfs jobs

bench: $(READY)
	$(BIN)/python benchmarks/demo_time.py
	$(BIN)/python benchmarks/engine_share.py --input samples/pages

corpus-test: corpus-there $(READY)
	$(BIN)/python tests/whole_corpus.py --corpus $(CORPUS)

corpus-there:
	@test -d "$(CORPUS)/docs" || { echo "make corpus-test: $(CORPUS)/docs is no folder; it needs HTML pages \
	with their pictures in DIR/docs: make corpus-test CORPUS=DIR" >&2; exit 2; }

test-kills: $(READY)
	$(BIN)/python tests/random_kills.py --kills 50

clean:
	rm -rf build dist *.egg-info
