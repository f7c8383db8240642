"""Writing a comment that suppresses a finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from greenfix_codemods.errors import SuppressionError
from greenfix_codemods.finding import FileEdit, Finding
from greenfix_codemods.looking import look_again
from greenfix_codemods.suppressing import suppress

LEAK = """import tensorflow as tf

for fold in range(3):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y)
"""


def found(root: Path, path: str = "train.py") -> Finding:
    (finding,) = (each for each in look_again(root, path).findings if each.rule == "IMR001")
    return finding


def tree(root: Path, text: str, encoding: str = "utf-8") -> Finding:
    (root / "train.py").write_bytes(text.encode(encoding))
    return found(root)


def added(edit: FileEdit) -> str:
    """The one line that the edit changes, as it is afterwards."""
    before, after = edit.before.decode(edit.encoding), edit.after.decode(edit.encoding)
    lines = list(zip(before.split("\n"), after.split("\n"), strict=True))
    (changed,) = [new for old, new in lines if old != new]
    return changed


def test_the_comment_stands_at_the_finding_and_the_scan_then_hides_it_with_its_reason(tmp_path: Path) -> None:
    finding = tree(tmp_path, LEAK)
    edit = suppress(tmp_path, finding, "three short runs")
    assert added(edit) == "for fold in range(3):  # greenfix: ignore[IMR001] three short runs"
    (tmp_path / "train.py").write_bytes(edit.after)
    result = look_again(tmp_path, "train.py")
    assert [each.reason for each in result.suppressed if each.finding.fingerprint == finding.fingerprint] == [
        "three short runs"
    ]
    assert not [note for note in result.notes if note.rule == "IMR001"]


def test_a_comment_that_ignores_another_rule_takes_this_one_in(tmp_path: Path) -> None:
    finding = tree(tmp_path, LEAK.replace("(3):", "(3):  # greenfix: ignore[IMR002] compiled once"))
    assert (
        added(suppress(tmp_path, finding, "and short"))
        == "for fold in range(3):  # greenfix: ignore[IMR001, IMR002] compiled once and short"
    )


def test_another_comment_stays_in_front(tmp_path: Path) -> None:
    finding = tree(tmp_path, LEAK.replace("(3):", "(3):  # three folds"))
    assert added(suppress(tmp_path, finding, "")) == "for fold in range(3):  # three folds  # greenfix: ignore[IMR001]"


def test_windows_line_ends_and_old_encodings_stay(tmp_path: Path) -> None:
    text = "# coding: latin-1\n# é\n" + LEAK
    finding = tree(tmp_path, text.replace("\n", "\r\n"), "latin-1")
    edit = suppress(tmp_path, finding, "réglé")
    assert edit.after == edit.before.replace(
        b"range(3):\r\n", "range(3):  # greenfix: ignore[IMR001] réglé\r\n".encode("latin-1")
    )


def test_a_line_that_cannot_end_in_a_comment_is_passed_over(tmp_path: Path) -> None:
    finding = tree(tmp_path, LEAK.replace("for fold in range(3):", "for fold in \\\n        range(3):"))
    assert added(suppress(tmp_path, finding, "short")) == "        range(3):  # greenfix: ignore[IMR001] short"


def test_a_line_break_in_the_reason_does_not_end_the_comment(tmp_path: Path) -> None:
    finding = tree(tmp_path, LEAK)
    assert added(suppress(tmp_path, finding, "short\nimport os")).endswith("# greenfix: ignore[IMR001] short import os")


def test_the_finding_is_looked_for_where_it_stands_now(tmp_path: Path) -> None:
    finding = tree(tmp_path, LEAK)
    (tmp_path / "train.py").write_text("import os\n\n" + LEAK)
    assert "ignore[IMR001]" in added(suppress(tmp_path, finding, ""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "no longer there"),
        ("x = (\n", "does not parse"),
        (LEAK.replace("(3):", "(3):  # greenfix: ignore[IMR001]"), "suppresses it already"),
    ],
)
def test_what_cannot_be_suppressed_says_why(tmp_path: Path, text: str, said: str) -> None:
    finding = tree(tmp_path, LEAK)
    (tmp_path / "train.py").write_text(text)
    with pytest.raises(SuppressionError, match=said):
        suppress(tmp_path, finding, "")


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    finding = tree(tmp_path, LEAK)
    (tmp_path / "train.py").unlink()
    with pytest.raises(SuppressionError, match=r"train\.py cannot be read"):
        suppress(tmp_path, finding, "")


def test_a_reason_that_the_files_encoding_lacks_is_refused(tmp_path: Path) -> None:
    finding = tree(tmp_path, "# coding: latin-1\n" + LEAK)
    with pytest.raises(SuppressionError, match="saved as iso-8859-1, which lacks a letter"):
        suppress(tmp_path, finding, "日本")


def test_a_notebook_gets_the_comment_in_its_cell(tmp_path: Path) -> None:
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": LEAK,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "train.ipynb").write_text(json.dumps(notebook))
    edit = suppress(tmp_path, found(tmp_path, "train.ipynb"), "short")
    assert "range(3):  # greenfix: ignore[IMR001] short" in "".join(json.loads(edit.after)["cells"][0]["source"])
