# Every command makes the virtual environment it needs; a machine with Python 3.11, make and
# a package index is enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow lint bench images clean

$(VENV)/.core: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[examples]'
	touch $@

$(VENV)/.test: $(VENV)/.core
	$(BIN)/pip install --quiet --editable '.[test]'
	touch $@

$(VENV)/.lint: $(VENV)/.test
	$(BIN)/pip install --quiet --editable '.[test,lint]'
	touch $@

demo: $(VENV)/.core
	$(BIN)/amt run examples/quickstart/job.yaml --runtime process

test: $(VENV)/.test
	$(BIN)/pytest -m "not slow" --numprocesses 2 --dist loadgroup

test-slow: $(VENV)/.test
	$(BIN)/pytest -m slow

lint: $(VENV)/.lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) .amt .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
