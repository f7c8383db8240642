"""``release-model``: what it writes, and a test for each condition that stops it."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.strategies.release_model import ReleaseModel

from tests.rewriting import KFOLD, fixed, obstacle


def test_release_deletes_last(tmp_path: Path) -> None:
    after = fixed(ReleaseModel(), KFOLD, tmp_path)
    assert after.endswith(b"    model.fit(x, y)\n    del model\n    K.clear_session()\n")


RELEASE_STOPS = [
    ("used outside the loop", KFOLD + "print(model)\n"),
    ("next pass reads model before it is bound", KFOLD.replace("    model =", "    print(model)\n    model =")),
    ("another name as well", KFOLD + "    best = model\n"),
    ("used in a nested function", "def f():" + KFOLD.replace("\n", "\n    ") + "    g = lambda: model.fit(x)\n"),
    ("is a global", "def show():\n    print(model)\n" + KFOLD),
    ("deleted already", KFOLD + "    del model\n"),
    ("continue skips", KFOLD + "    if fold:\n        continue\n    print(fold)\n"),
    ("no plain name", KFOLD.replace("model", "box.model").replace("keras.box.models", "keras.models")),
    ("used outside the loop", KFOLD + "else:\n    print(model)\n"),
    ("used outside the loop", "model = 1" + KFOLD.replace("for fold in range(5)", "while model")),
    ("leaves the function", "def f():" + KFOLD.replace("\n", "\n    ") + "    if fold: return model\n"),
]


@pytest.mark.parametrize(("reason", "program"), RELEASE_STOPS)
def test_release_is_withheld(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(ReleaseModel(), program, tmp_path)


def test_release_is_withheld_when_another_module_imports_the_model(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text("from program import model\n")
    assert "is a global" in obstacle(ReleaseModel(), KFOLD, tmp_path)
