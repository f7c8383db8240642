"""``delete-tape``: where the ``del`` stands, and what stops it."""

from __future__ import annotations

from pathlib import Path

from greenfix_codemods.strategies.delete_tape import DeleteTape

from tests.rewriting import obstacle, rewritten

TAPE = """import tensorflow as tf
for episode in range(500):
    state = env.reset()
    with tf.GradientTape(persistent=True) as tape:
        a, b = losses(state)
    one = tape.gradient(a, first.variables)
    two = tape.gradient(b, second.variables)
    print(episode)
"""


def test_delete_tape_stands_after_the_last_gradient(tmp_path: Path) -> None:
    after = rewritten(DeleteTape(), TAPE, tmp_path, "UTR003").splitlines()
    assert after[after.index("    del tape") - 1] == "    two = tape.gradient(b, second.variables)"


def test_delete_tape_stands_after_the_last_gradient_of_a_tape_that_watches(tmp_path: Path) -> None:
    watching = TAPE.replace("        a, b", "        tape.watch(state)\n        a, b")
    after = rewritten(DeleteTape(), watching, tmp_path, "UTR003").splitlines()
    assert after[after.index("    del tape") - 1] == "    two = tape.gradient(b, second.variables)"


def test_delete_tape_stands_before_another_tape_takes_the_name(tmp_path: Path) -> None:
    again = "    with tf.GradientTape() as tape:\n        c = losses(state)\n    three = tape.gradient(c, third.v)\n"
    after = rewritten(
        DeleteTape(), TAPE.replace("    print", "    evaluate(episode)\n" + again + "    print"), tmp_path, "UTR003"
    )
    lines = after.splitlines()
    assert lines[lines.index("    del tape") - 1] == "    two = tape.gradient(b, second.variables)"


def test_delete_tape_is_stopped_by_a_use_after_the_loop(tmp_path: Path) -> None:
    assert "read again" in obstacle(DeleteTape(), TAPE + "print(tape)\n", tmp_path, "UTR003")
