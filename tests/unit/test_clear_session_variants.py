"""``clear-session-no-gc`` and ``freeze-and-clear``: what they add, and where they are withheld."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.strategies.clear_session_no_gc import ClearSessionNoGc
from greenfix_codemods.strategies.freeze_and_clear import FreezeAndClear

from tests.rewriting import KFOLD, fixed, obstacle


def test_no_gc_says_so_in_the_call(tmp_path: Path) -> None:
    assert b"    K.clear_session(free_memory=False)\n" in fixed(ClearSessionNoGc(), KFOLD, tmp_path)


@pytest.mark.parametrize("pin", ["tensorflow==2.15.0", "keras<3.0", "tensorflow-gpu~=2.4", "keras==2.3.1"])
def test_no_gc_is_withheld_from_a_project_on_keras_2(pin: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"numpy\n{pin}\n")
    assert "free_memory" in obstacle(ClearSessionNoGc(), KFOLD, tmp_path)


def test_no_gc_is_offered_to_a_project_on_keras_3(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow==2.18.0\n# keras==2.3\nkeras>=3.5\n")
    assert obstacle(ClearSessionNoGc(), KFOLD, tmp_path) == ""


def test_no_gc_is_withheld_in_graph_mode_and_from_old_homes(tmp_path: Path) -> None:
    graph = f"import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n{KFOLD}"
    assert "graph mode" in obstacle(ClearSessionNoGc(), graph, tmp_path)
    assert "tf_keras" in obstacle(ClearSessionNoGc(), KFOLD.replace("keras.models", "tf_keras.models"), tmp_path)


def test_freeze_stands_before_the_loop_and_clear_in_it(tmp_path: Path) -> None:
    after = fixed(FreezeAndClear(), KFOLD, tmp_path).decode()
    assert after == dedent("""
        import gc
        from keras.models import Sequential
        from keras import backend as K

        gc.freeze()
        for fold in range(5):
            K.clear_session()
            model = Sequential()
            model.fit(x, y)
        """)


def test_freeze_is_withheld_from_an_objective(tmp_path: Path) -> None:
    program = "import keras\ndef f(v):\n    keras.Sequential().fit(v)\nfrom hyperopt import fmin\nfmin(f, space)\n"
    assert "no place before its passes" in obstacle(FreezeAndClear(), program, tmp_path)
