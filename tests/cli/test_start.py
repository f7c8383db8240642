from __future__ import annotations

import resource
import subprocess
import sys

import pytest

import greenfix as package
from tests.greenfix_command import Greenfix

HEAVY = ("textual", "libcst", "scipy", "numpy", "codecarbon", "git", "tensorflow", "rich", "pydantic", "nbformat")
CORE = ("workflow", "repository", "report.verdict", "report.findings", "narrator", "cli.fix")


def test_version_names_the_version(greenfix: Greenfix) -> None:
    done = greenfix("--version")
    assert (done.returncode, done.stdout) == (0, f"greenfix {package.__version__}\n")


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['greenfix', '--version']\n"
        "from greenfix.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print(sorted({{name.partition('.')[0] for name in sys.modules}} & {set(HEAVY)!r}))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.splitlines()[1] == "[]"


def cpu_seconds(*words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "greenfix", *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_version_costs_at_most_a_quarter_of_a_cpu_second() -> None:
    """The best of three: a neighbour on the same core makes a second of a CPU worth less, never more."""
    assert min(cpu_seconds("--version") for _ in range(3)) < 0.25


@pytest.mark.parametrize("command", ["scan", "fix", "verify", "judge", "explain", "init"])
def test_every_command_has_help_with_examples(greenfix: Greenfix, command: str) -> None:
    done = greenfix(command, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout
    assert f"greenfix {command}" in done.stdout


def test_a_wrong_option_is_a_usage_error(greenfix: Greenfix) -> None:
    done = greenfix("scan", "--nonsense")
    assert done.returncode == 2
    assert "--nonsense" in done.stderr


def test_without_arguments_help_is_shown(greenfix: Greenfix) -> None:
    done = greenfix()
    assert "Usage" in done.stdout + done.stderr


@pytest.mark.parametrize("module", CORE)
def test_the_core_never_imports_the_screen(module: str) -> None:
    code = f"import sys, greenfix.{module}; print('textual' in sys.modules, 'greenfix.tui' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.split() == ["False", "False"]
