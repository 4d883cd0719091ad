# `make demo` and `make test` do their own set-up; nothing else needs to be installed by hand
# than Python >= 3.11, Node >= 20 and make.

PYTHON ?= python3
BIN := .venv/bin
PACKAGES := .venv/.packages
READY := .venv/.ready
# The modules that mypyc compiles where it can: an edit of one compiles them anew.
COMPILED := $(shell sed -n '/^compiled = \[/,/^\]/s/^  "\(.*\)",/\1/p' pyproject.toml)
WEB := verifier/web
MODULES := $(WEB)/node_modules/.ready
PAGE := verifier/page/index.html
CONSOLE := issuer/console/web
HTMX := issuer/console/static/htmx.js
# The folders are listed too, so that a file that was taken away counts.
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/plugins $(WEB)/public 2>/dev/null) \
	$(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/tsconfig.json \
	$(wildcard schemas/*.json schemas/dictionary/*.bin)

.PHONY: demo test lint browser fonts papers token bench lock interpreted clean
.DELETE_ON_ERROR:

demo: $(READY) $(PAGE) $(HTMX) fonts  ## a whole small world in ./demo: issued, published, verified
	$(BIN)/zhengyin demo --once --dir demo

test: lint $(PAGE) $(HTMX) browser papers token  ## what must hold before anything lands
	npm --prefix $(WEB) --silent test
	$(BIN)/pytest -n auto -q -rs

lint: $(READY) $(MODULES)
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix $(WEB) --silent run lint

browser: $(READY)  ## a Chromium for the tests of the phone page, where the machine has none
	@$(BIN)/python -m tests.browser.install

fonts: $(READY)  ## Chinese fonts for certificates, where the machine has none
	@$(BIN)/python -m tests.issuer.install_fonts

papers: $(READY)  ## the same, and the tools of others that look at PDFs in the tests
	@$(BIN)/python -m tests.issuer.install_fonts --tools

token: $(READY)  ## a SoftHSM2 for the tests of keys in tokens, where the machine has none
	@$(BIN)/python -m tests.keys.install_softhsm

bench: $(READY) $(PAGE) $(HTMX) browser fonts  ## sizes and speed, as ratios measured side by side
	$(BIN)/python -m tests.benchmarks

lock: $(READY)  ## new lock files, with hashes and without addresses
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --group dev -o requirements-dev.txt pyproject.toml
	$(BIN)/uv pip compile -q --no-deps --generate-hashes --no-emit-index-url --no-header --group fonts -o requirements-fonts.txt
	npm --prefix $(WEB) --loglevel=error install --package-lock-only --ignore-scripts
	npm --prefix $(CONSOLE) --loglevel=error install --package-lock-only --ignore-scripts

$(PACKAGES): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Python 3.11 or later is needed; name one with make PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(READY): $(PACKAGES) pyproject.toml hatch_build.py $(COMPILED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(MODULES): $(WEB)/package.json $(WEB)/package-lock.json
	@{ node -e 'process.exit(parseInt(process.versions.node, 10) < 20 ? 1 : 0)' && \
		npm --version; } >/dev/null 2>&1 || \
		{ echo "make: Node 20 or later, with npm, is needed to build the phone page"; exit 1; }
	npm --prefix $(WEB) --loglevel=error ci --ignore-scripts
	@touch $@

$(PAGE): $(MODULES) $(WEB_SOURCES)
	npm --prefix $(WEB) --silent run build
	@touch $@

$(HTMX): $(CONSOLE)/package.json $(CONSOLE)/package-lock.json
	npm --prefix $(CONSOLE) --loglevel=error ci --ignore-scripts
	cp $(CONSOLE)/node_modules/htmx.org/dist/htmx.min.js $@

interpreted:  ## back to the sources alone; any other target compiles again
	rm -f zhengyin__mypyc.* $(COMPILED:.py=.*.so) $(COMPILED:.py=.*.pyd) $(READY)

clean: interpreted
	rm -rf .venv demo build dist verifier/page $(WEB)/node_modules $(CONSOLE)/node_modules $(HTMX)
