"""How the files of a project lead to one another when models are looked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from greenfix_codemods.facts import Sign, facts_of
from greenfix_codemods.finding import Confidence
from greenfix_codemods.gates import gates
from greenfix_codemods.scan import scan
from greenfix_codemods.semantics.source import read_source

from tests.marked_programs import programs, written

MODELS = programs("models")


def test_what_worker_processes_share_is_never_certain(tmp_path: Path) -> None:
    (finding,) = scan(written(MODELS["worker processes that take many tasks"], tmp_path)).findings
    assert finding.confidence is Confidence.MEDIUM


def test_the_loop_of_a_single_file_leads_to_the_files_beside_it(tmp_path: Path) -> None:
    folder = written(MODELS["an agent for each seed, in a script that names no Keras"], tmp_path)
    assert [finding.path for finding in scan(folder / "a.py").findings] == ["a.py"]


def _leading(root: Path) -> set[str]:
    """The files that are worth a look though they name no Keras."""
    files = {file.relative_to(root).as_posix(): file for file in root.rglob("*.py")}
    facts = {path: facts_of(read_source(file, path)) for path, file in files.items()}
    return {path for path, gate in gates(facts).items() if gate.worth and Sign.WORD not in facts[path].signs}


def test_a_script_without_a_loop_is_not_worth_following(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("import keras\n")
    (tmp_path / "plain.py").write_text("import net\n")
    (tmp_path / "looping.py").write_text("from plain import net\nfor i in x: net.go()\n")
    (tmp_path / "elsewhere.py").write_text("import os\nfor i in x: os.getpid()\n")
    assert _leading(tmp_path) == {"looping.py"}


@pytest.mark.parametrize(
    "statement",
    ["from . import net", "from .net import go", "from pkg import net", "import pkg.net as n", "import os, pkg.net"],
)
def test_every_spelling_of_an_import_leads_on(statement: str, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "net.py").write_text("import keras\n")
    (tmp_path / "pkg" / "run.py").write_text(f"{statement}\nwhile True: go()\n")
    assert _leading(tmp_path) == {"pkg/run.py"}


def test_a_single_file_of_a_package_finds_its_base_class_in_the_package(tmp_path: Path) -> None:
    agents = tmp_path / "zoo" / "agents"
    agents.mkdir(parents=True)
    for folder in (tmp_path / "zoo", agents):
        (folder / "__init__.py").touch()
    (tmp_path / "zoo" / "base.py").write_text(
        "import keras\n"
        "class Base:\n"
        "    def fresh(self):\n"
        "        self.model = keras.Sequential()\n"
        "        self.model.compile(loss='mse')\n"
        "        self.model.fit(self.x)\n"
    )
    (agents / "one.py").write_text(
        "import keras\nfrom zoo.base import Base\nclass One(Base):\n    def run(self):\n        for fold in range(9):\n"
        "            self.fresh()\n"
    )
    (tree,) = scan(tmp_path).findings
    (single,) = scan(agents / "one.py").findings
    assert (tree.rule, tree.span.line) == (single.rule, single.span.line) == ("IMR001", 5)


def test_a_class_that_seems_to_inherit_from_itself_is_followed_once(tmp_path: Path) -> None:
    """As in numpy.distutils: the import means another package, and the tree has a file that fits the name."""
    folder = tmp_path / "numpy" / "distutils"
    folder.mkdir(parents=True)
    (folder / "build.py").write_text(
        "import keras\n"
        "from distutils.build import Build as Old\n"
        "class Build(Old):\n"
        "    models = Old.models + [keras.Sequential()]\n"
        "    def run(self):\n"
        "        for fold in range(9):\n"
        "            self.model = keras.Sequential(self.models)\n"
        "            self.model.compile(loss='mse')\n"
        "            self.model.fit(self.x)\n"
    )
    result = scan(tmp_path)
    assert result.errors == ()
    assert [finding.span.line for finding in result.findings] == [6]


def test_a_notebook_leads_to_the_modules_that_it_imports(tmp_path: Path) -> None:
    (tmp_path / "builders.py").write_text(
        "from keras.models import Sequential\n"
        "def build():\n    return Sequential()\n"
        "def train(model, x):\n    model.compile(loss='mse')\n    model.fit(x, x, epochs=3)\n    return model\n"
    )
    source = ["from builders import build, train\n", "for case in cases:\n", "    model = train(build(), case)\n"]
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "sweep.ipynb").write_text(json.dumps(notebook))
    (finding,) = scan(tmp_path).findings
    assert (finding.rule, finding.path, finding.span.line) == ("IMR001", "sweep.ipynb", 2)
    assert finding.confidence is Confidence.HIGH
