from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from greenfix.entrypoint import entrypoints, guessed_command, known_command, measured_files, runnable
from greenfix.errors import EntrypointError
from greenfix.settings import SettingsError


def test_a_given_command_is_taken_as_it_is(tmp_path: Path) -> None:
    assert known_command(["make", "train"], tmp_path) == ("make", "train")


def test_the_setting_comes_before_the_guess(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.greenfix]\nentrypoint = ["python", "-m", "app.train"]\n')
    assert known_command([], tmp_path) == ("python", "-m", "app.train")


def test_the_only_file_with_findings_is_the_guess(tmp_path: Path) -> None:
    write(tmp_path, {"train.py": "x = 1\n"})
    assert guessed_command(["train.py", "train.py"], tmp_path) == ("python", "train.py")


def test_several_programs_are_no_guess(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", "b.py": ""})
    with pytest.raises(EntrypointError, match=r"accepted in a.py, b.py\."):
        guessed_command(["b.py", "a.py"], tmp_path)


MAIN = "if __name__ == '__main__':\n    run()\n"


def test_the_one_program_that_runs_every_file_with_findings_is_the_guess(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", "b.py": "", "train.py": f"import a, b\n{MAIN}", "half.py": f"import a\n{MAIN}"})
    assert guessed_command(["b.py", "a.py"], tmp_path) == ("python", "train.py")


def test_two_programs_that_run_everything_are_both_named(tmp_path: Path) -> None:
    write(tmp_path, {"model.py": "", "one.py": f"import model\n{MAIN}", "two.py": f"import model\n{MAIN}"})
    with pytest.raises(EntrypointError, match=r"2 programs run all of it: python one.py, python two.py"):
        guessed_command(["model.py"], tmp_path)


def test_a_file_with_findings_that_is_a_program_itself_comes_before_those_that_import_it(tmp_path: Path) -> None:
    write(tmp_path, {"train.py": MAIN, "sweep.py": f"import train\n{MAIN}"})
    assert guessed_command(["train.py"], tmp_path) == ("python", "train.py")


def test_programs_are_offered_with_the_files_they_run_and_tests_last(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/model.py": "",
        "app/data.py": "",
        "app/train.py": f"from . import model, data\n{MAIN}",
        "app/__main__.py": "from .model import build\n",
        "script.py": "from app.model import build\n",
        "unrelated.py": MAIN,
        "tests/test_model.py": f"import app.model, app.data\n{MAIN}",
    }
    write(tmp_path, files)
    found = entrypoints(tmp_path, {"app/model.py", "app/data.py"})
    assert [(each.text, sorted(each.runs)) for each in found] == [
        ("python -m app.train", ["app/data.py", "app/model.py"]),
        ("python -m app", ["app/model.py"]),
        ("python script.py", ["app/model.py"]),
        ("python tests/test_model.py", ["app/data.py", "app/model.py"]),
    ]


@pytest.mark.parametrize("command", [("python", "train.ipynb"), ("train.ipynb",), ("/opt/bin/python3", "train.ipynb")])
def test_a_notebook_is_refused_with_what_runs_it(command: tuple[str, ...]) -> None:
    with pytest.raises(EntrypointError, match=r"which Python cannot run.*nbconvert.* train.ipynb"):
        runnable(command)


def test_a_notebook_that_another_program_runs_is_fine() -> None:
    command = ("jupyter", "nbconvert", "--execute", "train.ipynb")
    assert runnable(command) == command


def test_a_finding_in_a_notebook_is_guessed_to_be_no_program(tmp_path: Path) -> None:
    with pytest.raises(EntrypointError, match="nbconvert"):
        guessed_command(["train.ipynb"], tmp_path)


@pytest.mark.parametrize("text", ["[tool.greenfix]\nentrypoint = 'python train.py'\n", "[tool.greenfix\n"])
def test_a_malformed_setting_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        known_command([], tmp_path)


def test_greenfix_toml_names_the_entrypoint_too(tmp_path: Path) -> None:
    (tmp_path / "greenfix.toml").write_text('entrypoint = ["python", "-m", "app.train"]\n')
    assert known_command([], tmp_path) == ("python", "-m", "app.train")


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


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
    write(tmp_path, files)
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
