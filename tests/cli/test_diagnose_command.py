from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repositories import STATE, MakeRepository, git
from tests.witnessed import MODEL, install

FOLDS = """\
import keras

for fold in range(5):
    model = keras.Sequential([])
    model.compile()
    model.fit()
print("trained")
"""
LEAKING_MODEL = MODEL.replace("self.variables =", "graph.append(self)\n        self.variables =") + "\n\ngraph = []\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The packages of a person whose Keras lets go of no model."""
    site = install(tmp_path / "packages")
    (site / "keras" / "src" / "models" / "model.py").write_text(LEAKING_MODEL)
    return site


@pytest.fixture
def environment(site: Path) -> dict[str, str]:
    paths = (str(site), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "COLUMNS": "100"}


def diagnose(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "greenfix", "diagnose", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def test_a_leak_is_confirmed_and_nothing_of_the_users_is_touched(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": FOLDS})
    before = [git(folder, *question.split()) for question in STATE]
    done = diagnose(environment, folder, "--", sys.executable, "train.py")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("confirmed    train.py:3 IMR001: 8.0 MiB\n")
    assert "5 models were built at train.py:4; 5 of them were alive at once, and the 4 older ones hold" in done.stdout
    assert "Running `" in done.stderr
    assert "trained" not in done.stderr + done.stdout
    assert [git(folder, *question.split()) for question in STATE] == before


def test_the_json_is_also_remembered_for_fix(environment: dict[str, str], make_repository: MakeRepository) -> None:
    folder = make_repository({"train.py": FOLDS})
    done = diagnose(environment, folder, "--format", "json", "--", sys.executable, "train.py")
    document = json.loads(done.stdout)
    (found,) = document["findings"]
    assert (found["state"], found["path"], found["line"]) == ("confirmed", "train.py", 3)
    assert document["commit"] == git(folder, "rev-parse", "HEAD")
    (kept,) = json.loads((folder / ".git" / "greenfix" / "diagnosis.json").read_text())
    assert kept["findings"] == document["findings"]


def test_the_program_is_guessed_when_the_findings_lie_in_one_file(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": FOLDS, ".venv/bin/python": "", ".gitignore": ".venv\n"})
    (folder / ".venv" / "bin" / "python").unlink()
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    assert diagnose(environment, folder).returncode == 1


def test_where_nothing_leaks_the_exit_code_is_0(environment: dict[str, str], make_repository: MakeRepository) -> None:
    folder = make_repository({"train.py": FOLDS.replace("range(5)", "range(int('1'))")})
    done = diagnose(environment, folder, "--", sys.executable, "train.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("not seen     train.py:3 IMR001\n")


def test_a_program_without_findings_still_shows_what_it_holds(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": "import tensorflow as tf\nbatch = tf.zeros((1024, 1024))\n"})
    done = diagnose(environment, folder, "--", sys.executable, "train.py")
    assert done.returncode == 0
    assert done.stdout.startswith("There is no finding to confirm.\n")
    assert "4.0 MiB in    1  batch in train.py" in done.stdout


def test_the_program_gets_the_variables_that_are_named_and_the_diagnosis_tells_them(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": FOLDS.replace("range(5)", "range(int(os.environ['FOLDS']))", 1)})
    (folder / "train.py").write_text(f"import os\n{(folder / 'train.py').read_text()}")
    options = ("--include-dirty", "--format", "json", "--env", "FOLDS=4")
    done = diagnose(environment, folder, *options, "--", sys.executable, "train.py")
    document = json.loads(done.stdout)
    assert document["findings"][0]["passes"] == 4
    assert document["environment"] == ["FOLDS=4"]


def test_a_variable_that_looks_like_a_secret_is_refused_before_the_program_runs(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": FOLDS})
    done = diagnose(environment, folder, "--env", "API_TOKEN=x", "--", sys.executable, "train.py")
    assert done.returncode == 2
    assert "API_TOKEN looks like a secret" in done.stderr
    assert "Running" not in done.stderr


def test_what_the_program_prints_is_shown_when_asked(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": FOLDS})
    assert "    | trained" in diagnose(environment, folder, "-v", "--", sys.executable, "train.py").stderr


def test_a_failing_program_tells_what_was_seen_and_is_not_remembered(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": f"{FOLDS}raise ValueError('no data')\n"})
    done = diagnose(environment, folder, "--", sys.executable, "train.py")
    assert done.returncode == 4
    assert "confirmed" in done.stdout
    assert "did not end well" in done.stderr
    assert "ValueError: no data" in done.stderr
    assert not (folder / ".git" / "greenfix" / "diagnosis.json").exists()


def test_a_program_that_is_stopped_by_the_time_out_tells_what_was_seen_until_then(
    environment: dict[str, str], make_repository: MakeRepository
) -> None:
    waits = "import os, time\nwhile True:\n    time.sleep(0.05)\n"
    folder = make_repository({"train.py": f"{FOLDS}{waits}"})
    done = diagnose(environment, folder, "--timeout", "4", "--", sys.executable, "train.py")
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("confirmed    train.py:3 IMR001")
    assert "stopped after 4 s" in done.stderr


def test_ctrl_c_stops_the_run_and_keeps_nothing(environment: dict[str, str], make_repository: MakeRepository) -> None:
    folder = make_repository({"train.py": f"{FOLDS}print('now', flush=True)\nwhile True:\n    pass\n"})
    argv = [sys.executable, "-m", "greenfix", "diagnose", str(folder), "-v", "--", sys.executable, "train.py"]
    running = subprocess.Popen(argv, env=environment, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    for line in running.stderr:
        if "now" in line:
            break
    running.send_signal(signal.SIGINT)
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait() == 130
    assert "Stopped. Nothing of this run is kept." in said
    assert not (folder / ".git" / "greenfix" / "diagnosis.json").exists()


@pytest.mark.parametrize(
    ("files", "command", "said"),
    [
        ({"train.py": "print('hello')\n"}, [], "no program was named"),
        ({"train.py": FOLDS}, ["--", "/nowhere/python", "train.py"], "no interpreter at /nowhere/python"),
        ({"train.py": FOLDS}, ["--", "true"], "ran no Python that greenfix could look into"),
    ],
    ids=["no command", "no interpreter", "no Python"],
)
def test_what_is_missing_is_said(
    environment: dict[str, str], make_repository: MakeRepository, files: dict[str, str], command: list[str], said: str
) -> None:
    done = diagnose(environment, make_repository(files), *command)
    assert done.returncode == 2
    assert said in done.stderr
