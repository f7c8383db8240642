"""What callers read of the list that they hand over stops the conversions that would change it."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar

from tests.rewriting import STEP, changed, obstacle, rewritten

HANDED = (
    STEP + "def run(x, y, losses):\n    loss, features = step(x, y)\n    losses.append(loss)\n"
    "losses = []\nfor x, y in data:\n    optimizer.apply_gradients(pairs)\n    run(x, y, losses)\n"
)


@pytest.mark.parametrize(
    "read", ["", "print(np.mean(losses))\n", "print(f'{losses[-1]:.3f}')\n", "print(len(losses))\n"]
)
def test_a_list_of_a_caller_that_takes_numbers_gets_numbers(read: str, tmp_path: Path) -> None:
    assert changed(HANDED + read, rewritten(StoreScalar(), HANDED + read, tmp_path, "UTR001")) == [
        "    losses.append(float(loss))"
    ]


def test_an_element_that_a_caller_asks_for_its_array_stops_both(tmp_path: Path) -> None:
    code = HANDED + "print(losses[-1].numpy())\n"
    assert "needs the tensor" in obstacle(StoreScalar(), code, tmp_path, "UTR001")
    assert "needs the tensor" in obstacle(StoreNumpy(), code, tmp_path, "UTR001")


def test_a_tensor_that_a_caller_prints_stops_both_and_the_release(tmp_path: Path) -> None:
    code = HANDED + "print(losses[-1])\n"
    assert "writes the tensors as they are" in obstacle(StoreScalar(), code, tmp_path, "UTR001")
    assert "writes the tensors as they are" in obstacle(StoreNumpy(), code, tmp_path, "UTR001")
    assert "writes the tensors as they are" in obstacle(ReleaseKept(), code, tmp_path, "UTR001")


def test_a_tensor_that_a_caller_formats_without_digits_stops_only_the_python_number(tmp_path: Path) -> None:
    code = HANDED + "title = f'{losses[-1]}'\n"
    assert "would write more digits" in obstacle(StoreScalar(), code, tmp_path, "UTR001")
    assert changed(code, rewritten(StoreNumpy(), code, tmp_path, "UTR001")) == ["    losses.append(loss.numpy())"]


def test_a_list_that_a_caller_keeps_and_prints_stops_both(tmp_path: Path) -> None:
    code = (
        STEP + "def run():\n    losses = []\n    for x, y in data:\n        loss, features = step(x, y)\n"
        "        losses.append(loss)\n    return losses\n"
        "history = []\nfor epoch in range(100):\n    optimizer.apply_gradients(pairs)\n    history.extend(run())\n"
    )
    assert changed(code, rewritten(StoreNumpy(), code, tmp_path, "UTR001")) == ["        losses.append(loss.numpy())"]
    assert "writes the tensors as they are" in obstacle(StoreNumpy(), f"{code}print(history)\n", tmp_path, "UTR001")
