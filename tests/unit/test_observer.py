"""The observer sees what Keras returns and changes nothing; a stand-in for Keras shows it without TensorFlow."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest
from greenfix_verify.execution import Execution, execute
from greenfix_verify.observer import INJECTED, Observation
from greenfix_verify.run import Behaviour, Ending

KERAS = """
class History:
    def __init__(self, epochs):
        self.epoch = list(range(epochs))
        self.params = {"steps": 4}
        self.history = {"loss": [1.0 / (i + 1) for i in self.epoch], "confusion": [[1, 2]] * epochs}


class Function:
    def experimental_get_tracing_count(self):
        return 2


class Model:
    metrics_names = ["loss", "compile_metrics"]

    def fit(self, epochs=1):
        self.train_function = Function()
        self.evaluate()
        if epochs < 0:
            raise ValueError("no epochs")
        return History(epochs)

    def evaluate(self, return_dict=False):
        return {"loss": 0.5} if return_dict else [0.5, 0.25]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    models = tmp_path / "site" / "keras" / "src" / "models"
    models.mkdir(parents=True)
    for package in (models, models.parent, models.parent.parent):
        (package / "__init__.py").touch()
    (models / "model.py").write_text(KERAS)
    (models.parent.parent / "__init__.py").write_text("from keras.src.models.model import Model")
    (tmp_path / "notes").mkdir()
    return tmp_path


def observe(folder: Path, source: str, *options: str) -> tuple[Behaviour, Execution, list[str]]:
    observation = Observation.of(folder / "notes", folder)
    environment = observation.environment({"PATH": os.environ["PATH"], "PYTHONPATH": str(folder / "site")})
    lines: list[str] = []
    done = execute([sys.executable, *options, "-c", source], folder, environment, tell_line=lines.append)
    return observation.behaviour(done.stdout_sha256), done, lines


def test_histories_and_calls_are_recorded(folder: Path) -> None:
    seen, _, _ = observe(folder, "import keras; m = keras.Model(); m.fit(2); m.fit(1); m.evaluate(); m.evaluate(True)")
    assert seen.metrics == {
        "fit[0].loss": (1.0, 0.5),
        "fit[1].loss": (1.0,),
        "evaluate[0].loss": (0.5,),
        "evaluate[0].metric[1]": (0.25,),
        "evaluate[1].loss": (0.5,),
    }
    assert seen.events == {
        "epochs": 3,
        "evaluate_calls": 2,
        "fit_calls": 2,
        "live_models": 1,
        "models": 1,
        "retraces": 4,
        "steps": 12,
    }
    assert seen.observer_error == ""


TENSORFLOW = """
import sys, types

def module(name, **members):
    sys.modules[name] = made = types.ModuleType(name)
    made.__dict__.update(members)
    return made

GPUS = [types.SimpleNamespace(name=f"/device:GPU:{index}") for index in range(2)]
peaks = {gpu.name: 0 for gpu in GPUS}
asked = []
config = types.SimpleNamespace(
    list_logical_devices=lambda kind: asked.append(kind) or GPUS,
    experimental=types.SimpleNamespace(get_memory_info=lambda name: {"current": 0, "peak": peaks[name]}),
)
context = types.SimpleNamespace(_initialized=True)
module("tensorflow", config=config)
module("tensorflow.python.eager.context", context_safe=lambda: context)
"""


def test_the_peak_memory_of_the_gpus_allocators_is_recorded(folder: Path) -> None:
    grow = "peaks['/device:GPU:0'] = 5000; keras.Model().fit(); peaks['/device:GPU:1'] = 70; keras.Model().fit()"
    seen, _, _ = observe(folder, f"{TENSORFLOW}\nimport keras; {grow}")
    assert seen.observer_error == ""
    assert seen.events["peak_gpu_bytes"] == 5070


def test_the_peak_of_a_run_is_that_of_its_hungriest_process(folder: Path) -> None:
    def part(peak: int) -> str:
        return f"{TENSORFLOW}\nimport keras; peaks['/device:GPU:0'] = {peak}; keras.Model().fit()"

    child = f"import subprocess; subprocess.run([sys.executable, '-c', {part(900)!r}])"
    seen, _, _ = observe(folder, f"{part(300)}; {child}")
    assert seen.events["peak_gpu_bytes"] == 900
    assert seen.events["fit_calls"] == 2


@pytest.mark.parametrize("change", ["context._initialized = False", "GPUS.clear()", "del sys.modules['tensorflow']"])
def test_without_a_gpu_in_use_no_device_is_opened_for_the_record(folder: Path, change: str) -> None:
    seen, _, lines = observe(folder, f"{TENSORFLOW}\n{change}\nimport keras; keras.Model().fit(); print(asked)")
    assert "peak_gpu_bytes" not in seen.events
    assert seen.observer_error == ""
    assert lines in (["[]"], ["['GPU']"])


