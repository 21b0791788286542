# `make demo` and `make test` need Rust, Python 3.11 or newer, a C compiler and make; they install everything else.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# Two compilations at once are no faster than one, and this keeps the log readable.
.NOTPARALLEL:
.SUFFIXES:

# The first Python of these that is new enough and able to make environments; or say `make PYTHON=...`.
CAN_VENV := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11));
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	if $$python -c '$(CAN_VENV)' 2>/dev/null; then command -v $$python; break; fi; done)

# pyo3 is compiled for one interpreter and compiled again when that changes. Every environment here is made from
# the same one, so let all builds name it rather than the environment they happen to run in.
export MATURIN_PEP517_USE_BASE_PYTHON := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Whatever goes into the wheel: a change in any of these makes it stale.
SOURCES := Cargo.toml Cargo.lock pyproject.toml \
	$(shell find src templates python -type f -not -path '*/__pycache__/*' 2>/dev/null)

# A process for each core; the tests of a file stay together, for they share what is slow to make.
PARALLEL := -n auto --dist loadscope

# Programs that Python tests run, built beside the tests of Rust: the wheel's library takes the place of theirs.
PROGRAMS := target/programs
RUST_SOURCES := Cargo.toml Cargo.lock $(shell find src templates tests/evaluate benches/*.rs benches/mix -type f 2>/dev/null)

PYSIGMA_1 := .venv-test
PYSIGMA_2 := .venv-test-2
BUILD := target/python

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/.installed ## Install into .venv, compile a sample feed to Sigma and Splunk queries, serve it, sync from it
	PATH="$(CURDIR)/.venv/bin:$$PATH" bash examples/demo.sh

.PHONY: test
test: ## Everything that CI runs, with the minutes of each step
	MAKE='$(MAKE)' tests/steps.sh --beside environments \
		lint-rust lint-workflows test-rust environments install test-example lint-python test-pysigma-1 test-pysigma-2 test-packages test-api

.PHONY: lint
lint: lint-rust lint-workflows lint-python ## Formatting, clippy, ruff, mypy, stubtest, actionlint

ACTIONLINT := 1.7.12

.PHONY: lint-workflows
lint-workflows: ## .github/workflows, where there is Go
	if ! command -v go >/dev/null; then echo 'skipped: actionlint, for there is no Go'; \
	elif ! GOBIN=$(CURDIR)/target/go go install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT); then \
		echo 'skipped: actionlint, which cannot be had'; \
	else target/go/actionlint; fi

.PHONY: format
format: $(PYSIGMA_1)/.ready ## Format the Rust and the Python code
	cargo fmt
	$(PYSIGMA_1)/bin/ruff check --quiet --fix-only .
	$(PYSIGMA_1)/bin/ruff format .

# --- Rust -------------------------------------------------------------------------------------------------

# A crate of its own, built apart: it has other features of this one, and their libraries would have one name. It takes the
# versions of this one.
EXAMPLE := examples/custom-plugin
# What the tests have built of other crates is taken, not built again.
SEED = { mkdir -p target/custom-plugin && cd target && cp -a --parents debug/.fingerprint debug/build custom-plugin/ && \
	find debug/deps -type f '(' -name '*.rlib' -o -name '*.rmeta' -o -name '*.d' -o -name 'lib*.so' ')' -not -name '*socdef*' -print0 | \
	xargs -0 cp -al --parents -t custom-plugin && cd ..; }

.PHONY: lint-rust
lint-rust:
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo fmt --all --check --manifest-path $(EXAMPLE)/Cargo.toml
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --quiet --no-deps
	PYO3_PYTHON=$(BASE_PYTHON) cargo clippy --locked --lib --features python -- -D warnings

# Many tests wait for a clock or a socket: more of them than there are cores.
.PHONY: test-rust
test-rust: ## Rust tests, doc tests included
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-4} cargo test --locked
	$(MAKE) $(PROGRAMS)/.built

.PHONY: test-example
test-example: ## The crate in examples/, and its Python module
	cp Cargo.lock $(EXAMPLE)/Cargo.lock
	[ -d target/custom-plugin ] || [ ! -d target/debug ] || $(SEED)
	for command in build test; do \
		PYO3_BUILD_EXTENSION_MODULE=1 PYO3_PYTHON=$(BASE_PYTHON) cargo $$command --workspace --offline --quiet \
			--manifest-path $(EXAMPLE)/Cargo.toml --target-dir target/custom-plugin || exit 1; \
	done
	$(BASE_PYTHON) $(EXAMPLE)/python/check.py target/custom-plugin/debug

# Not part of `test`, which replays the corpus (tests/it/fuzz_corpus.rs): it takes minutes, and looks at new input each time.
.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZ_SECONDS (60) or a million executions, on stable; needs a C++ compiler
	bash fuzz/run.sh $${FUZZ_SECONDS:-60}

# Not part of `test`: new hostile input each time, against the installed command line and a server on loopback. `ATTACK_SECONDS` is the
# time for all parts, `ATTACK_PARTS` chooses some of them, and `ATTACK_ARGS='--seed N'` repeats a campaign.
.PHONY: attack
attack: $(PYSIGMA_1)/.installed ## The campaign of tests/attack for ATTACK_SECONDS (1200), with the table of what was tried
	$(PYSIGMA_1)/bin/python tests/attack/run.py --command $(PYSIGMA_1)/bin/socdef-sigma --seconds $${ATTACK_SECONDS:-1200} $(ATTACK_ARGS) $(ATTACK_PARTS)

# Not part of `test`: it takes many minutes, and its figures are those of the moment. `make bench ROWS='convert start'` for some of
# the rows, `make bench BENCH_ARGS=--quick` for a smoke test. The rows: see benches/run.py --help.
.PHONY: bench
bench: .venv-bench/.installed ## Each row against its peer, into benches/RESULTS.md; quiet machine wanted
	cp Cargo.lock benches/count/Cargo.lock
	cargo build --offline --release --manifest-path benches/count/Cargo.toml --target-dir target/count
	.venv-bench/bin/python benches/run.py --command .venv-bench/bin/socdef-sigma --work target/count/release/work \
		$(BENCH_ARGS) $(ROWS)

# Not part of `test`: the peers take some ten minutes for 20 MB. It needs the folder of documents beside the project, and says so.
.PHONY: bench-extract
bench-extract: .venv-bench-extract/.installed ## Indicators found in published documents, beside other tools, into benches/EXTRACT.md
	.venv-bench-extract/bin/python benches/extract/run.py --peer-answers target/bench-extract --out benches/EXTRACT.md $(BENCH_ARGS)

.PHONY: bench-micro
bench-micro: ## Parse, shape fill and encoders, by criterion
	cargo bench --locked --no-default-features --bench micro

.PHONY: licences
licences: ## LICENSES-THIRD-PARTY.txt anew, which the wheel carries, after a change of Cargo.lock
	python3 .ci/licences.py > LICENSES-THIRD-PARTY.txt.new
	mv LICENSES-THIRD-PARTY.txt.new LICENSES-THIRD-PARTY.txt

# Not part of `test`: cargo-deny takes minutes to build, so it has its own job in CI.
.PHONY: deny
deny: ## Licences, sources and bans of the Rust dependencies (needs cargo-deny)
	cargo deny --all-features check bans licenses sources

# --- Python -----------------------------------------------------------------------------------------------

.PHONY: environments
environments: $(PYSIGMA_1)/.ready $(PYSIGMA_2)/.ready .venv-api/.ready ## What the tests need from the package index

.PHONY: install
install: $(PYSIGMA_1)/.installed $(PYSIGMA_2)/.installed ## The wheel, into the environments of the tests

.PHONY: lint-python
lint-python: $(PYSIGMA_1)/.installed
	$(PYSIGMA_1)/bin/ruff check .
	$(PYSIGMA_1)/bin/ruff format --check .
	$(PYSIGMA_1)/bin/mypy
	$(PYSIGMA_1)/bin/python -m mypy.stubtest socdef_sigma._core --mypy-config-file mypy.ini

.PHONY: test-python
test-python: test-pysigma-1 test-pysigma-2 ## Python tests on both supported pySigma generations

.PHONY: test-pysigma-1
test-pysigma-1: $(PYSIGMA_1)/.installed $(PROGRAMS)/.built ## Python tests on pySigma 1.5
	SOCDEF_TEST_PYSIGMA=1 SOCDEF_PROGRAMS=$(CURDIR)/$(PROGRAMS) $(PYSIGMA_1)/bin/python -m pytest $(PARALLEL) -m 'not packaging' $(PYTEST_ARGS)

.PHONY: test-pysigma-2
test-pysigma-2: $(PYSIGMA_2)/.installed ## The Python tests that touch pySigma, on pySigma 2
	SOCDEF_TEST_PYSIGMA=2 $(PYSIGMA_2)/bin/python -m pytest $(PARALLEL) -m 'not packaging and (pysigma_1_and_2 or not pysigma_1_only)' $(PYTEST_ARGS)

.PHONY: test-packages
test-packages: $(PYSIGMA_1)/.installed $(BUILD)/sdist.stamp ## What the wheel and the sdist hold
	SOCDEF_PACKAGES=$(BUILD) $(PYSIGMA_1)/bin/python -m pytest -m packaging $(PYTEST_ARGS)

.PHONY: test-api
test-api: $(PYSIGMA_1)/.installed .venv-api/.ready ## The endpoint against its own description, by schemathesis
	PATH="$(CURDIR)/.venv-api/bin:$(CURDIR)/$(PYSIGMA_1)/bin:$$PATH" tests/schemathesis/run.sh

# Not part of `test`: the engines are large. One that is not installed skips, with its name in the summary.
.PHONY: test-engines
test-engines: .venv-engines/.installed ## The rules on ClickHouse, Lucene, PostgreSQL and Spark SQL too; writes docs/engines.md
	SOCDEF_ENGINES=1 SOCDEF_ENGINES_PAGE=docs/engines.md .venv-engines/bin/python -m pytest tests/python/detect tests/python/test_upstream.py $(PYTEST_ARGS)

# Not part of `test`: it installs every backend that there is, and takes minutes. It writes docs/backends.md.
BACKENDS_1 := .venv-backends-1
BACKENDS_2 := .venv-backends-2
SURVEY := target/backends

.PHONY: test-backends
test-backends: $(BACKENDS_1)/.installed $(BACKENDS_2)/.installed ## Every pySigma backend, and what is wrong upstream
	mkdir -p $(SURVEY)
	for pysigma in 1 2; do \
		SOCDEF_TEST_PYSIGMA=$$pysigma SOCDEF_ALL_BACKENDS=1 .venv-backends-$$pysigma/bin/python -m pytest tests/python/test_upstream.py tests/python/test_values.py; \
		for seed in 1 2; do \
			PYTHONHASHSEED=$$seed .venv-backends-$$pysigma/bin/python tests/backends/survey.py $(SURVEY)/$$pysigma-$$seed.json; \
		done; \
	done
	$(BACKENDS_1)/bin/python tests/backends/table.py $(SURVEY)/{1-1,1-2,2-1,2-2}.json > $(SURVEY)/backends.md
	cp $(SURVEY)/backends.md docs/backends.md

# Not part of `test`, which runs the examples of the pages: this checks their links, and CI runs it beside.
.PHONY: docs
docs: .venv-docs/.installed ## The pages of docs/ as a site, into target/docs/; a broken link fails
	rm -rf target/docs
	.venv-docs/bin/python -m sphinx -E -W --keep-going -n -q -b html -d target/docs-cache docs target/docs
	@echo "target/docs/index.html"

.PHONY: wheel
wheel: $(PYSIGMA_1)/.ready ## A release wheel, in dist/
	$(PYSIGMA_1)/bin/maturin build --release --locked --interpreter $(BASE_PYTHON) --out dist

.PHONY: clean
clean: ## Remove all that make made
	rm -rf target dist .venv .venv-api .venv-bench .venv-bench-extract .venv-docs .venv-engines $(PYSIGMA_1) $(PYSIGMA_2) $(BACKENDS_1) $(BACKENDS_2) .pytest_cache .mypy_cache .ruff_cache
	find python tests -name __pycache__ -prune -exec rm -rf {} +

# --- Environments and builds ------------------------------------------------------------------------------

# The interpreter behind an environment, the same for all of them.
BASE_PYTHON = $$($(PYTHON) -c 'import os, sys; print(os.path.realpath(sys._base_executable))')

.PHONY: python-found
python-found:
	@if [ -z "$(PYTHON)" ]; then \
		echo "error: no Python 3.11 or newer with the venv module (on Debian: apt-get install python3 python3-venv)" >&2; \
		echo "hint: make PYTHON=/path/to/python3" >&2; exit 1; fi

# What a user does. The dev profile halves the wait, and nine indicators are quick in any.
.venv/.installed: $(SOURCES) | python-found
	[ -x .venv/bin/python ] || $(PYTHON) -m venv .venv
	MATURIN_PEP517_ARGS='--profile dev --locked' .venv/bin/pip install --quiet '.[splunk]'
	touch $@

$(PYSIGMA_1)/.ready: tests/environments/pysigma-1.txt | python-found
	$(PYTHON) -m venv --clear $(PYSIGMA_1)
	$(PYSIGMA_1)/bin/pip install --quiet -r $<
	$(PYSIGMA_1)/bin/pip check
	touch $@

$(BACKENDS_1)/.ready: tests/environments/backends-1.txt | python-found
	$(PYTHON) -m venv --clear $(BACKENDS_1)
	$(BACKENDS_1)/bin/pip install --quiet -r $<
	$(BACKENDS_1)/bin/pip check
	touch $@

$(BACKENDS_2)/.ready: tests/environments/backends-2.txt | python-found
	$(PYTHON) -m venv --clear $(BACKENDS_2)
	$(BACKENDS_2)/bin/pip install --quiet --no-deps -r $<
	touch $@

# Its dependencies are not those of the tests.
.venv-api/.ready: tests/environments/schemathesis.txt | python-found
	$(PYTHON) -m venv --clear .venv-api
	.venv-api/bin/pip install --quiet -r $<
	touch $@

# The whole closure, of which one package declares a newer Python than it needs.
.venv-engines/.ready: tests/environments/engines.txt | python-found
	$(PYTHON) -m venv --clear .venv-engines
	.venv-engines/bin/pip install --quiet --no-deps --ignore-requires-python -r $<
	touch $@

.venv-docs/.ready: tests/environments/docs.txt | python-found
	$(PYTHON) -m venv --clear .venv-docs
	.venv-docs/bin/pip install --quiet -r $<
	.venv-docs/bin/pip check
	touch $@

# Backends that declare pysigma<2 run on 2: the file is the whole closure, and pip must not resolve it.
$(PYSIGMA_2)/.ready: tests/environments/pysigma-2.txt | python-found
	$(PYTHON) -m venv --clear $(PYSIGMA_2)
	$(PYSIGMA_2)/bin/pip install --quiet --no-deps -r $<
	touch $@

$(PROGRAMS)/.built: $(RUST_SOURCES) | python-found
	PYTHONPATH=tests/python $(PYTHON) -m _harness.programs $(PROGRAMS)
	touch $@

# One abi3 wheel, compiled once and installed into both environments.
$(BUILD)/wheel.stamp: $(SOURCES) $(PYSIGMA_1)/.ready
	rm -rf $(BUILD)/*.whl
	$(PYSIGMA_1)/bin/maturin build --profile dev --locked --compatibility linux --interpreter $(BASE_PYTHON) --out $(BUILD)
	touch $@

# What is measured is what is released. The peers are those of the pySigma 1 environment.
.venv-bench/.ready: tests/environments/pysigma-1.txt | python-found
	$(PYTHON) -m venv --clear .venv-bench
	.venv-bench/bin/pip install --quiet -r $<
	touch $@

.venv-bench/.installed: $(SOURCES) .venv-bench/.ready
	rm -rf target/bench/*.whl
	.venv-bench/bin/maturin build --release --locked --compatibility linux --interpreter $(BASE_PYTHON) --out target/bench
	.venv-bench/bin/pip install --quiet --no-deps --no-index --force-reinstall target/bench/*.whl
	touch $@

# The peers of reading have dependencies of their own.
.venv-bench-extract/.ready: tests/environments/extract.txt | python-found
	$(PYTHON) -m venv --clear .venv-bench-extract
	.venv-bench-extract/bin/pip install --quiet -r $<
	touch $@

.venv-bench-extract/.installed: $(SOURCES) .venv-bench-extract/.ready
	rm -rf target/bench-extract-wheel/*.whl
	.venv-bench-extract/bin/maturin build --release --locked --compatibility linux --interpreter $(BASE_PYTHON) --out target/bench-extract-wheel
	.venv-bench-extract/bin/pip install --quiet --no-deps --no-index --force-reinstall target/bench-extract-wheel/*.whl
	touch $@

$(BUILD)/sdist.stamp: $(SOURCES) $(PYSIGMA_1)/.ready README.md
	rm -rf $(BUILD)/*.tar.gz
	$(PYSIGMA_1)/bin/maturin sdist --out $(BUILD)
	touch $@

$(PYSIGMA_1)/.installed $(PYSIGMA_2)/.installed $(BACKENDS_1)/.installed $(BACKENDS_2)/.installed .venv-docs/.installed .venv-engines/.installed: %/.installed: %/.ready $(BUILD)/wheel.stamp
	$*/bin/pip install --quiet --no-deps --no-index --force-reinstall $(BUILD)/*.whl
	touch $@
