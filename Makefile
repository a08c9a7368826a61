# Two commands do everything: `make demo` and `make test`. Both build .venv first; nothing else is needed
# but Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: demo failure test lint types unit slow reports notebooks benchmarks validation scaling published \
	operator-role clean help

help:
	@echo "make demo       install, run the World Cup day, leave results/demo/report.html"
	@echo "make failure    the same for the scenario in which the operator role is denied"
	@echo "make test       everything that CI checks"
	@echo "make reports    write the reports of all shipped configs to reports/ again"
	@echo "make notebooks  write notebooks/*.ipynb from their .py again"
	@echo "make validation write reports/validation, the simulator against theory, again (a quarter of an hour)"
	@echo "make scaling    write reports/scaling-throughput.html again"
	@echo "make published  write reports/published-measurements.html again"
	@echo "make operator-role  run every scenario about the operator role, write reports/operator-role.html again"
	@echo "make benchmarks figures about the speed of this machine, as JSON"

demo: $(RUN_STAMP)
	$(BIN)/lmisim run configs/world-cup-opening-day.yaml --out results/demo

failure: $(RUN_STAMP)
	$(BIN)/lmisim run configs/operator-role-denied.yaml --out results/failure

test: lint types unit

lint: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(DEV_STAMP)
	$(BIN)/mypy

unit: $(DEV_STAMP)
	$(BIN)/python -m pytest -n auto

slow: $(DEV_STAMP)
	$(BIN)/python -m pytest -n auto --run-slow

reports: $(RUN_STAMP)
	for config in world-cup-opening-day operator-role-denied first-run queue-burst; do \
	  $(BIN)/lmisim run configs/$$config.yaml --out results/$$config && \
	  cp results/$$config/report.html reports/$$config.html || exit 1; \
	done

notebooks: $(DEV_STAMP)
	$(BIN)/jupytext --to notebook notebooks/*.py

benchmarks: $(DEV_STAMP)
	$(BIN)/python tests/benchmarks/benchmark_data_plane.py
	$(BIN)/python tests/benchmarks/benchmark_day.py
	$(BIN)/python tests/benchmarks/benchmark_control_plane.py
	$(BIN)/python tests/benchmarks/benchmark_calls.py
	$(BIN)/python tests/benchmarks/benchmark_door.py
	$(BIN)/python tests/benchmarks/benchmark_start.py
	$(BIN)/python tests/benchmarks/benchmark_iam.py
	$(BIN)/python tests/benchmarks/benchmark_reference.py

validation: $(DEV_STAMP)
	$(BIN)/python tests/validation/make_page.py --run-slow

scaling: $(DEV_STAMP)
	$(BIN)/python tests/validation/make_scaling_page.py

published: $(DEV_STAMP)
	$(BIN)/python tests/validation/make_published_page.py

operator-role: $(DEV_STAMP)
	$(BIN)/python tests/validation/make_operator_role_page.py

clean:
	rm -rf $(VENV) results .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/pyvenv.cfg:
	$(PYTHON) -c 'import sys; sys.exit("lmisim needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(DEV_STAMP): $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
