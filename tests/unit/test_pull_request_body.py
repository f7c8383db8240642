"""What stands in a pull request's body, and that it always fits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from greenfix_verify.evidence import Exclusion
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.verdict import VerdictKind
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfix.pull_request.marker import Marker, read_marker, with_marker
from greenfix.report.markdown import code, plain
from greenfix.report.pull_request import Facts, pull_request_body
from tests.evidences import SITE
from tests.proposals import proposed

GITHUBS_LIMIT = 65_536
MARKER = Marker("c" * 40, "a" * 64, ("0123456789abcdef",), ("train.py",))


def facts(**changes: object) -> Facts:
    evidence = replace(proposed("clear-session"), **changes)  # type: ignore[arg-type]  # any of its fields
    places = ("train.py:3: IMR001: each pass builds a model and trains it",)
    return Facts(
        "clear-session", places, "c" * 40, "greenfix/imr001/train-01", evidence, "clear-session", "a" * 64, str(MARKER)
    )


def test_every_question_of_a_maintainer_has_its_answer() -> None:
    site = replace(SITE, versions={"greenfix": "1"})
    body = pull_request_body(replace(facts(site=site), summary="calls clear_session()"))
    place = "train.py:3: IMR001: each pass builds a model and trains it"
    assert body.startswith(f"**What** {place}. So: `clear-session` calls clear\\_session().  \n**Why** It needs")
    for said in (
        "It needs **25.0 % less energy** (24.1 % to 25.9 %), measured, and computes identical results.",
        "| runs (n) | 6 | 6 |  |",
        "| energy of a run | 103.5 J ± 1.9 J | 77.6 J ± 1.3 J | -25.0 % |",
        "| `fit[0].loss` | 0.25 | 0.25 |  |",
        "95 % interval 24.1 % to 25.9 %",
        "exact one-sided sign-flip test",
        "p = 0.01562",
        "**Behaviour check** identical.",
        "GPU measured (NVML energy counter)",
        "NVIDIA T4 (driver 595.1), CUDA up to 13.0",
        "tensorflow 2.21.0, keras 3.15.0, Python 3.11.9, codecarbon 3.3.2, greenfix 1",
        "This measurement used 0.000403 kWh (measured); it pays for itself after 56 runs of the program.",
        f"greenfix verify . --baseline {'c' * 40}~1 --candidate {'c' * 40} -- python train.py",
        "```mermaid\nxychart-beta",
        "line [24.0, 25.0, 26.0, 24.0, 25.0, 26.0]",
        "<summary>Raw blocks: every run, in order of time</summary>",
    ):
        assert said in body, said
    assert "/home/ada" not in body
    assert read_marker(body) == MARKER


def test_the_same_experiment_gives_the_same_words() -> None:
    assert pull_request_body(facts()) == pull_request_body(facts())


def test_what_was_set_for_the_experiment_stands_in_the_command() -> None:
    policy = replace(
        Policy(), allow_estimated=True, seed=7, maximum_blocks=12, outputs=("my model.npz",), seed_program=False,
        environment=("NAME=a b",),
    )  # fmt: skip
    said = pull_request_body(facts(policy=policy))
    assert (
        "--max-blocks 12 --seed 7 --allow-estimated --no-seed --output 'my model.npz' --env 'NAME=a b' -- python"
        in said
    )


def test_an_estimate_is_called_one_and_says_what_it_cannot_see() -> None:
    evidence = proposed("clear-session")
    verdict = replace(evidence.verdicts["clear-session"], provenance=Provenance.ESTIMATED)
    body = pull_request_body(facts(verdicts={"clear-session": verdict}))
    assert "estimated, and computes identical results" in body
    assert "**estimate**" in body
    assert "An estimate follows CPU time" in body


def test_a_strategy_that_may_change_results_says_so() -> None:
    assert "may change results by its nature" in pull_request_body(replace(facts(), unsafe=True))
    assert "may change results" not in pull_request_body(facts())


def test_what_is_not_proven_says_so_first() -> None:
    evidence = proposed("clear-session", saved=(0.0, 0.02, -0.02, 0.01, -0.01, 0.0))
    body = pull_request_body(facts(verdicts=evidence.verdicts, runs=evidence.runs, statistics=evidence.statistics))
    assert "so this is a draft: the verdict is **" in body.splitlines()[1]


def test_without_any_pair_there_is_still_a_body() -> None:
    verdict = replace(
        proposed("clear-session").verdicts["clear-session"],
        kind=VerdictKind.INVALID, saving=None, low=None, high=None, p=None, blocks=0, provenance=None,
    )  # fmt: skip
    body = pull_request_body(facts(verdicts={"clear-session": verdict}, runs=(), statistics={}, payback_runs={}))
    assert "No run of both programs can be compared." in body
    assert "nothing earns that back" in body
    assert "mermaid" not in body


PIECES = [*"`|<>*_@#\n\\~-!", "ab", "😀", "--> ", "</details>", "word " * 200]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=300).map("".join)


@settings(max_examples=15)
@given(HOSTILE, st.integers(1, 400), st.integers(1, 90))
def test_a_body_always_fits_and_keeps_its_marker(text: str, places: int, repeats: int) -> None:
    evidence = proposed("clear-session")
    runs = tuple(replace(run, detail=text) for run in evidence.runs) * repeats
    marker = replace(MARKER, files=(text,) * places, findings=("f" * 16,) * places)
    made = replace(
        facts(notes=(text,) * places, runs=runs, exclusions=(Exclusion(1, 0, "original", text),)),
        places=(text,) * places,
        marker=str(marker),
    )
    body = pull_request_body(made)
    assert len(body.replace("\n", "\r\n").encode("utf-16-le")) // 2 < GITHUBS_LIMIT
    kept = read_marker(body)
    assert kept is not None
    assert kept.commit == marker.commit


@pytest.mark.parametrize("text", ["a|b", "`", "``a`", "@octo", "<!-- greenfix -->", "</details>", "[a](b)", "#12"])
def test_text_of_others_is_neither_markup_nor_a_mention(text: str) -> None:
    assert "<" not in plain(text).replace("\\<", "")
    assert "@o" not in plain(text)
    assert "|" not in code(text)
    assert code(text).strip("`").strip() in text.replace("|", "\u2758")


def test_a_marker_comes_back_as_it_went_in_and_cannot_end_its_comment() -> None:
    marker = replace(MARKER, files=("a --> b.py", 'quote".py'))
    assert str(marker).count("-->") == 1
    assert read_marker(f"text\n{marker}\n") == marker
    closed = replace(marker, closed=True)
    assert read_marker(with_marker(f"text\n{marker}\n", closed)) == closed


@pytest.mark.parametrize("body", ["", "<!-- greenfix: {} -->", "<!-- greenfix: {no json} -->", "by hand"])
def test_without_a_whole_marker_a_pull_request_is_a_persons(body: str) -> None:
    assert read_marker(body) is None
