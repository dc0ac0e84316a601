# make check and make test do everything from a fresh clone: Python 3.11 and make are all they need.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up
# Tests of one file share what is expensive to prepare, so each file stays with one process.
JOBS ?= 2

.PHONY: setup check test test-slow lint figures bench clean
.DEFAULT_GOAL := check

setup: $(STAMP)

# The stamp is written last, so an interrupted set-up is simply taken up again.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

check: $(STAMP)
	$(BIN)/update-magnitude check

test: $(STAMP)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

figures: $(STAMP)
	$(BIN)/update-magnitude figures

bench: $(STAMP)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv
