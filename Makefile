# The two commands are `make run` and `make test`; both make .venv from the lock file first.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Processes that run tests side by side: more than processors, because tests wait for servers much of their time.
WORKERS ?= 4
# Tests start hundreds of processes: without bytecode each of them compiles every module anew, for half of its start.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install run test quick lint chaos bench cluster lock clean

install: .venv/.installed

# uv is pinned here once and again by requirements.lock; the lock names no index, so any mirror serves.
.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

run: install
	$(BIN)/photolog run $(ARGS)

test: install
	$(BIN)/pytest --numprocesses $(WORKERS) $(ARGS)

# What needs no server, for the inner loop.
quick: install
	$(BIN)/pytest --numprocesses 2 -m "not cluster" tests/unit tests/contract $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/photolog schemas check

chaos: install
	PHOTOLOG_CHAOS=long $(BIN)/pytest -m chaos $(ARGS)

bench: install
	$(BIN)/python -m tests.bench.freshness
	$(BIN)/python -m tests.bench.fanout
	$(BIN)/python -m tests.bench.pushing
	$(BIN)/python -m tests.bench.feed
	$(BIN)/python -m tests.bench.feed.steps
	$(BIN)/python -m tests.bench.feed.embedded
	$(BIN)/python -m tests.bench.feed.costs
	$(BIN)/python -m tests.bench.feed.half_load
	$(BIN)/python -m tests.bench.feed.burst
	$(BIN)/python -m tests.bench.write
	$(BIN)/python -m tests.bench.long_streams
	$(BIN)/python -m tests.bench.projections
	$(BIN)/python -m tests.bench.embedded_reads
	$(BIN)/python -m tests.bench.importing
	$(BIN)/python -m tests.bench.rebuilds
	$(BIN)/python -m tests.bench.rebuilds_cluster
	$(BIN)/python -m tests.bench.export
	$(BIN)/python -m tests.bench.search
	$(BIN)/python -m tests.bench.limits
	$(BIN)/python -m tests.bench.views
	$(BIN)/python -m tests.bench.half_open
	$(BIN)/python -m tests.bench.renditions
	$(BIN)/python -m tests.bench.duplicates
	$(BIN)/python -m tests.bench.edge

cluster: install
	$(BIN)/photolog cluster $(ARGS)

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --extra analysts --extra tracing pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group generator --output-file tests/clients/python/requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
