"""A gate is shut only where its rule can find nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from greenfix_codemods.facts import Sign, facts_of
from greenfix_codemods.finding import Smell
from greenfix_codemods.gates import Gate, gates
from greenfix_codemods.rule import Example, Rule, Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.source import decode

SMELLY = [(rule, example) for rule in all_rules() for example in rule.examples if example.lines]


def gate(**files: str) -> Gate:
    """The gate of ``train.py`` beside the other files."""
    facts = {f"{name}.py": facts_of(decode(text.encode(), f"{name}.py")) for name, text in files.items()}
    return gates(facts)["train.py"]


@pytest.mark.parametrize(("rule", "example"), SMELLY, ids=lambda value: getattr(value, "code", "")[:20])
def test_what_a_rule_finds_passes_its_gate(rule: Rule, example: Example) -> None:
    found = gate(train=example.code)
    assert found.open
    assert rule.code not in found.shut


def test_a_loop_beside_keras_that_makes_no_model_opens_no_model_rule() -> None:
    found = gate(train="import keras\nfor i in range(9):\n    keras.utils.to_categorical(i)\n")
    assert {"IMR001", "IMR002", "IMR003", "IMR004"} <= found.shut


def test_a_name_like_that_of_a_model_counts_only_where_keras_is_reached() -> None:
    program = "from nets import Model\nfor i in range(9):\n    Model().fit(x)\n"
    assert "IMR001" in gate(train=program, nets="class Model: pass\n").shut
    assert "IMR001" not in gate(train=program, nets="from keras import Model\n").shut


@pytest.mark.parametrize("text", ["# keras.Sequential()", "'keras.Sequential()'", '"""\nkeras.Sequential()\n"""'])
def test_words_in_comments_and_strings_show_nothing(text: str) -> None:
    assert Sign.MODEL not in facts_of(decode(f"import keras\n{text}\n".encode(), "a.py")).signs


@pytest.mark.parametrize("text", ["print(f'{Sequential()}')", "getattr(keras, 'Sequential')()"])
def test_code_and_names_in_strings_show_what_they_hold(text: str) -> None:
    assert Sign.MODEL in facts_of(decode(f"import keras\n{text}\n".encode(), "a.py")).signs


def test_a_rule_without_a_gate_of_its_own_looks_at_every_file_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class New(Rule):
        """A rule in one new file."""

        code = "IMR999"
        title = "new"
        smell = Smell.IMR

        def sites(self, module: Module) -> Iterator[Site]:
            yield from ()

    monkeypatch.setattr("greenfix_codemods.gates.all_rules", lambda: (*all_rules(), New()))
    found = gate(train="import keras\n")
    assert found.open
    assert "IMR999" not in found.shut
    assert not gate(train="import os\n").open


@pytest.mark.parametrize("text", ["from keras import Model", "from keras.models import *\nmodel = Model()"])
def test_a_file_without_a_loop_or_a_function_opens_no_model_rule(text: str) -> None:
    assert {"IMR001", "IMR002", "IMR003", "IMR004"} <= gate(train=f"import keras\n{text}\n").shut
    assert "IMR001" not in gate(train=f"import keras\n{text}\nbuild = lambda: Model()\n").shut


INSIDE = "from tensorflow.python.ops import math_ops\nfor epoch in range(9):\n    kept.append(math_ops.add(1, 2))\n"


@pytest.mark.parametrize(
    ("line", "opens"),
    [
        ("", False),
        ("x.numpyish()", False),
        ("x.numpy()", True),
        ("net(x, training=True)", True),
        ("net.trainable_variables", True),
        ("import tensorflow as tf", True),
        ("from tensorflow import add", True),
        ("from tensorflow.python import keras", True),
        ("from tensorflow.python.keras import backend", True),
        ("from helpers import *", True),
        ("from tensorflow.python.ops.math_ops import *", False),
    ],
)
def test_the_inside_of_tensorflow_alone_makes_no_tensors_that_a_rule_knows(line: str, opens: bool) -> None:
    assert ("UTR001" not in gate(train=f"{INSIDE}{line}\n").shut) is opens


def test_a_file_that_makes_tensors_opens_the_rules_of_those_that_import_it() -> None:
    assert "UTR001" in gate(train=f"import helper\n{INSIDE}", helper="pass\n").shut
    assert "UTR001" not in gate(train=f"import helper\n{INSIDE}", helper="import tensorflow as tf\n").shut


@pytest.mark.parametrize(
    ("text", "opens"), [("trainable_weights=3", False), ("tf.gradients(x, net.trainable_weights)", True)]
)
def test_variables_are_a_sign_of_work_where_something_has_them(text: str, opens: bool) -> None:
    assert (Sign.WORK in facts_of(decode(f"run({text})\n".encode(), "a.py")).signs) is opens
