# `make demo` and `make test` need Python 3.11 to 3.13 and Java 17 or 21, and do all their set-up.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WAREHOUSE ?= build/demo
CORPUS ?= ../shared/corpus

# What each Spark is tried with: its pyspark, and the delta-spark that is made for it.
SPARK_4_0 := pyspark==4.0.2 delta-spark==4.0.1
SPARK_4_1 := pyspark==4.1.1 delta-spark==4.3.1
SPARK_4_2 := pyspark==4.2.0 delta-spark==4.4.0
SPARK_TESTS ?= tests/spark_versions.py tests/jobs/test_compat.py tests/jobs/test_delta_log.py \
	tests/jobs/test_image_jobs.py tests/jobs/test_pair_jobs.py tests/jobs/test_clusters.py \
	tests/jobs/test_runs_buckets.py tests/jobs/test_table_locks.py

.PHONY: help setup demo test lint types bench corpus-test corpus-there test-kills cluster-test s3-test clean
.PHONY: lock audit spark-4.0 spark-4.1 spark-4.2 spark-matrix

help:
	@echo "make setup        environment in $(VENV), local models"
	@echo "make demo         the whole line on the bundled documents -> $(WAREHOUSE)"
	@echo "make test         all tests (those marked corpus where $(CORPUS) is)"
	@echo "make lint types   ruff, mypy"
	@echo "make bench        benchmarks of this machine: hours; benchmarks/README.md has a short one"
	@echo "make corpus-test  the whole line on $(CORPUS)/docs, as HTML and as OBELICS"
	@echo "make cluster-test the whole line by spark-submit on a cluster of two workers on this machine"
	@echo "make s3-test      a warehouse and its input on an S3-compatible store on this machine"
	@echo "make spark-matrix a selection of tests and a whole run on Spark 4.0, 4.1 and 4.2; make spark-4.0 for one"
	@echo "make lock audit   conf/requirements-local.lock with hashes; known holes of what it names"
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

cluster-test: $(READY)
	$(BIN)/python -m tests.cluster_line --work build/cluster

s3-test: $(READY)
	$(BIN)/python -m pytest tests/jobs/s3_warehouse.py

spark-matrix: spark-4.0 spark-4.1 spark-4.2

# The other Spark lies before the pinned one on Python's path, for workers too.
spark-4.0 spark-4.1 spark-4.2: spark-%: build/spark-%
	PYTHONPATH=$(CURDIR)/build/$@ $(BIN)/python -m pytest $(SPARK_TESTS)

build/spark-%: $(READY)
	rm -rf $@.partial
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target $@.partial $(SPARK_$(subst .,_,$*))
	mv $@.partial $@

LOCK := conf/requirements-local.lock
TOOLS := build/tools

# Pins and hashes for this platform and Python; its own tools, so that they pin nothing of ours.
lock: $(READY) $(TOOLS)/.ready
	$(TOOLS)/bin/uv pip compile setup.py --extra local --extra cpu --extra report --extra dev \
		-c conf/constraints-local.txt --generate-hashes --python $(BIN)/python --no-header --no-annotate \
		--quiet -o $(TOOLS)/lock
	printf '%s\n' '# Pins with hashes of the local set, for Linux on x86-64 with Python 3.11: made by `make lock`.' \
		'# pip install --require-hashes -r conf/requirements-local.lock' | cat - $(TOOLS)/lock > $(LOCK)

audit: $(TOOLS)/.ready
	$(TOOLS)/bin/pip-audit --strict --disable-pip --require-hashes -r $(LOCK) || { echo "make audit: see above; \
	where it says that a package could not be audited, the index in use serves no advisories: run it where one does" >&2; exit 2; }

$(TOOLS)/.ready:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv==0.13.9 pip-audit==2.10.1
	touch $@

clean:
	rm -rf build dist *.egg-info
