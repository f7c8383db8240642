"""Evidence as text, Markdown, HTML and JSON: the same facts, and nothing in it can break out of its format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from greenfix.report.check import Difference
from greenfix.report.document import Document, Plot
from greenfix.report.document_markdown import LONGEST, as_markdown
from greenfix.report.evidence import document_of
from greenfix.report.evidence_json import as_json
from greenfix.report.html import as_html
from greenfix.report.plain import as_plain
from greenfix.report.plot import plot
from tests.evidences import EVEN, SAVING, evidence_of

RENDERERS: list[Callable[[Document], str]] = [as_plain, as_markdown, as_html]
NASTY = "</pre><script src=//evil.example></script><img src=x onerror=1>\n```\n| a | b |\n</details> @everyone"


def document(
    pairs: tuple[tuple[float, float], ...] = SAVING, *, patch: str = "hoist-compile", diff: str = "--- a/t.py\n"
) -> Document:
    return document_of(evidence_of(pairs, patch=patch, diff=diff), "f" * 64, ())


@pytest.mark.parametrize("render", RENDERERS)
def test_every_format_answers_what_a_sceptic_asks(render: Callable[[Document], str]) -> None:
    text = render(document())
    for answer in (
        "saves",
        "95 % interval",
        "0.03125",  # p
        "measured: NVML energy counter",
        "NVIDIA T4, 595.1",
        "tensorflow 2.21.0",
        "seed 20260622",
        "20.0 W before the first run; not subtracted",
        "f" * 64,
        "computed again from the runs",
        "no: after the stop",
        "warm-up",
    ):
        assert answer in text.replace("\\", "").replace("&#x27;", "'"), answer


@pytest.mark.parametrize("render", RENDERERS)
def test_a_file_that_does_not_follow_from_its_runs_says_so_in_every_format(render: Callable[[Document], str]) -> None:
    wrong = (Difference("verdicts.x.saving", 0.9, 0.24),)
    text = render(document_of(evidence_of(SAVING), "f" * 64, wrong))
    assert "does not follow from its own runs" in text
    assert "0.24" in text


def test_html_fetches_nothing_and_runs_nothing_whatever_the_evidence_holds() -> None:
    tags: list[str] = []
    addresses: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            tags.append(tag)
            addresses.extend(name for name, _ in attributes if name in {"src", "href", "srcset", "data", "action"})

    text = as_html(document(diff=NASTY, patch="<script>x</script>"))
    Reader().feed(text)
    assert addresses == []
    assert not {"script", "img", "link", "iframe", "object", "base"} & set(tags)
    assert "default-src 'none'" in text
    assert "url(" not in text
    assert "@import" not in text


def test_markdown_keeps_what_the_evidence_holds_within_its_fence_and_cells() -> None:
    text = as_markdown(document(diff=NASTY, patch="a|b <b>@me</b>"))
    fence = re.search(r"^(`{4,})diff\n(.*?)^\1$", text, re.DOTALL | re.MULTILINE)
    assert fence is not None
    assert fence[2].strip() == NASTY.strip()
    outside = text.replace(fence[0], "")
    assert "<b>" not in outside.replace("\\<b\\>", "")
    assert not re.search(r"(?<!\\)@me", outside)


def test_markdown_stays_below_what_a_comment_takes_and_says_what_is_missing() -> None:
    text = as_markdown(document(diff="+line\n" * 20_000))
    assert len(text) < LONGEST + 500
    assert "Too long for a comment: What changed: hoist\\-compile, This file" in text.replace("hoist-", "hoist\\-")


def test_the_plot_is_well_formed_and_draws_every_block() -> None:
    data = next(part for section in document().sections for part in section.parts if isinstance(part, Plot))
    drawing = ElementTree.fromstring(plot(replace(data, candidate="<&\"'>")))  # noqa: S314  we made it
    groups = list(drawing.iter("g"))
    assert len(groups) == 2 * len(SAVING)
    assert sum(each.get("class") == "unused" for each in groups) == 2 * (len(SAVING) - data.used)
    assert len(list(drawing.iter("rect"))) == 1


@pytest.mark.parametrize("pairs", [((5.0, 5.0),), ((1e-6, 2e-6),) * 3, ((1e9, 1.0),) * 6, EVEN])
def test_the_plot_stays_inside_its_frame_for_any_energies(pairs: tuple[tuple[float, float], ...]) -> None:
    data = next(part for section in document(pairs).sections for part in section.parts if isinstance(part, Plot))
    drawing = ElementTree.fromstring(plot(data))  # noqa: S314  we made it
    heights = [float(each.get("cy", "0")) for each in drawing.iter("circle")]
    heights += [float(each.get("y1", "0")) for each in drawing.iter("line")]
    assert all(0 <= height <= 480 for height in heights)


def test_an_experiment_without_a_pair_can_be_shown() -> None:
    evidence = evidence_of(SAVING)
    nothing = replace(evidence, runs=evidence.runs[:1], statistics={"hoist-compile": None})
    shown = document_of(nothing, "f" * 64, ())
    titles = {section.title for section in shown.sections}
    assert "Means" not in titles
    assert all(render(shown) for render in RENDERERS)


def test_json_holds_verdict_figures_blocks_and_the_check() -> None:
    wrong = (Difference("spent_joules", 1.0, 2.0),)
    found = json.loads(as_json(evidence_of(SAVING), "f" * 64, wrong))
    [candidate] = found["candidates"].values()
    assert (candidate["verdict"], candidate["blocks_used"]) == ("saves", 5)
    assert [block["counts"] for block in candidate["blocks"]] == [True] * 5 + [False] * 3
    assert candidate["statistics"]["blocks"] == 5
    assert found["check"] == {
        "matches": False,
        "differences": [{"field": "spent_joules", "recorded": 1.0, "recomputed": 2.0}],
    }
