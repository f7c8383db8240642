"""Numbers as the screens say them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from greenfix_verify.reading import Provenance

from greenfix.tui.verify.band import band, scale
from greenfix.tui.words import clock, energy, p_value, percent, plain, provenance
from tests.tui.scripted import verdict


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (percent(0.2414), "24.1 %"),
        (percent(-0.05), "-5.0 %"),
        (percent(None), "-"),
        (energy(412.3), "412 J"),
        (energy(0.5), "0.5 J"),
        (energy(999.7), "1 kJ"),
        (energy(12_345), "12.3 kJ"),
        (energy(2_500_000), "2.5 MJ"),
        (p_value(0.015625), "0.0156"),
        (p_value(0.00001), "< 0.0001"),
        (clock(59.9), "0:59"),
        (clock(3_725), "1:02:05"),
        (plain("\x1b[31mred\x1b[0m\x08 10/10\r12/12"), "12/12"),
    ],
)
def test_a_number_is_said_with_its_unit(said: str, expected: str) -> None:
    assert said == expected


def test_estimated_energy_is_never_called_measured() -> None:
    assert "measured" not in provenance(Provenance.ESTIMATED)
    assert provenance(Provenance.MEASURED).startswith("measured")


def test_the_band_marks_zero_the_interval_and_the_saving() -> None:
    judged = replace(verdict(), saving=0.5, low=0.25, high=1.0)
    assert band(judged, scale([judged]), 9) == "│ ├─●───┤"


def test_an_interval_across_zero_covers_the_mark_of_zero() -> None:
    judged = replace(verdict(), saving=0.0, low=-0.5, high=0.5)
    assert band(judged, scale([judged]), 9) == "├───●───┤"


def test_without_numbers_there_is_no_band() -> None:
    judged = replace(verdict(), saving=None, low=None, high=None)
    assert band(judged, scale([judged]), 40) == ""
