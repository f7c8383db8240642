from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from greenfix_codemods.rules import all_rules

from tests.greenfix_command import LEAKING

ROOT = Path(__file__).parents[2]


def libcst_tool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "libcst.tool", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)


def test_a_strategy_runs_as_a_codemod_of_libcst_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text(f"{LEAKING}\n{LEAKING}")
    done = libcst_tool("codemod", "codemods.ClearSessionCommand", file)
    assert done.returncode == 0, done.stderr
    mended = file.read_text()
    assert mended.count("    keras.backend.clear_session()\n") == 2
    libcst_tool("codemod", "codemods.ClearSessionCommand", file)
    assert file.read_text() == mended


@pytest.mark.parametrize("name", sorted({each.name for rule in all_rules() for each in rule.strategies}))
def test_every_strategy_is_a_command_with_a_description(name: str) -> None:
    from greenfix_codemods import codemods

    command = getattr(codemods, "".join(word.title() for word in name.split("-")) + "Command")
    assert command.DESCRIPTION
