"""How strangers write it: where IMR findings stand, and with which confidence."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from greenfix_codemods.finding import Confidence, Finding
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode

PREAMBLE = "from keras.models import Sequential, load_model\nfrom keras import backend as K\n"


def findings(root: Path, program: str, path: str = "program.py") -> list[Finding]:
    module = Project(root).add(decode(dedent(program).encode(), path))
    return [site.finding for rule in all_rules() if rule.code.startswith("IMR") for site in rule.sites(module)]


def test_a_builder_of_another_module_is_followed(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "__init__.py").write_text("from .unet import unet\n")
    (tmp_path / "nets" / "unet.py").write_text("from keras.models import Model\ndef unet(): return Model(a, b)\n")
    (tmp_path / "training.py").write_text("def train(model):\n    model.compile(loss='mse')\n    model.fit(x)\n")
    program = "import nets\nfrom training import train\nfor fold in range(3):\n    train(nets.unet())\n"
    (finding,) = findings(tmp_path, program)
    assert (finding.span.line, finding.confidence) == (3, Confidence.HIGH)
    assert "unet() -> Model" in finding.reason


def test_a_release_in_another_module_is_seen(tmp_path: Path) -> None:
    (tmp_path / "cleaning.py").write_text("import keras.backend as B\ndef tidy():\n    B.clear_session()\n")
    program = f"{PREAMBLE}from cleaning import tidy\nfor fold in range(3):\n    Sequential().fit(x)\n    tidy()\n"
    assert findings(tmp_path, program) == []


def test_a_loop_of_another_module_makes_a_function_repeat(tmp_path: Path) -> None:
    (tmp_path / "evolution.py").write_text("def evolve(fitness):\n    for one in range(9):\n        fitness(one)\n")
    program = f"{PREAMBLE}from evolution import evolve\ndef fitness(one):\n    Sequential().fit(x)\nevolve(fitness)\n"
    (finding,) = findings(tmp_path, program)
    assert finding.span.line == 4


def test_an_objective_may_be_optimised_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from program import *\nstudy.optimize(score)\nfinal(study.best_trial)\n")
    program = f"{PREAMBLE}def score(trial):\n    Sequential().fit(trial.suggest_int('a', 1, 2))\n"
    program += program.split("\n", 2)[2].replace("score", "final")
    (finding,) = findings(tmp_path, program)
    assert finding.span.line == 3
    assert "main.py" in finding.reason


def test_a_script_that_only_drives_others_is_followed(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("import os\nROOT = os.getcwd()\n")
    (tmp_path / "work.py").write_text(f"{PREAMBLE}def run(fold):\n    Sequential().fit(fold)\n")
    program = "from settings import ROOT\nimport work\nfor fold in ROOT:\n    work.run(fold)\n"
    (finding,) = findings(tmp_path, program)
    assert finding.span.line == 3
    assert findings(tmp_path, program.replace("import work\n", "work = ROOT\n")) == []


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from program import build\ndef make():\n    return build()\n")
    program = (
        f"{PREAMBLE}from other import make\ndef build():\n    return make()\nfor i in range(3):\n    build().fit(x)\n"
    )
    assert findings(tmp_path, program) == []


def test_what_cannot_be_followed_is_at_most_medium(tmp_path: Path) -> None:
    program = f"{PREAMBLE}for fold in x:\n    net = self.make(fold)\n    net.compile(loss='mse')\n    net.fit(x)\n"
    (finding,) = findings(tmp_path, program)
    assert finding.confidence is Confidence.MEDIUM
    assert "not followed" in finding.reason


def test_test_code_is_low_and_an_evaluation_script_called_test_is_not(tmp_path: Path) -> None:
    loop = f"{PREAMBLE}for a in x:\n    Sequential().fit(a)\n"
    (found,) = findings(tmp_path, f"import unittest\n{loop}", "tests/test_fit.py")
    assert found.confidence is Confidence.LOW
    (found,) = findings(tmp_path, loop, "tests/fit.py")
    assert found.confidence is Confidence.LOW
    (found,) = findings(tmp_path, f"{loop}def test_it(): ...\n", "tests.py")
    assert found.confidence is Confidence.LOW
    (found,) = findings(tmp_path, loop, "test.py")
    assert found.confidence is Confidence.HIGH


def test_a_function_called_test_that_its_file_calls_with_arguments_is_no_test(tmp_path: Path) -> None:
    program = f"{PREAMBLE}def test_model(a):\n    Sequential().fit(a)\nfor a in x:\n    test_model(a)\n"
    (found,) = findings(tmp_path, program, "test_model.py")
    assert found.confidence is Confidence.HIGH


def test_the_same_file_loaded_in_each_pass_is_certain(tmp_path: Path) -> None:
    same = f"{PREAMBLE}for x in data:\n    model = load_model(path)\n    model.predict(x)\n"
    other = same.replace("(path)", "(x.path)")
    assert [finding.confidence for finding in findings(tmp_path, same)] == [Confidence.HIGH]
    assert [finding.confidence for finding in findings(tmp_path, other)] == [Confidence.MEDIUM]
    assert findings(tmp_path, same)[0].rule == "IMR004"
