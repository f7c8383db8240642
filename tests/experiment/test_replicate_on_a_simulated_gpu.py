"""``greenfix replicate --scale gpu`` from its command line to its table, on a stand-in for NVML.

The real CodeCarbon reads a library that answers as NVML does and whose card calls itself "Simulated GPU"; the programs
are the product's own, called with the published size, and an interpreter of the test's gives them a Keras whose only
cost is time. One variant of each series: all six would be two hundred runs. Pauses are short and nobody else is on the
machine, since a card that always draws 100 W needs no rest, and the machine that runs the tests is never quiet.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from greenfix_verify import cooldown, executor
from greenfix_verify.verdict import BehaviourKind
from typer.testing import CliRunner

from greenfix.cli import app
from greenfix.replication import experiment
from greenfix.replication.variants import SERIES, Series

pytestmark = [
    pytest.mark.experiment,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc to build the stand-in for NVML"),
]

INTERPRETER = """\
#!/bin/sh
case "$1" in
train.py) exec "{python}" "{folder}/stand_in.py" "$@" ;;
*) exec "{python}" "$@" ;;
esac
"""
STAND_IN = '''
"""Run a program with a Keras that waits: a compilation takes time, and so does every tensor that is still alive."""

import runpy
import sys
import time
import types
import weakref

alive = weakref.WeakSet()


class Tensor:
    def __init__(self):
        alive.add(self)

    def numpy(self):
        return 0.5

    __float__ = numpy


class Anything:
    history = {"loss": [0.5]}
    trainable_variables = ()

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def compile(self, *args, **kwargs):
        time.sleep(0.005)


class Model(Anything):
    def __call__(self, *args, **kwargs):
        time.sleep(0.0001 * len(alive))
        return Tensor(), Tensor(), Tensor()


class Tape(Anything):
    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return None

    def gradient(self, *args):
        return ()


keras, tensorflow, data = (types.ModuleType(name) for name in ("keras", "tensorflow", "data"))
keras.layers = keras.optimizers = Anything()
keras.Input = keras.Sequential = Anything()
keras.Model = lambda *args: Model()
keras.losses = types.SimpleNamespace(SparseCategoricalCrossentropy=lambda **options: lambda *args: Tensor())
tensorflow.GradientTape = Tape
data.CLASSES = 10
data.load = lambda images, name: ([0] * 8, [0] * 8)
sys.modules.update(keras=keras, tensorflow=tensorflow, data=data)
sys.argv = sys.argv[1:]
runpy.run_path("train.py", run_name="__main__")
'''


@dataclass(frozen=True)
class Done:
    """What the command said on stdout, and on stderr meanwhile."""

    table: str
    narration: str


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the library, a ``nvidia-smi`` that says what the library says, and the interpreter."""
    folder = tmp_path_factory.mktemp("simulated")
    source = Path(__file__).with_name("nvml_stand_in.c")
    library = folder / "libnvidia-ml.so.1"
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname,libnvidia-ml.so.1", "-o", library, source], check=True)
    (folder / "stand_in.py").write_text(STAND_IN)
    for name, text in (
        ("python", INTERPRETER.format(python=sys.executable, folder=folder)),
        ("nvidia-smi", "#!/bin/sh\necho 'Simulated GPU 0, 550.54'\n"),
    ):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def done(stand_ins: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", f"{stand_ins}{os.pathsep}{os.environ['PATH']}")
        patched.setenv("LD_LIBRARY_PATH", str(stand_ins))
        patched.setenv("GREENFIX_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        patched.setattr(experiment, "SERIES", tuple(_one_of(series) for series in SERIES))
        patched.setattr(executor, "busy_seconds", lambda: 0.0)
        patched.setattr(executor, "IDLE_SECONDS", 0.1)
        patched.setattr(executor, "SHORTEST_GPU_SECONDS", 0.0)
        patched.setattr(cooldown, "SAMPLE_SECONDS", 0.02)
        patched.setattr(cooldown, "SETTLED_SECONDS", 0.04)
        words = ["replicate", "--scale", "gpu", "--blocks", "6", "--python", str(stand_ins / "python")]
        ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 0, ended.output
    return Done(ended.stdout, ended.stderr)


def _one_of(series: Series) -> Series:
    """The variant with one strategy in one series, that with the most in the other."""
    kept = {"imr_recompiled", "utr_activations"}
    return Series(series.name, series.clean, tuple(each for each in series.variants if each.program in kept))


def test_the_table_says_that_everything_in_it_is_simulated(done: Done) -> None:
    assert done.table.count("Energy is **simulated**") == 2
    assert done.table.count("no number below is a measurement") == 2
    assert "NVML energy counter of a simulated device" in done.table
    assert "Simulated GPU 0, 550.54." in done.table
    assert "**measured**" not in done.table


def test_every_run_that_is_told_is_told_as_simulated(done: Done) -> None:
    told = re.findall(r"(?:warm-up|block \d+) +\S+ +[\d.]+ k?J (\w+)", done.narration)
    assert len(told) > 42
    assert set(told) == {"simulated"}


def test_the_published_size_is_what_is_run(done: Done) -> None:
    assert done.table.count("50 epochs, 50000 images") == 2
    assert "32 filters" in done.table


@pytest.mark.parametrize(("program", "fixes"), [("imr_recompiled", {"hoist-compile"}), ("utr_activations", None)])
def test_each_variant_stands_beside_its_mended_form_and_the_published_numbers(
    done: Done, program: str, fixes: set[str] | None
) -> None:
    rows = _cells(done.table)
    [smelly] = [row for row in rows if row[0].startswith(f"{program}:")]
    mended = rows[rows.index(smelly) + 1]
    strategy = re.fullmatch(r"… mended with `(.+)`", mended[0])
    assert strategy is not None
    assert fixes is None or strategy[1] in fixes
    assert float(smelly[3].split()[0]) > float(mended[3].split()[0])
    for row in (smelly, mended):
        kwh, deviation, _, interval, p, t, runs, same = row[1:]
        assert float(kwh) > 0
        assert float(deviation) >= 0
        assert re.fullmatch(r"-?[\d.]+ % to -?[\d.]+ %", interval)
        assert 0.0156 <= float(p) <= 1  # 1/64 is the least that six blocks can show
        assert t.endswith(", 5")
        assert (runs, same in set(BehaviourKind)) == ("6", True)
    assert "| IMR | 0.033797 | +31.78 % |" in done.table
    assert "| UTR | 0.037393 | +45.80 % |" in done.table


def test_the_order_of_the_programs_was_drawn_and_is_said(done: Done) -> None:
    assert done.table.count("every program once in each, order drawn for each block (seed ") == 2


def _cells(table: str) -> list[list[Any]]:
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows]
