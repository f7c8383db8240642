from __future__ import annotations

import pytest
from greenfix_verify.several import holm


def test_holm_multiplies_the_smallest_p_value_by_the_number_of_arms_and_keeps_the_order() -> None:
    adjusted = holm({"b": 0.02, "a": 0.01, "c": 0.9, "d": 0.021})
    assert adjusted == {
        "a": pytest.approx(0.04),
        "b": pytest.approx(0.06),
        "d": pytest.approx(0.06),
        "c": pytest.approx(0.9),
    }


def test_a_single_arm_pays_nothing_and_no_p_value_exceeds_1() -> None:
    assert holm({"a": 0.04}) == {"a": 0.04}
    assert holm({"a": 0.7, "b": 0.8}) == {"a": 1.0, "b": 1.0}
