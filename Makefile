# `make demo` and `make test` do their own set-up; nothing else needs to be installed by hand
# than Python >= 3.11 and make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test lint bench lock clean

demo: $(READY)  ## a whole small world in ./demo: issued, published, verified
	$(BIN)/zhengyin demo --once --dir demo

test: lint  ## what must hold before anything lands
	$(BIN)/pytest -n auto -q

lint: $(READY)
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## sizes and speed, as ratios measured side by side
	$(BIN)/python -m tests.benchmarks

lock: $(READY)  ## new lock files, with hashes and without addresses
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --group dev -o requirements-dev.txt pyproject.toml

$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Python 3.11 or later is needed; name one with make PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf .venv demo build dist
