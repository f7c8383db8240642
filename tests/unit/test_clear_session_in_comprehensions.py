"""``clear-session`` where a comprehension repeats: in the function that it alone calls, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.strategies.clear_session import ClearSession
from greenfix_codemods.strategies.clear_session_no_gc import ClearSessionNoGc
from greenfix_codemods.strategies.freeze_and_clear import FreezeAndClear

from tests.rewriting import fixed, obstacle

SCORE = """
from keras.models import Sequential

def score(units):
    \"\"\"Train.\"\"\"
    model = Sequential()
    return model.fit(x, y, epochs=units)

best = max(score(units) for units in (8, 16))
"""


def test_a_comprehension_is_mended_in_the_function_that_it_alone_calls(tmp_path: Path) -> None:
    after = fixed(ClearSession(), SCORE, tmp_path).decode()
    assert '    """Train."""\n    K.clear_session()\n    model' in after
    assert b"free_memory=False" in fixed(ClearSessionNoGc(), SCORE, tmp_path)


COMPREHENSION_STOPS = [
    ("score is used elsewhere as well", f"{SCORE}score(32)\n"),
    ("score is used elsewhere as well", f"{SCORE}table = {{'score': score}}\n"),
    (
        "score is given a live model",
        SCORE.replace("(units)", "(teacher, units)").replace("(x, y,", "(teacher.predict(x),"),
    ),
    (
        "score is given a live model",
        SCORE.replace("(x, y,", "(teacher.predict(x),").replace("def score", "teacher = Sequential()\ndef score"),
    ),
    ("score is no plain function", SCORE.replace("def score", "@logged\ndef score")),
]


@pytest.mark.parametrize(("reason", "program"), COMPREHENSION_STOPS)
def test_a_comprehension_is_left_alone(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(ClearSession(), program, tmp_path)


def test_a_comprehension_is_left_alone_when_another_file_calls_its_function(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from program import score\nscore(3)\n")
    assert "score is used elsewhere as well" in obstacle(ClearSession(), SCORE, tmp_path)


def test_nothing_is_frozen_before_a_comprehension(tmp_path: Path) -> None:
    assert "no place before its passes" in obstacle(FreezeAndClear(), SCORE, tmp_path)
