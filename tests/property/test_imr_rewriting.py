"""On generated programs: what a strategy writes parses, touches no other line, and has nothing left to do."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path
from types import SimpleNamespace

from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from hypothesis import given
from hypothesis import strategies as st

NOWHERE = Path("/nonexistent")

IMPORTS = st.sampled_from(
    [
        ["from keras.models import Sequential"],
        ["import keras.backend as K", "from keras.models import Sequential"],
        ["import tensorflow as tf", "Sequential = tf.keras.Sequential"],
        ["from tensorflow.keras.models import *"],
        ["import numpy as np", "from tensorflow.keras import Sequential, backend as keras", "import os; import sys"],
    ]
)
PREAMBLES = st.sampled_from(
    [[], ['"""A program."""'], ["#!/usr/bin/env python", "# café"], ["from __future__ import annotations"]]
)
LOOPS = st.sampled_from(["for fold in range(5):", "while more():  # go on", "for a, (b, c) in enumerate(pairs):"])
FIRST = st.sampled_from([[], ["# a comment"], ["print('fold')"], ["'a string'", ""]])
BUILDS = st.sampled_from(
    [
        ["model = Sequential()", "model.compile(optimizer='sgd', loss='mse')", "model.fit(x, y)"],
        ["network = build()", "network.fit(x,", "            y)"],
        ["train()"],
        ["kept.compile(optimizer='sgd', loss='mse')", "kept.fit(x, y)"],
    ]
)
LAST = st.sampled_from(
    [[], ["print(1)  ;  print(2)"], ["if done:", "{tab}break"], ["try:", "{tab}save()", "finally:", "{tab}log()"]]
)
WRAPPERS = st.sampled_from(
    [[], ["def main():"], ["class Runner:", "{tab}def run(self):"], ["if __name__ == '__main__':"]]
)
HELPERS = [
    "def build():",
    "{tab}return Sequential()",
    "def train():",
    "{tab}model = build()",
    "{tab}model.fit(x, y)",
    "kept = Sequential()",
]


@st.composite
def programs(draw: st.DrawFn) -> bytes:
    tab = draw(st.sampled_from(["    ", "\t", "  "]))
    lines = [*draw(PREAMBLES), *draw(IMPORTS), "", *HELPERS, ""]
    for _ in range(draw(st.integers(1, 3))):
        wrapper = draw(WRAPPERS)
        inner = [*draw(FIRST), *draw(BUILDS), *draw(LAST)]
        lines += wrapper
        lines += [tab * len(wrapper) + line for line in [draw(LOOPS), *(tab + line for line in inner)]]
    text = "\n".join(lines).replace("{tab}", tab) + draw(st.sampled_from(["", "\n", "\n\n"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return mark + text.replace("\n", end).encode()


def sites(data: bytes) -> list[Site]:
    module = Project(NOWHERE).add(decode(data, "program.py"))
    return [site for rule in all_rules() if rule.code.startswith("IMR") for site in rule.sites(module)]


@given(programs())
def test_rewriting_keeps_every_other_line_and_leaves_nothing_to_do(data: bytes) -> None:
    found = sites(data)
    assert found
    for site in found:
        rule = next(rule for rule in all_rules() if rule.code == site.finding.rule)
        for strategy in (kind() for kind in rule.strategies):
            if strategy.obstacle(site) is None:
                after = apply(strategy, site).after
                ast.parse(after)
                assert _moved(data) <= _moved(after)
                assert after.count(b"import") - data.count(b"import") <= 2
                again = [other for other in sites(after) if other.finding.fingerprint == site.finding.fingerprint]
                assert len(again) == sum(o.finding.fingerprint == site.finding.fingerprint for o in found) - 1


def _moved(data: bytes) -> set[bytes]:
    """Every line but its indentation: hoisting moves a statement out, all else keeps even that."""
    return {
        line.strip(b" \t")
        for line in data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
        if line.endswith(b"\n")
    }


@given(programs())
def test_mending_everything_ends_and_then_changes_nothing(data: bytes) -> None:
    for _ in range(10):
        for site in sites(data):
            rule = next(rule for rule in all_rules() if rule.code == site.finding.rule)
            strategy = next((kind() for kind in rule.strategies if kind().obstacle(site) is None), None)
            if strategy is not None:
                data = apply(strategy, site).after
                break
        else:
            break
    else:
        raise AssertionError("fixing never ends")
    assert sum(line.split(b"#")[0].strip().endswith(b"import backend as K") for line in data.splitlines()) <= 1


class _FakeKeras:
    """Stands for every module of Keras: models that write down what is done to them, and nothing else."""

    def __init__(self, trace: list[str]) -> None:
        self.trace = trace

    def load(self, name: str, *_: object) -> SimpleNamespace:
        backend = SimpleNamespace(clear_session=lambda free_memory=True: None)
        module = SimpleNamespace(Sequential=self.model, backend=backend, freeze=lambda: None, models=None)
        module.models = module
        return module

    def model(self) -> SimpleNamespace:
        number = sum(line.startswith("build") for line in self.trace)
        self.trace.append("build")
        return SimpleNamespace(
            number=number,
            compile=lambda **words: self.trace.append(f"compile {words}"),
            fit=lambda *data: self.trace.append(f"fit {number}"),
        )


USES = st.lists(
    st.sampled_from(
        [
            "model.fit(1)",
            "say(model.number)",
            "best = model",
            "last = [model]",
            "later = lambda: model",
            "if model.number: continue",
            "if model.number > 1: break",
            "del model",
            "model = Sequential()",
            "try: model.fit(2)\n    finally: say(0)",
        ]
    ),
    max_size=4,
)
AFTER = st.sampled_from(
    ["", "say(model.number)", "say(best.number)", "say(later().number)", "else:\n    say(model.number)"]
)
BEFORE = st.sampled_from(["", "model = Sequential()", "later = lambda: model", "best = Sequential()"])
HEADS = st.sampled_from(["for fold in range(3):", "while len(said) < 3:\n    said.append(0)"])
FUNCTIONS = st.booleans()


@given(BEFORE, HEADS, USES, AFTER, FUNCTIONS)
def test_a_mended_program_does_what_it_did(before: str, head: str, uses: list[str], after: str, function: bool) -> None:
    lines = [before, head, "    model = Sequential()", "    model.fit(0)", *(f"    {use}" for use in uses), after]
    body = "\n".join(lines).split("\n")
    program = "\n".join(["def main():", *(f"    {line}" for line in body), "main()"]) if function else "\n".join(body)
    data = f"from keras import Sequential\n{program}\n".encode()
    expected = _run(data)
    for site in sites(data):
        rule = next(rule for rule in all_rules() if rule.code == site.finding.rule)
        for strategy in (kind() for kind in rule.strategies):
            if strategy.obstacle(site) is None:
                assert _run(apply(strategy, site).after) == expected


def _run(data: bytes) -> tuple[list[str], str]:
    """What the program does, and how it ends."""
    trace: list[str] = []
    names = {
        "__builtins__": vars(builtins) | {"__import__": _FakeKeras(trace).load},
        "say": lambda number: trace.append(f"say {number}"),
        "said": [],
    }
    try:
        exec(compile(data, "program.py", "exec"), names)  # noqa: S102  # a program of this file
    except (NameError, AttributeError) as error:
        return trace, type(error).__name__
    return trace, ""
