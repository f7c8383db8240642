"""Which Keras and which mode are assumed, from what, and what another file that runs with this one changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.scan import candidates, scan
from greenfix_codemods.semantics.models.versions import assumption, keras_at
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategies.clear_session import ClearSession

KERAS = "import keras\nfor fold in range(5):\n    model = keras.Sequential()\n    model.fit(x, y)\n"
TF_KERAS = KERAS.replace("import keras\n", "import tensorflow as tf\n").replace("keras.Seq", "tf.keras.Seq")


def site(root: Path, files: Mapping[str, str], program: str = TF_KERAS, path: str = "train.py") -> Site:
    for name, text in {**files, path: program}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    module = Project(root).add(decode(program.encode(), path))
    (found,) = [site for rule in all_rules() for site in rule.sites(module)]
    return found


INSTALLED = {".venv/pyvenv.cfg": "", ".venv/lib/python3.11/site-packages/tensorflow-2.21.0.dist-info/METADATA": ""}
SAID = [
    (2, "requirements.txt asks for tensorflow 2.15", {"requirements.txt": "numpy\ntensorflow==2.15.0\n"}),
    (2, "requirements.txt asks for tensorflow below 2.16", {"requirements.txt": "tensorflow>=2.4,<2.16\n"}),
    (3, "requirements.txt asks for tensorflow below 3.0", {"requirements.txt": "tensorflow>=2.4, <3\n"}),
    (3, "requirements.txt asks for tensorflow without an upper bound", {"requirements.txt": "tensorflow>=2.4\n"}),
    (3, "requirements-gpu.txt asks for tensorflow 2.18", {"requirements-gpu.txt": "tensorflow[and-cuda]==2.18.*\n"}),
    (2, "tensorflow-gpu without an upper bound", {"requirements.txt": "tensorflow-gpu\n"}),
    (2, "environment.yml asks for tensorflow 2.10", {"environment.yml": "dependencies:\n  - tensorflow=2.10.0\n"}),
    (2, "Pipfile asks for tensorflow 2.3", {"Pipfile": '[packages]\ntensorflow = "==2.3"\n'}),
    (2, "Pipfile.lock asks for tensorflow 2.3", {"Pipfile.lock": '{"default": {"tensorflow": {"version": "==2.3"}}}'}),
    (3, "uv.lock asks for tensorflow 2.19", {"uv.lock": '[[package]]\nname = "tensorflow"\nversion = "2.19.0"\n'}),
    (
        2,
        "pyproject.toml asks for tensorflow 2.12",
        {"pyproject.toml": '[project]\nkeywords = ["keras"]\ndependencies = ["tensorflow==2.12"]\n'},
    ),
    (
        3,
        "pyproject.toml asks for tensorflow without an upper bound",
        {"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow = "^2.10"\n'},
    ),
    (
        2,
        "pyproject.toml asks for tensorflow 2.9",
        {"pyproject.toml": '[tool.poetry.group.ml.dependencies]\ntensorflow = {version = "2.9.1", extras = []}\n'},
    ),
    (2, "setup.py asks for tensorflow 2.4", {"setup.py": 'setup(keywords="keras", requires=["tensorflow==2.4"])'}),
    (3, "tensorflow 2.21 is installed in .venv", INSTALLED | {"requirements.txt": "tensorflow==2.4\n"}),
    (2, "poetry.lock asks for keras 2.6", {"poetry.lock": '[[package]]\nname = "keras"\nversion = "2.6.0"\n'}),
    (None, "no requirement, lock file or", {"uv.lock": "[[", "Pipfile.lock": "{", "pyproject.toml": "x = 1"}),
    (None, "no requirement, lock file or", {"Pipfile.lock": "[]", "requirements.txt": "keras-tuner==1.0\n"}),
]


@pytest.mark.parametrize(("major", "words", "files"), SAID)
def test_the_version_is_read_from(major: int | None, words: str, files: Mapping[str, str], tmp_path: Path) -> None:
    keras = keras_at(site(tmp_path, files))
    assert (keras.major, words in keras.because) == (major, True), keras


def test_standalone_keras_goes_by_the_version_of_keras(tmp_path: Path) -> None:
    found = site(tmp_path, {"requirements.txt": "tensorflow==2.12\nkeras==3.4\n"}, KERAS)
    assert keras_at(found).version == (3, 4)


@pytest.mark.parametrize("line", ["import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n", "import start\n"])
def test_the_legacy_switch_means_keras_2_wherever_it_is_set(line: str, tmp_path: Path) -> None:
    start = {"start.py": "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n", "requirements.txt": "tensorflow\n"}
    assert keras_at(site(tmp_path, start, line + TF_KERAS)).major == 2


def test_what_is_nearest_to_the_file_counts_and_the_repository_is_the_end(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("tensorflow==2.4\n")
    files = {"requirements.txt": "tensorflow==2.18\n"}
    assert keras_at(site(tmp_path / "repository", files, path="a/b/train.py")).version == (99, 0)
    (tmp_path / "repository" / "a" / "requirements.txt").write_text("tensorflow==2.9\n")
    assert keras_at(site(tmp_path / "repository", files, path="a/b/train.py")).major == 2
    assert keras_at(site(tmp_path / "repository" / "inner", {}, path="train.py")).version == (99, 0)


@pytest.mark.parametrize(
    ("files", "program", "words"),
    [
        ({}, TF_KERAS, "Keras version not known (no requirement"),
        ({"requirements.txt": "tensorflow==2.18\n"}, TF_KERAS, "Keras 3 assumed (requirements.txt asks"),
        ({}, TF_KERAS, "; eager mode (nothing turns it off)"),
        ({}, "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n" + TF_KERAS, "; graph mode"),
        (
            {"run.py": "import train\nimport tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n"},
            TF_KERAS,
            "; graph mode (run.py turns it on)",
        ),
    ],
)
def test_what_is_assumed_is_said_in_words(files: Mapping[str, str], program: str, words: str, tmp_path: Path) -> None:
    assert words in assumption(site(tmp_path, files, program))


def test_every_candidate_says_what_it_assumed(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TF_KERAS)
    (tmp_path / "requirements.txt").write_text("tensorflow==2.15\n")
    (found,) = candidates(tmp_path, scan(tmp_path).findings)
    assert found.patches
    assert found.withheld
    assumptions = {*(each.assumption for each in found.patches), *(each.assumption for each in found.withheld)}
    (assumed,) = assumptions
    assert assumed == "Keras 2 assumed (requirements.txt asks for tensorflow 2.15); eager mode (nothing turns it off)"


POLICY = "import keras\nkeras.mixed_precision.set_global_policy('mixed_float16')\n"
SCOPE = "import tensorflow as tf\nstrategy = tf.distribute.MirroredStrategy()\n"


@pytest.mark.parametrize(
    ("reason", "files", "program"),
    [
        ("main.py sets a dtype policy", {"main.py": f"{POLICY}import train\n"}, TF_KERAS),
        ("setup_tf.py sets a dtype policy", {"setup_tf.py": POLICY}, f"import setup_tf\n{TF_KERAS}"),
        (
            "setup_tf.py sets a dtype policy",
            {"setup_tf.py": POLICY, "main.py": "import setup_tf\nfrom train import model\n"},
            TF_KERAS,
        ),
        ("main.py uses a distribution strategy", {"main.py": f"{SCOPE}import train\n"}, TF_KERAS),
        ("", {"other.py": POLICY}, TF_KERAS),
        ("", {"main.py": "# set_global_policy\nimport train\n"}, TF_KERAS),
    ],
)
def test_a_policy_that_another_file_sets_withholds_clearing_if_both_run_together(
    reason: str, files: Mapping[str, str], program: str, tmp_path: Path
) -> None:
    found = ClearSession().obstacle(site(tmp_path, files, program)) or ""
    assert reason in found
    assert bool(reason) == bool(found)


def test_a_tree_of_very_many_files_is_many_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenfix_codemods.semantics.models.process_state.MAXIMUM_FILES", 1)
    assert ClearSession().obstacle(site(tmp_path, {"main.py": f"{POLICY}import train\n"})) is None
