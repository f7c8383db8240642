"""``store-scalar`` and ``store-numpy``: what they write, and a test for each condition that stops them."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.rewriting import apply
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.release_and_collect import ReleaseAndCollect
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar
from greenfix_codemods.strategy import Strategy

from tests.rewriting import ACTIVATIONS, SCALARS, STEP, changed, obstacle, rewritten, sites


def test_store_scalar_wraps_the_scalar_in_float(tmp_path: Path) -> None:
    assert changed(SCALARS, rewritten(StoreScalar(), SCALARS, tmp_path, "UTR001")) == ["    losses.append(float(loss))"]


def test_store_numpy_keeps_the_dtype(tmp_path: Path) -> None:
    assert changed(SCALARS, rewritten(StoreNumpy(), SCALARS, tmp_path, "UTR001")) == ["    losses.append(loss.numpy())"]


def test_extend_over_a_tensor_becomes_extend_over_its_array(tmp_path: Path) -> None:
    code = STEP + "labels = []\nfor x, y in data:\n    labels.extend([row for row in y])\n"
    after = rewritten(StoreNumpy(), code, tmp_path, "UTR005")
    assert changed(code, after) == ["    labels.extend([row for row in y.numpy()])"]


def test_a_sum_is_put_in_parentheses_before_numpy(tmp_path: Path) -> None:
    code = SCALARS.replace("losses.append(loss)", "losses.append(loss + loss)")
    after = rewritten(StoreNumpy(), code, tmp_path, "UTR001")
    assert changed(code, after) == ["    losses.append((loss + loss).numpy())"]


@pytest.mark.parametrize(
    ("strategy", "code", "rule_code", "left"),
    [
        (StoreScalar(), SCALARS, "UTR001", 0),
        (StoreNumpy(), SCALARS, "UTR001", 0),
        (ReleaseKept(), ACTIVATIONS, "UTR001", 0),
        (ReleaseAndCollect(), ACTIVATIONS, "UTR001", 0),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_after_the_strategy_the_finding_is_gone(
    strategy: Strategy, code: str, rule_code: str, left: int, tmp_path: Path
) -> None:
    after = rewritten(strategy, code, tmp_path, rule_code)
    assert len(sites(after, tmp_path, rule_code)) == left


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_other_lines_keep_their_bytes(ends: str, tmp_path: Path) -> None:
    code = "\ufeff" + (SCALARS + "x = 1 ;  y = 2  # kept\n\t\nprint('ä')").replace("\n", ends)
    before = code.encode()
    after = apply(StoreScalar(), sites(before, tmp_path, "UTR001")[0]).after
    assert after == before.replace(b"losses.append(loss)", b"losses.append(float(loss))")


def test_store_scalar_is_stopped_when_an_element_is_asked_for_its_array(tmp_path: Path) -> None:
    code = SCALARS + "print([loss.numpy() for loss in losses])\n"
    assert "needs the tensor" in obstacle(StoreScalar(), code, tmp_path, "UTR001")
    assert "needs the tensor" in obstacle(StoreNumpy(), code, tmp_path, "UTR001")


def test_store_scalar_is_stopped_when_the_last_element_is_asked_for_its_array(tmp_path: Path) -> None:
    code = SCALARS + "print(losses[-1].numpy())\n"
    assert "needs the tensor" in obstacle(StoreScalar(), code, tmp_path, "UTR001")


def test_a_list_that_is_returned_to_a_reader_of_arrays_is_left_alone(tmp_path: Path) -> None:
    training = SCALARS.replace(
        "        loss, features", "        optimizer.apply_gradients(pairs)\n        loss, features"
    )
    body = training.removeprefix(STEP).replace("\n", "\n    ").rstrip()
    code = STEP + f"def train():\n    {body}\n    return losses\nfor each in train():\n    print(each.numpy())\n"
    assert "may be called on an element" in obstacle(StoreScalar(), code, tmp_path, "UTR001")


def test_store_scalar_is_stopped_when_it_may_be_more_than_one_number(tmp_path: Path) -> None:
    code = STEP + "kept = []\nfor epoch in range(100):\n    for x, y in data:\n        kept.append(model(x))\n"
    assert "float() would raise" in obstacle(StoreScalar(), code, tmp_path, "UTR001")


KEPT = "        history.append((loss, features))\n"


COUNTED = ACTIVATIONS.replace("print([item[0] for item in history])", "print(len(history))")


def test_the_values_of_a_kept_dict_are_converted(tmp_path: Path) -> None:
    code = COUNTED.replace(KEPT, "        history.append({'loss': loss, 'y': features})\n")
    assert "{'loss': loss.numpy(), 'y': features.numpy()}" in rewritten(StoreNumpy(), code, tmp_path, "UTR001")


@pytest.mark.parametrize(
    ("strategy", "written"),
    [(StoreScalar(), "losses[-1] += float(loss)"), (StoreNumpy(), "losses[-1] += loss.numpy()")],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_sum_in_the_newest_entry_adds_the_number(strategy: Strategy, written: str, tmp_path: Path) -> None:
    code = SCALARS.replace("for epoch in range(100):\n", "for epoch in range(100):\n    losses.append(0)\n")
    code = code.replace("    losses.append(loss)", "        losses[-1] += loss")
    assert changed(code, rewritten(strategy, code, tmp_path, "UTR005")) == [f"        {written}"]
