"""``release-and-collect`` and ``freeze-and-collect``: once in an epoch, and each condition that stops them."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.strategies.freeze_and_collect import FreezeAndCollect
from greenfix_codemods.strategies.release_and_collect import ReleaseAndCollect

from tests.rewriting import ACTIVATIONS, SCALARS, STEP, obstacle, rewritten


def test_release_and_collect_collects_after_the_step_loop_never_in_it(tmp_path: Path) -> None:
    after = rewritten(ReleaseAndCollect(), ACTIVATIONS, tmp_path, "UTR001").splitlines()
    assert after[0] == "import gc"
    assert after[after.index("    gc.collect()") - 1] == "        del features"
    assert after.count("    gc.collect()") == 1


def test_collecting_is_stopped_when_gc_means_something_else(tmp_path: Path) -> None:
    code = "gc = 1\n" + ACTIVATIONS
    assert "`gc`" in obstacle(ReleaseAndCollect(), code, tmp_path, "UTR001")


def test_a_collection_never_stands_in_the_steps_though_the_keep_stands_in_a_loop_in_them(tmp_path: Path) -> None:
    code = ACTIVATIONS.replace(
        "        history.append((loss, features))\n",
        "        for _ in range(200):\n            features = model(x)\n            history.append((loss, features))\n",
    )
    after = rewritten(ReleaseAndCollect(), code, tmp_path, "UTR001").splitlines()
    assert "    gc.collect()" in after
    assert not any(line.endswith("gc.collect()") and line.startswith("     ") for line in after)


def test_collecting_is_stopped_in_a_function_that_may_run_in_each_step(tmp_path: Path) -> None:
    code = STEP + (
        "history = []\ndef note(x):\n    for _ in range(200):\n        features = model(x)\n"
        "        history.append((1, features))\nfor x, y in data:\n    note(x)\nprint(history[0][0])\n"
    )
    assert "once in each step" in obstacle(ReleaseAndCollect(), code, tmp_path, "UTR001")


def test_freeze_and_collect_freezes_before_the_loops_and_collects_once_in_each_epoch(tmp_path: Path) -> None:
    after = rewritten(FreezeAndCollect(), ACTIVATIONS, tmp_path, "UTR001").splitlines()
    assert after[after.index("gc.freeze()") + 1] == "for epoch in range(100):"
    assert after[after.index("    gc.collect()") - 1] == "    print(epoch)"
    assert after.count("import gc") == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("only a number", SCALARS),
        ("`gc`", "gc = 1\n" + ACTIVATIONS),
        ("may be skipped", ACTIVATIONS.replace("    print(epoch)", "    if epoch: continue\n    print(epoch)")),
        (
            "may be skipped",
            ACTIVATIONS.replace("    print(epoch)", "    if epoch:\n        break\n    else:\n        break"),
        ),
        ("more than one statement", ACTIVATIONS.replace("    print(epoch)", "    print(epoch); print(1)")),
    ],
)
def test_freezing_and_collecting_is_stopped(reason: str, code: str, tmp_path: Path) -> None:
    assert reason in obstacle(FreezeAndCollect(), code, tmp_path, "UTR001")


def test_a_continue_of_a_loop_further_in_skips_no_collection(tmp_path: Path) -> None:
    code = ACTIVATIONS.replace("        history", "        if x is None:\n            continue\n        history")
    assert "gc.collect()" in rewritten(FreezeAndCollect(), code, tmp_path, "UTR001")
