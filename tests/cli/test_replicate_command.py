"""The paper's experiment with a stand-in for TensorFlow: what is compared and said, not what it costs."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import pytest
from greenfix_codemods.scan import scan
from greenfix_verify.command import Command
from greenfix_verify.errors import CommandError
from greenfix_verify.events import silence

from greenfix.replication import experiment
from greenfix.replication.variants import SERIES, Scale, Series, available_data, program_files
from greenfix.report.replication import replication_json, replication_markdown
from tests.greenfix_command import Greenfix

STAND_IN = """
import time
class Keras:
    history = {"loss": [0.5]}
    trainable_variables = ()
    def __getattr__(self, name):
        return self
    def __call__(self, *args, **kwargs):
        return self
    def compile(self, *args, **kwargs):
        begin = time.process_time()
        while time.process_time() - begin < 0.05:
            pass
sys_modules = __import__("sys").modules
sys_modules[__name__] = Keras()
"""
TINY = Scale("tiny", epochs=4, images=8, width=1, blocks=6)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The programs with a Keras whose ``compile`` costs, and data that is nothing."""
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "keras.py").write_text(STAND_IN)
    paths = (str(packages), os.environ.get("PYTHONPATH", ""))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setattr(
        experiment,
        "program_files",
        lambda name: {**program_files(name), "data.py": b"CLASSES = 10\ndef load(images, name):\n    return (), ()\n"},
    )
    return Command((sys.executable, "train.py", *TINY.words("synthetic")), None, "")


@pytest.mark.parametrize("series", SERIES, ids=lambda series: series.name)
def test_every_variant_differs_from_its_clean_program_in_the_smell_and_nothing_else(
    series: Series, tmp_path: Path
) -> None:
    for variant in series.variants:
        (tmp_path / f"{variant.program}.py").write_bytes(program_files(variant.program)["train.py"])
        clean = program_files(series.clean)["train.py"].splitlines()[1:]
        mine = program_files(variant.program)["train.py"].splitlines()[1:]
        assert len(set(clean) ^ set(mine)) <= 12, variant.program
    rules = {finding.path.removesuffix(".py"): finding.rule for finding in scan(tmp_path).findings}
    kept_on_purpose = {"imr_kept"}
    assert {name: rule[:3] for name, rule in rules.items()} == {
        variant.program: variant.smell for variant in series.variants if variant.program not in kept_on_purpose
    }


def test_a_variant_and_its_mended_form_are_measured_against_clean_in_the_same_blocks(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [fit, _] = SERIES
    monkeypatch.setattr(experiment, "SERIES", (Series("fit", fit.clean, fit.variants[1:]),))
    found = list(experiment.replicate(TINY, command, tmp_path / "state", silence, threading.Event()))
    [smelly, mended, kept] = found[0].rows
    assert kept.fix == ""
    assert (smelly.fix, mended.fix) == ("", "hoist-compile")
    assert smelly.statistics.saving.estimate < mended.statistics.saving.estimate
    assert {len({run.arm for run in found[0].evidence.runs if run.block == block}) for block in range(7)} == {4}
    text = replication_markdown(found)
    assert "| UTR | 0.037393 | +45.80 % |" in text
    assert "| … mended with `hoist-compile` |" in text
    assert "imr_kept is not mended: nothing is found in it." in text
    assert "a seeded synthetic set of CIFAR-10's shape" in text
    assert "Energy is **estimated**" in text
    [series] = json.loads(replication_json(found))["series"]
    assert (series["provenance"], series["confidence"], series["data"]) == (
        "estimated",
        0.95,
        "a seeded synthetic set of CIFAR-10's shape",
    )
    assert series["order"].startswith("drawn for each block, seed ")
    assert [(row["blocks"], row["degrees_of_freedom"], row["fix"]) for row in series["rows"]] == [
        (6, 5, None),
        (6, 5, "hoist-compile"),
        (6, 5, None),
    ]


def test_an_interpreter_without_tensorflow_is_said_with_the_programs_own_words(
    tmp_path: Path,
) -> None:
    command = Command((sys.executable, "train.py", *TINY.words("synthetic")), None, "")
    with pytest.raises(CommandError, match=r"imr_rebuilt: (.|\n)*No module named"):
        list(experiment.replicate(TINY, command, tmp_path, silence, threading.Event()))


def test_cifar_10_is_used_where_keras_has_it_and_never_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert available_data() == "synthetic"
    (tmp_path / "datasets" / "cifar-10-batches-py").mkdir(parents=True)
    assert available_data() == "cifar10"


def test_too_few_blocks_for_an_exact_test_are_refused(greenfix: Greenfix) -> None:
    done = greenfix("replicate", "--blocks", "5")
    assert done.returncode == 2
    assert "--blocks" in done.stderr
