"""Which files an import runs is told by bytes, without parsing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from greenfix_codemods.reach import leads_to, reachable_files
from greenfix_codemods.semantics.module import Project


def written(folder: Path, **files: str) -> Path:
    """``folder`` with the files; two underscores in a name stand for a slash."""
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.mark.parametrize(
    "statement",
    [
        "import nets.small",
        "from nets import small",
        "from nets.small import build",
        "def main():\n    from nets.small import build",
        "import os, nets.small as small",
        "from nets import (\n    large,  # no such file\n    small,\n)",
        "from nets import \\\n    small",
        "from nets import \\\n    (large, small)",
        "from nets \\\n    import small",
        "import zipimport; from nets import small",
    ],
)
def test_every_spelling_of_an_import_reaches_the_file(statement: str, tmp_path: Path) -> None:
    written(tmp_path, train=statement + "\n", nets__small="")
    assert "nets/small.py" in reachable_files(tmp_path, "train.py")


def test_an_import_runs_the_packages_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "__init__.py").touch()
    written(tmp_path, train="import nets.small\n", nets__small="")
    assert reachable_files(tmp_path, "train.py") == {"train.py", "nets/__init__.py", "nets/small.py"}


def test_a_relative_import_reaches_what_lies_above(tmp_path: Path) -> None:
    written(tmp_path, pkg__sub__train="from ..nets import build\n", pkg__nets="from . import data\n", pkg__data="")
    assert reachable_files(tmp_path, "pkg/sub/train.py") == {"pkg/sub/train.py", "pkg/nets.py", "pkg/data.py"}


def test_an_import_in_a_comment_or_a_docstring_reaches_nothing(tmp_path: Path) -> None:
    written(tmp_path, train='"""Try it:\n\n    import nets\n"""\n# import nets\ntext = "import nets"\n', nets="")
    assert reachable_files(tmp_path, "train.py") == {"train.py"}


def test_a_word_is_found_through_three_files_and_a_circle(tmp_path: Path) -> None:
    written(tmp_path, train="import a\nfit\n", a="import b\n", b="import a, c\n", c="model.fit(x)\n")
    module = Project(tmp_path).open("train.py")
    assert leads_to(re.compile(rb"fit\("), module, frozenset())
    assert not leads_to(re.compile(rb"fit\("), module, frozenset({"c"}))
    assert not leads_to(re.compile(rb"compile\("), module, frozenset())


def test_the_word_of_the_file_itself_is_not_asked_for(tmp_path: Path) -> None:
    module = Project(written(tmp_path, train="import a\nmodel.fit(x)\n", a="import train\n")).open("train.py")
    assert not leads_to(re.compile(rb"fit\("), module, frozenset())
