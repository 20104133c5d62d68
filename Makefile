# The two commands of a newcomer are `make report` and `make test`; `make help` lists the rest.

EDITION ?= liverpool-2018
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := .uv/bin/uv
# Certificates of the system, for networks that inspect TLS; no configuration of the machine's own.
UV_FLAGS := --quiet --system-certs --no-config
STAMP := $(VENV)/.installed
WEB := tests/web/node_modules/.installed
# The validator of research objects needs an older rich than ours, so it has an environment of its own.
ROC := .roc
ROC_STAMP := $(ROC)/.installed
CERTIFICATES := $(firstword $(PIP_CERT) $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt))

unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV
unexport PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help report all site test docs fuzz mutants tamper golden test-crate test-web vega lint lab bench clean lock

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

report: $(STAMP) ## make one report as PDF and web page (EDITION=liverpool-2018)
	@$(BIN)/sotc report $(EDITION)

all: $(STAMP) ## make the report of every edition
	@$(BIN)/sotc report --all

site: all ## make every report, every ward profile, and the site: reports/index.html
	@for file in src/analysis/definitions/editions/*.yml; do $(BIN)/sotc profiles $$(basename $$file .yml) || exit 1; done
	@$(BIN)/sotc site

docs: $(STAMP) ## write the pages that are made of definitions, docstrings and the lock
	@for script in docs/*.py; do $(BIN)/python $$script || exit 1; done

test: $(STAMP) $(ROC_STAMP) ## style, types and tests; CI adds test-web
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python docs/indicators.py
	@$(BIN)/pytest -n 2

fuzz: $(STAMP) ## every change of every definition, publishers' files in 400 ways, where the tests try a sample (minutes)
	@FUZZ=1 FUZZ_CASES=400 $(BIN)/pytest tests/property/test_changed_definitions.py tests/property/test_publishers_files.py

golden: $(STAMP) ## make all nine editions anew and name the number that moved since their receipts (minutes)
	@$(BIN)/pytest tests/reproduce/test_receipts.py

tamper: $(STAMP) ## two hundred scripted tampers: what hashes alone do not see is verified in full (minutes)
	@TAMPER=1 $(BIN)/pytest -n 0 tests/reproduce/test_two_hundred_tampers.py

mutants: $(STAMP) ## fifty seeded faults: which of them the tests notice (minutes; works on what is committed)
	@$(BIN)/python tests/mutants/run.py

test-crate: $(STAMP) $(ROC_STAMP) ## check that report folders are valid research objects (RO-Crate)
	@$(BIN)/pytest -p no:xdist tests/research_object

test-web: $(STAMP) $(WEB) ## open the pages in a headless browser and use them (needs Node.js)
	@$(BIN)/sotc report liverpool-2018 liverpool-2024 liverpool-2026 >/dev/null
	@$(BIN)/pytest -n 2 --dist loadfile tests/web

lint: $(STAMP) ## style and types alone
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

lab: $(STAMP) ## open JupyterLab on the guide to the notebooks (FLAGS=--no-browser)
	@$(BIN)/jupyter lab --ServerApp.root_dir=. $(FLAGS) notebooks/guide.ipynb

bench: $(STAMP) ## measure speed, as ratios against a baseline in the same run
	@for script in benchmarks/*.py; do echo "$$script"; $(BIN)/python $$script || exit 1; done

vega: $(STAMP) ## bundle the library of the explorer anew, after an update of vl-convert
	@$(BIN)/python -c 'from analysis.report.explorer import write_library; write_library()'

lock: $(UV) ## resolve the locks anew from pyproject.toml
	@echo "uv" | $(UV) pip compile $(UV_FLAGS) - --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --output-file uv.lock.txt
	@$(UV) pip compile $(UV_FLAGS) pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --fork-strategy fewest --overrides overrides.txt --output-file requirements.lock
	@printf '%s\n' 'roc-validator>=0.13,<0.14' 'rocrate==0.13.0' | $(UV) pip compile $(UV_FLAGS) - --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --output-file crate.lock.txt

clean: ## remove what was built: tables, reports but for their receipts, environment
	@rm -rf $(VENV) .uv .pythons $(ROC) tests/web/node_modules data/processed/*/ .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find reports -mindepth 2 ! -name 'manifest*.json' -type f -delete 2>/dev/null || true
	@rm -rf reports/wards reports/site reports/index.html

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check $(addprefix --cert ,$(CERTIFICATES)) \
		--require-hashes --requirement uv.lock.txt

$(STAMP): requirements.lock pyproject.toml | $(UV)
	@echo "setting up $(VENV) ..." >&2
	@test -x $(BIN)/python || $(UV) venv $(UV_FLAGS) --python $$(command -v $(PYTHON)) $(VENV)
	@$(UV) pip sync $(UV_FLAGS) --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install $(UV_FLAGS) --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(WEB): tests/web/package-lock.json
	@echo "setting up tests/web/node_modules ..." >&2
	@npm ci --prefix tests/web --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@node tests/web/unpack.mjs
	@touch $@

# Without a network this environment is missing, and the test that needs it says so and skips.
$(ROC_STAMP): crate.lock.txt | $(UV)
	@if $(UV) venv $(UV_FLAGS) --clear --python $$(command -v $(PYTHON)) $(ROC) \
		&& $(UV) pip sync $(UV_FLAGS) --python $(ROC)/bin/python --require-hashes crate.lock.txt; \
		then touch $@; else rm -rf $(ROC); echo "$(ROC): not set up, research objects are not validated" >&2; fi
