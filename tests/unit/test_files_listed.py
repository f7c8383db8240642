"""Which files of a folder are listed, and how their paths are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.files import paths_below, python_files

LISTED = ["b.py", "z.ipynb", "a/c.py", "a/b/d.py", "e/f.py"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    hidden = ["any/name/x.py", "node_modules/x.py", "a/.venv/x.py", "notes.txt"]
    for path in (*LISTED, *hidden, "any/pyvenv.cfg"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path


def test_folders_come_after_the_files_beside_them_and_environments_not_at_all(tree: Path) -> None:
    assert list(paths_below(tree)) == LISTED
    assert list(python_files(tree)) == [tree / path for path in LISTED]


def test_an_environment_that_is_named_itself_is_listed(tree: Path) -> None:
    assert list(paths_below(tree / "any")) == ["name/x.py"]


def test_the_folder_may_be_written_in_any_way(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert list(paths_below(Path())) == LISTED
    assert list(paths_below(Path("a/../"))) == LISTED
