"""``fix`` on a notebook, executed by a stand-in for nbconvert that runs its cells."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.greenfix_command import LEAKING, Greenfix
from tests.repositories import MakeRepository, git

NBCONVERT = """\
import json, sys

names = {}
for cell in json.load(open(sys.argv[-1], encoding="utf-8"))["cells"]:
    lines = "".join(cell["source"]).split("\\n")
    if cell["cell_type"] == "code":
        exec("\\n".join("" if line.startswith("%") else line for line in lines), names)
"""


@pytest.fixture
def repository(make_repository: MakeRepository, tmp_path: Path) -> Path:
    first, rest = LEAKING.split("\n", 1)
    sources = (f"%load_ext autoreload\n{first}", rest.strip())
    code: dict[str, Any] = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": []}
    cells: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": "# Ergebnisse für später"}]
    cells += [{**code, "source": source.splitlines(keepends=True)} for source in sources]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (tmp_path / "packages" / "nbconvert.py").write_text(NBCONVERT)
    return make_repository({"train.ipynb": text})


def test_a_notebook_is_measured_with_the_command_that_executes_it_and_committed(
    environment: dict[str, str], repository: Path, greenfix: Greenfix
) -> None:
    command = (sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "train.ipynb")
    options = ("--yes", "--allow-estimated", "--strategy", "clear-session", "--format", "json")
    done = greenfix("fix", repository, *options, "--", *command)
    assert done.returncode == 0, done.stderr
    branch = json.loads(done.stdout)["branch"]
    assert git(repository, "diff", "--numstat", "main", branch).split() == ["1", "0", "train.ipynb"]
    committed = json.loads(git(repository, "show", f"{branch}:train.ipynb"))
    nbformat.validate(committed)
    assert "    keras.backend.clear_session()\n" in committed["cells"][2]["source"]
    assert committed["cells"][1]["source"][0] == "%load_ext autoreload\n"
