# `make demo` and `make test` are all that a fresh machine needs: Python 3.11 or newer and a package index.
# Both may be repeated: what is installed already stays, what a lock file changed is installed again.
PYTHON ?= python3
VENV := .venv
TARGET := .venv-tensorflow
BIN := $(VENV)/bin
PIP := -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test docs fuzz check pictures corpus simulations real-aa bench-scan lock clean

help:
	@echo "make demo      set up, then find, mend, measure and commit a real leak (4 minutes)"
	@echo "make test      set up, then run every check and test"
	@echo "make docs      build the documentation site into build/site; a warning is an error"
	@echo "make fuzz      the property tests on 40 times as many programs (an hour)"
	@echo "make check     only the static checks: ruff, mypy, import-linter"
	@echo "make pictures  take the README's pictures of the screens from a real experiment"
	@echo "make corpus    race the corpus programs for real and write docs/corpus.md (hours)"
	@echo "make simulations  print the simulated tables of docs/statistics.md and docs/race.md (half an hour)"
	@echo "make real-aa   compare a real program with itself 40 times (an hour or two)"
	@echo "make bench-scan  compare the scan's cost with other tools (TREE=folder)"
	@echo "make lock      write the lock files anew from pyproject.toml"
	@echo "make clean     remove both virtual environments"

# Tools to compare with: a throw-away environment, for their requirements are not ours.
TOOLS := .venv-tools
bench-scan: $(VENV)/greenfix.stamp
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@-$(TOOLS)/bin/python $(PIP) ast-grep-cli fixit semgrep
	@$(BIN)/python benchmarks/scan_speed.py $(TREE) --tools $(TOOLS)/bin

setup: $(VENV)/greenfix.stamp $(TARGET)/tensorflow.stamp

demo: setup
	@$(BIN)/python corpus/demo.py

pictures: $(VENV)/dev.stamp $(TARGET)/tensorflow.stamp
	@$(BIN)/python -m tests.tui.pictures corpus.demo:story --folder docs/images

corpus: setup
	@$(BIN)/python benchmarks/corpus_race.py --python $(TARGET)/bin/python

simulations: $(VENV)/greenfix.stamp
	@$(BIN)/python benchmarks/operating_characteristics.py
	@$(BIN)/python benchmarks/races.py

real-aa: setup
	@$(BIN)/python benchmarks/real_aa.py --python $(TARGET)/bin/python

test: check $(TARGET)/tensorflow.stamp
	@echo "== tests"
	@$(BIN)/python -m pytest

# The variable silences a notice about MkDocs' successor, which says nothing of these pages.
docs: $(VENV)/dev.stamp
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

fuzz: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest tests/property --hypothesis-profile=fuzz

check: $(VENV)/dev.stamp
	@echo "== ruff, mypy, import-linter"
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > /dev/null || $(BIN)/lint-imports

$(VENV)/greenfix.stamp: locks/greenfix.txt locks/build.txt pyproject.toml
	@echo "== greenfix into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP) --require-hashes -r locks/greenfix.txt -r locks/build.txt
	@$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: locks/dev.txt $(VENV)/greenfix.stamp
	@echo "== development tools into $(VENV)"
	@$(BIN)/python $(PIP) --require-hashes -r locks/dev.txt
	@touch $@

# The programs that are measured have their own interpreter: TensorFlow, but neither greenfix nor CodeCarbon.
$(TARGET)/tensorflow.stamp: locks/tensorflow.txt
	@echo "== TensorFlow into $(TARGET)"
	@test -x $(TARGET)/bin/python || $(PYTHON) -m venv $(TARGET)
	@$(TARGET)/bin/python $(PIP) --require-hashes -r locks/tensorflow.txt
	@touch $@

# Hashes, no addresses: the same versions come back from any index.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock: $(VENV)/greenfix.stamp
	@$(BIN)/python $(PIP) uv
	@$(LOCK) pyproject.toml --upgrade -o locks/greenfix.txt
	@$(LOCK) pyproject.toml --extra dev --extra docs --extra github --extra gitlab --extra serve --constraint locks/greenfix.txt -o locks/dev.txt
	@$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['tensorflow'], sep='\n')" | $(LOCK) - --upgrade -o locks/tensorflow.txt
	@printf 'hatchling>=1.27\neditables\n' | $(LOCK) - --upgrade -o locks/build.txt

clean:
	@rm -rf $(VENV) $(TARGET) $(TOOLS)
