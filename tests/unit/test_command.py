"""The target's interpreter is found where its people would look for it, and never greenfix's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from greenfix_verify.command import Command, probe, resolve_command
from greenfix_verify.environment import measured_environment, recorded
from greenfix_verify.errors import CommandError

OURS = Path(sys.prefix)


def executable(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def environment_at(folder: Path) -> Path:
    """Make what looks like a virtual environment."""
    executable(folder / "bin" / "python")
    (folder / "pyvenv.cfg").touch()
    return folder


@pytest.mark.parametrize("name", [".venv", "venv"])
@pytest.mark.parametrize("argv", [["python", "train.py"], ["python3", "train.py"], ["train.py"], ["./train.py"]])
def test_the_repositorys_own_environment_comes_first(tmp_path: Path, name: str, argv: list[str]) -> None:
    environment_at(tmp_path / name)
    command = resolve_command(argv, tmp_path, {"VIRTUAL_ENV": "/elsewhere", "PATH": "/usr/bin"})
    assert command.argv == (str(tmp_path / name / "bin" / "python"), argv[-1])
    assert command.how == f"the repository's {name}"


def test_a_relative_interpreter_stays_in_the_users_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment_at(tmp_path / "repository" / ".venv")
    monkeypatch.chdir(tmp_path)
    command = resolve_command([".venv/bin/python", "-m", "train"], Path("repository"), {})
    assert command.argv == (str(tmp_path / "repository" / ".venv" / "bin" / "python"), "-m", "train")
    assert command.how == "named in the command"


def test_a_symbolic_link_of_an_environment_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    assert resolve_command([".venv/bin/python"], tmp_path, {}).interpreter == tmp_path / ".venv" / "bin" / "python"


@pytest.mark.parametrize(
    ("variable", "how"),
    [
        ("VIRTUAL_ENV", "VIRTUAL_ENV"),
        ("CONDA_PREFIX", "CONDA_PREFIX"),
        ("UV_PROJECT_ENVIRONMENT", "UV_PROJECT_ENVIRONMENT"),
    ],
)
def test_an_active_environment_is_used(tmp_path: Path, variable: str, how: str) -> None:
    target = environment_at(tmp_path / "target")
    command = resolve_command(["python", "train.py"], tmp_path, {variable: str(target), "PATH": "/usr/bin"})
    assert (command.interpreter, command.how) == (target / "bin" / "python", how)


def test_poetry_is_asked_once(tmp_path: Path) -> None:
    target = environment_at(tmp_path / "target")
    (tmp_path / "poetry.lock").touch()
    executable(tmp_path / "bin" / "poetry", f"#!/bin/sh\necho {target}/bin/python\n")
    command = resolve_command(["python"], tmp_path, {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})
    assert command == Command((str(target / "bin" / "python"),), target / "bin" / "python", "poetry.lock, asked poetry")


def test_poetrys_complaint_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "poetry.lock").touch()
    executable(tmp_path / "bin" / "poetry", "#!/bin/sh\necho no environment >&2\nexit 1\n")
    with pytest.raises(CommandError, match=r"poetry .* found no interpreter: no environment"):
        resolve_command(["python"], tmp_path, {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="the tests do not run in a virtual environment")
def test_greenfixs_own_environment_is_never_used(tmp_path: Path) -> None:
    other = executable(tmp_path / "bin" / "python", f"#!/bin/sh\necho {tmp_path}/real/python\n")
    command = resolve_command(
        ["python"], tmp_path, {"VIRTUAL_ENV": str(OURS), "PATH": f"{OURS / 'bin'}:{other.parent}:/usr/bin:/bin"}
    )
    assert command.how == f"{other} on PATH"
    assert command.interpreter == tmp_path / "real" / "python"  # a shim is seen through


def test_greenfixs_own_environment_is_used_when_the_project_lives_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site" / "tensorflow").mkdir(parents=True)
    (tmp_path / "site" / "tensorflow" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "site")
    command = resolve_command(["python"], tmp_path, {"VIRTUAL_ENV": str(OURS), "PATH": "/usr/bin"})
    assert (command.interpreter, command.how) == (OURS / "bin" / "python", "VIRTUAL_ENV")


def test_a_missing_interpreter_says_where_was_looked(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    with pytest.raises(CommandError, match=r"no python3\.10 found .* looked in .*\.venv/bin, PATH \(/nowhere\)"):
        resolve_command(["python3.10", "train.py"], tmp_path, {"PATH": "/nowhere"})
    with pytest.raises(CommandError, match=r"no interpreter at .*/env/bin/python"):
        resolve_command(["env/bin/python", "train.py"], tmp_path, {})


def test_another_program_runs_from_the_targets_environment(tmp_path: Path) -> None:
    target = environment_at(tmp_path / ".venv")
    tool = executable(target / "bin" / "accelerate")
    command = resolve_command(["accelerate", "launch"], tmp_path, {"PATH": "/usr/bin"})
    assert command.argv == (str(tool), "launch")
    assert command.interpreter == target / "bin" / "python"


def test_a_script_of_the_tree_stays_relative_so_that_each_arm_runs_its_own(tmp_path: Path) -> None:
    executable(tmp_path / "train.sh")
    assert resolve_command(["./train.sh"], tmp_path, {"PATH": "/nowhere"}) == Command(("./train.sh",), None, "")


@pytest.mark.parametrize("argv", [["./gone.sh"], ["no-such-tool"], []])
def test_nothing_to_run_is_refused(tmp_path: Path, argv: list[str]) -> None:
    with pytest.raises(CommandError):
        resolve_command(argv, tmp_path, {"PATH": "/nowhere"})


def test_the_interpreter_is_asked_for_its_packages() -> None:
    environment = probe(Path(sys.executable))
    assert environment.python == sys.version.split()[0]
    assert "pytest" in environment.packages
    assert list(environment.packages) == sorted(environment.packages)


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n"])
def test_what_is_no_python_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError, match="does not run"):
        probe(executable(tmp_path / "python", text))


def test_secrets_and_settings_of_codecarbon_do_not_reach_the_program() -> None:
    base = {
        "GITHUB_TOKEN": "x",
        "gh_token": "x",
        "GITLAB_TOKEN": "x",
        "MY_TOKEN": "x",
        "TF_TOKEN_app_terraform_io": "x",
        "GIT_ASKPASS": "x",
        "GREENFIX_PUSH_TOKEN": "x",
        "CODECARBON_LOG_LEVEL": "x",
        "codecarbon_gpu_ids": "x",
        "KEPT": "1",
        "PATH": "/usr/bin",
    }
    environment = measured_environment(Command(("x",), None, ""), 7, base)
    assert environment == {"KEPT": "1", "PATH": "/usr/bin", "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="the tests do not run in a virtual environment")
def test_greenfixs_environment_gives_way_to_the_targets(tmp_path: Path) -> None:
    target = environment_at(tmp_path / ".venv")
    command = Command((str(target / "bin" / "python"),), target / "bin" / "python", "")
    base = {"VIRTUAL_ENV": str(OURS), "PATH": f"{OURS / 'bin'}{os.pathsep}/usr/bin"}
    environment = measured_environment(command, 1, base)
    assert environment["VIRTUAL_ENV"] == str(target)
    assert environment["PATH"] == f"{target / 'bin'}{os.pathsep}/usr/bin"
    assert "VIRTUAL_ENV" not in measured_environment(Command(("x",), None, ""), 1, base)


def test_only_variables_that_may_move_a_result_are_recorded() -> None:
    secrets = {"AWS_SECRET": "x", "TF_VAR_password": "x", "TF_CLI_CONFIG_FILE": "x"}
    environment = {"TF_DETERMINISTIC_OPS": "1", "OMP_NUM_THREADS": "2", **secrets, "PATH": "/usr/bin"}
    assert recorded(environment) == {"OMP_NUM_THREADS": "2", "TF_DETERMINISTIC_OPS": "1"}