def test_models_that_nothing_holds_are_not_counted_as_live(folder: Path) -> None:
    seen, _, _ = observe(folder, "import keras\nkept = []\nfor i in range(3): m = keras.Model(); m.fit()\n")
    assert (seen.events["models"], seen.events["live_models"]) == (3, 1)


def test_what_was_seen_before_an_exception_stands(folder: Path) -> None:
    seen, done, _ = observe(folder, "import keras; keras.Model().fit(); keras.Model().fit(-1)")
    assert done.ending is Ending.FAILED
    assert "ValueError: no epochs" in done.detail
    assert seen.events["fit_calls"] == 1


def test_processes_of_a_run_are_put_one_after_the_other(folder: Path) -> None:
    part = "import keras; keras.Model().fit()"
    seen, _, _ = observe(
        folder,
        f"{part}; import subprocess, sys; subprocess.run([sys.executable, '-c', {part!r}]); keras.Model().fit(2)",
    )
    assert sorted(seen.metrics) == ["fit[0].loss", "fit[1].loss", "fit[2].loss"]
    assert seen.events["fit_calls"] == 3


def test_a_broken_keras_is_reported_and_the_program_goes_on(folder: Path) -> None:
    (folder / "site" / "keras" / "src" / "models" / "model.py").write_text("Sequential = object\n")
    (folder / "site" / "keras" / "__init__.py").write_text("import keras.src.models.model")
    seen, done, _ = observe(folder, "import keras")
    assert done.ending is Ending.COMPLETED
    assert "AttributeError" in seen.observer_error


def test_a_history_of_another_shape_is_reported_and_the_program_goes_on(folder: Path) -> None:
    seen, done, _ = observe(
        folder, "import keras; keras.Model.metrics_names = 1; print(keras.Model().evaluate(), flush=True)"
    )
    assert done.ending is Ending.COMPLETED
    assert seen.observer_error.startswith("TypeError")


def test_a_program_without_keras_has_no_metrics_but_a_digest(folder: Path) -> None:
    seen, done, _ = observe(folder, "print('hello')")
    assert seen == Behaviour(stdout_sha256=done.stdout_sha256)


def test_the_program_finds_its_interpreter_as_it_was(folder: Path) -> None:
    source = (
        "import sys, os, random\n"
        "import keras.src.models.model as module\n"
        "print(any('injected' in entry for entry in sys.path))\n"
        "print(type(module.__loader__).__name__, type(module.__spec__.loader).__name__)\n"
        "print('_greenfix_recorder' in sys.modules)\n"
    )
    _, _, lines = observe(folder, source)
    assert lines == ["False", "SourceFileLoader SourceFileLoader", "True"]
    _, _, lines = observe(folder, "import sys; print('_greenfix_recorder' in sys.modules, 'json' in sys.modules)")
    assert lines == ["False False"]


def test_the_targets_own_sitecustomize_runs_as_if_alone(folder: Path) -> None:
    (folder / "site" / "sitecustomize.py").write_text("import builtins; builtins.real = __file__")
    _, _, lines = observe(
        folder, "import sitecustomize; print(real == sitecustomize.__file__, real.endswith('site/sitecustomize.py'))"
    )
    assert lines == ["True True"]


def test_random_numbers_are_the_same_with_and_without_the_observer(folder: Path) -> None:
    source = "import random; random.seed(1); import keras; keras.Model().fit(); print(random.random())"
    _, _, observed = observe(folder, source)
    _, _, alone = observe(folder, source, "-S")
    assert observed == alone


def test_an_isolated_interpreter_is_left_alone(folder: Path) -> None:
    seen, done, _ = observe(folder, "print(1)", "-I")
    assert (done.ending, seen.metrics) == (Ending.COMPLETED, {})


@pytest.mark.parametrize("content", ['{"auc": 0.9, "loss": [1, 0.5]}', '{"auc": NaN}'])
def test_a_metrics_file_of_this_run_is_read(folder: Path, content: str) -> None:
    seen, _, _ = observe(folder, f"open('metrics.json', 'w').write({content!r})")
    assert "auc" in seen.metrics
    assert seen.metrics.get("loss", (1.0, 0.5)) == (1.0, 0.5)


def test_a_metrics_file_of_an_earlier_run_is_not_read(folder: Path) -> None:
    (folder / "metrics.json").write_text('{"auc": 0.9}')
    assert observe(folder, "pass")[0].metrics == {}


@pytest.mark.parametrize("content", ["[]", "{", '{"auc": "high"}'])
def test_a_metrics_file_of_another_shape_is_reported(folder: Path, content: str) -> None:
    seen, _, _ = observe(folder, f"open('metrics.json', 'w').write({content!r})")
    assert seen.metrics == {}
    assert seen.observer_error.startswith("metrics.json cannot be read as metrics")


def test_the_injected_files_are_python_3_8() -> None:
    for path in INJECTED.glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 8))
