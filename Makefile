# Every command makes the virtual environment it needs; a machine with Python 3.11, make and
# a package index is enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INFRA_VENV ?= .venv-infra

.PHONY: demo test test-slow lint lint-infra bench images clean

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
	$(BIN)/pytest -m slow --numprocesses 2 --dist loadfile --durations 15

lint: $(VENV)/.lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Scanners and linters of infra/, in an environment of their own. AMT_TF_MIRROR: a folder that
# holds registry.terraform.io, where terraform is not to ask the registry itself.
$(INFRA_VENV)/.ready: infra/requirements.txt
	$(PYTHON) -m venv $(INFRA_VENV)
	$(INFRA_VENV)/bin/pip install --quiet --requirement infra/requirements.txt
	touch $@

lint-infra: $(INFRA_VENV)/.ready
	$(INFRA_VENV)/bin/python infra/check.py

bench: $(VENV)/.test
	for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

# BASE_IMAGE: another Debian base; CA_BUNDLE: certificates for pip inside the build;
# PIP_PACKAGES: what scripts find beside Python. See containers/README.md.
images: export BASE_IMAGE := $(BASE_IMAGE)
images: export CA_BUNDLE := $(CA_BUNDLE)
images:
	containers/build script-mode amt/script-mode:latest
	containers/build own-trainer amt/own-trainer:latest

clean:
	rm -rf $(VENV) $(INFRA_VENV) .amt .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
