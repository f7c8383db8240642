from __future__ import annotations

from pathlib import Path

import pytest

from greenfix.entrypoint import guessed_command, known_command, measured_files
from greenfix.errors import EntrypointError


def test_a_given_command_is_taken_as_it_is(tmp_path: Path) -> None:
    assert known_command(["make", "train"], tmp_path) == ("make", "train")


def test_the_setting_comes_before_the_guess(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.greenfix]\nentrypoint = ["python", "-m", "app.train"]\n')
    assert known_command([], tmp_path) == ("python", "-m", "app.train")


def test_the_only_file_with_findings_is_the_guess() -> None:
    assert guessed_command(["train.py", "train.py"]) == ("python", "train.py")


def test_several_files_are_no_guess() -> None:
    with pytest.raises(EntrypointError, match=r"in 2 files \(a.py, b.py\)"):
        guessed_command(["b.py", "a.py"])


@pytest.mark.parametrize("text", ["[tool.greenfix]\nentrypoint = 'python train.py'\n", "[tool.greenfix\n"])
def test_a_malformed_setting_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(EntrypointError, match=r"pyproject\.toml"):
        known_command([], tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "train.py": "import app.data\nfrom app import models\n",
        "app/__init__.py": "",
        "app/__main__.py": "from . import train\n",
        "app/data.py": "",
        "app/models.py": "from .layers import Dense\n",
        "app/layers.py": "import app.models\n",
        "app/train.py": "",
        "app/unused.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_script_reaches_what_it_imports_directly_or_not_even_in_a_circle(project: Path) -> None:
    reached = measured_files(["python", "train.py"], project)
    assert reached == frozenset({"train.py", "app/__init__.py", "app/data.py", "app/models.py", "app/layers.py"})


def test_a_package_run_as_a_module_reaches_its_relative_imports(project: Path) -> None:
    assert measured_files(["python", "-m", "app"], project) == frozenset(
        {"app/__main__.py", "app/__init__.py", "app/train.py"}
    )


def test_an_absolute_script_inside_the_tree_is_the_same_script(project: Path) -> None:
    assert measured_files(["python", str(project / "app" / "data.py")], project) == frozenset({"app/data.py"})


@pytest.mark.parametrize("command", [["make", "train"], ["python", "-m", "pytest"], ["python", "missing.py"]])
def test_what_another_program_runs_is_unknown(project: Path, command: list[str]) -> None:
    assert measured_files(command, project) is None
