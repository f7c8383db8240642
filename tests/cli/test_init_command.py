from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from greenfix.settings import load_settings
from tests.greenfix_command import Greenfix


@pytest.mark.parametrize("before", ["", "[project]\nname = 'é'\n", "[project]\nname = 'x'"])
def test_the_table_is_added_after_what_is_there(greenfix: Greenfix, tmp_path: Path, before: str) -> None:
    file = tmp_path / "pyproject.toml"
    if before:
        file.write_text(before)
    done = greenfix("init", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{file} has a commented [tool.greenfix] now.\n"
    text = file.read_text()
    assert text.startswith(before)
    assert tomllib.loads(text) == {**tomllib.loads(before), "tool": {"greenfix": {}}}
    assert load_settings(tmp_path).file == file


def test_every_commented_key_is_a_setting_when_it_is_uncommented(greenfix: Greenfix, tmp_path: Path) -> None:
    greenfix("init", folder=tmp_path)
    file = tmp_path / "pyproject.toml"
    text, count = re.subn(r"^# (?=[a-z-]+ = )", "", file.read_text(), flags=re.MULTILINE)
    file.write_text(text)
    assert len(load_settings(tmp_path).values) == count == 5


@pytest.mark.parametrize("name", ["pyproject.toml", "greenfix.toml"])
def test_settings_that_are_there_are_never_touched(greenfix: Greenfix, tmp_path: Path, name: str) -> None:
    text = '[tool.greenfix]\nselect = ["IMR"]\n' if name == "pyproject.toml" else ""
    (tmp_path / name).write_text(text)
    done = greenfix("init", tmp_path)
    assert done.returncode == 2
    assert "has settings already" in done.stderr
    assert [(each.name, each.read_text()) for each in tmp_path.glob("*.toml")] == [(name, text)]


def test_a_folder_that_is_missing_and_a_file_that_is_broken_are_said(greenfix: Greenfix, tmp_path: Path) -> None:
    done = greenfix("init", tmp_path / "missing")
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True)
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert "cannot be read" in greenfix("init", tmp_path).stderr
