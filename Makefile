# `make demo` and `make test` need Python 3.11 to 3.13 and Java 17 or 21, and do all their set-up.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WAREHOUSE ?= build/demo
CORPUS ?= ../shared/corpus

# Seconds of each target of make fuzz.
FUZZ_SECONDS ?= 600

# The marks of make test-wide; `demo` alone is what rests on the demo's warehouse.
WIDE ?= wide or demo

# The folders of tests/ that hold long tests; `whole` are those right below tests/.
LONG := benchmarks demo deploy jobs notebooks whole
CHECKED := $(shell find benchmarks conf deploy jobs notebooks realsyn_lib samples sql tests udfs -name '*.*' -type f -not -name '*.pyc')

# What each Spark is tried with: its pyspark, and the delta-spark that is made for it.
SPARK_4_0 := pyspark==4.0.2 delta-spark==4.0.1
SPARK_4_1 := pyspark==4.1.1 delta-spark==4.3.1
SPARK_4_2 := pyspark==4.2.0 delta-spark==4.4.0
SPARK_TESTS ?= tests/spark_versions.py tests/jobs/test_compat.py tests/jobs/test_delta_log.py \
	tests/jobs/test_image_jobs.py tests/jobs/test_pair_jobs.py tests/jobs/test_clusters.py \
	tests/jobs/test_runs_buckets.py tests/jobs/test_table_locks.py

.PHONY: help setup demo test test-wide test-long test-faults fuzz lint types docs bench pictures corpus-test corpus-there cluster-test s3-test lock audit clean
.PHONY: spark-4.0 spark-4.1 spark-4.2 spark-matrix

help:
	@echo "make setup        environment in $(VENV), local models"
	@echo "make demo         the whole line on the bundled documents -> $(WAREHOUSE)"
	@echo "make test         the line in a quarter of an hour: units, each kind of stage, ten faults"
	@echo "make test-wide    every other test but the long ones: all stages and commands, the demo"
	@echo "make test-long    the long ones, folder by folder; again: what has failed, or was changed since"
	@echo "make lint types   ruff, mypy"
	@echo "make docs         these pages and the API as a website -> build/docs"
	@echo "make bench        benchmarks of this machine: hours; benchmarks/README.md has a short one"
	@echo "make pictures     the pictures of docs/ anew, from the demo's report (Chromium)"
	@echo "make corpus-test  the whole line on $(CORPUS)/docs, as HTML and as OBELICS"
	@echo "make cluster-test the whole line by spark-submit on a cluster of two workers on this machine"
	@echo "make s3-test      a warehouse and its input on an S3-compatible store on this machine"
	@echo "make spark-matrix a selection of tests and a whole run on Spark 4.0, 4.1 and 4.2; make spark-4.0 for one"
	@echo "make fuzz         parsers of what strangers send, changed at random, FUZZ_SECONDS each"
	@echo "make test-faults  drivers, executors and servers that are killed; stores that fail; flipped bits; full disks; clocks: a day, resumable"
	@echo "make lock audit   conf/requirements-local.lock with hashes; known holes of what it names"

setup: $(READY)

$(READY): setup.py conf/constraints-local.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c conf/constraints-local.txt -e ".[local,cpu,train,report,view,docs,dev]"
	$(BIN)/realsyn models fetch
	touch $(READY)

demo: $(READY)
	$(BIN)/realsyn demo --warehouse $(WAREHOUSE)

test: $(READY)
	$(BIN)/python -m pytest -m "not (wide or demo or long)"

test-wide: $(READY)
	$(BIN)/python -m pytest -m "($(WIDE)) and not long"

# Folder by folder: one that has passed is passed over until its tests, or what they test, are changed.
test-long: $(LONG:%=build/long/%.done)

build/long/%.done: $(READY) $(CHECKED) | demo
	REALSYN_TEST_WAREHOUSE=$(WAREHOUSE) $(BIN)/python -m pytest -m long $(if $(filter whole,$*),$(wildcard tests/test_*.py),tests/$*)
	mkdir -p $(@D)
	touch $@

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy realsyn_lib udfs jobs

# Warnings are errors: a dead link, a missing anchor, a docstring that is no reStructuredText.
docs: $(READY)
	$(BIN)/python docs/make_api.py
	$(BIN)/python -m sphinx --builder html --quiet --fail-on-warning --conf-dir docs -d build/docs-doctrees . build/docs
	@echo "make docs: build/docs/index.html"

bench: $(READY)
	$(BIN)/python benchmarks/demo_time.py
	$(BIN)/python benchmarks/engine_share.py --input samples/pages

pictures: demo
	$(BIN)/python -m docs.make_pictures --report $(WAREHOUSE)/_files/report.html

corpus-test: corpus-there $(READY)
	$(BIN)/python tests/whole_corpus.py --corpus $(CORPUS)

corpus-there:
	@test -d "$(CORPUS)/docs" || { echo "make corpus-test: $(CORPUS)/docs is no folder; it needs HTML pages \
	with their pictures in DIR/docs: make corpus-test CORPUS=DIR" >&2; exit 2; }

test-faults: $(READY)
	$(BIN)/python -m tests.fault_trials
	$(BIN)/python -m tests.executor_trials --kills 50
	$(BIN)/python -m tests.executor_trials --kills 0 --speculation
	$(BIN)/python -m tests.server_trials --kills 50
	$(BIN)/python -m tests.race_trials
	$(BIN)/python -m tests.store_trials
	$(BIN)/python -m tests.flip_trials
	$(BIN)/python -m tests.full_disk_trials
	$(BIN)/python -m tests.memory_trials
	$(BIN)/python -m tests.clock_trials
	$(BIN)/python -m tests.soak

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

cluster-test: $(READY)
	$(BIN)/python -m tests.cluster_line --work build/cluster

s3-test: $(READY)
	$(BIN)/python -m pytest tests/jobs/s3_late_attempts.py tests/jobs/s3_warehouse.py

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
	$(TOOLS)/bin/uv pip compile setup.py --extra local --extra cpu --extra train --extra report --extra docs --extra dev \
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
