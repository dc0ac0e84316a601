# make check and make test do everything from a fresh clone: Python 3.11 and make are all they need.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up
# Tests of one file share what is expensive to prepare, so each file stays with one process.
JOBS ?= 2
# Tests that use each package that the project needs, for versions other than the pinned ones.
QUICK := tests/test_scenarios.py tests/test_rooms.py tests/test_packages.py tests/test_accelerator.py \
	tests/test_theorems.py tests/test_prediction.py tests/test_simulation.py tests/test_law.py \
	tests/test_devices.py tests/test_precision.py tests/test_sweeps.py tests/test_reports.py \
	tests/test_figures.py tests/test_app.py tests/test_command.py tests/networks/test_data.py \
	tests/networks/test_training.py tests/networks/test_train_command.py

.PHONY: setup check test test-slow test-lowest test-newest lint figures docs docs-check bench accelerator release-check clean
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

# The lowest versions that pyproject.toml promises.
# Old packages may warn of new ones: here warnings are shown, and are no errors.
test-lowest: .venv-lowest/.set-up
	.venv-lowest/bin/python -m pytest -W default --numprocesses $(JOBS) --dist loadfile $(QUICK)

.venv-lowest/.set-up: pyproject.toml
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	.venv-lowest/bin/python -m uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	touch $@

# The newest versions of all packages: make test-newest PYTHON=python3.12
test-newest: .venv-newest/.set-up
	.venv-newest/bin/python -m pytest -W default --numprocesses $(JOBS) --dist loadfile $(QUICK)

.venv-newest/.set-up: pyproject.toml
	$(PYTHON) -m venv .venv-newest
	.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

figures: $(STAMP)
	$(BIN)/update-magnitude figures

docs: .venv/.docs
	$(BIN)/python -m docs.site

docs-check: docs
	$(BIN)/python -m docs.site.check

.venv/.docs: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	touch $@

bench: $(STAMP)
	$(BIN)/python -m benchmarks

accelerator: $(STAMP)
	$(BIN)/python -m benchmarks.accelerator

# Builds sdist and wheel, and uses each on Python 3.11 and the newest Python: many minutes, much is installed.
# make release-check PYTHONS="python3.11 python3.13" names them.
release-check: $(STAMP)
	$(BIN)/python -m tests.release_check $(PYTHONS)

clean:
	rm -rf .venv .venv-lowest .venv-newest
