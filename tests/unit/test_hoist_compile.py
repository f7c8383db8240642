"""``hoist-compile``: what it moves, and a test for each condition that stops it."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.finding import Safety
from greenfix_codemods.strategies.hoist_and_reset import HoistAndReset
from greenfix_codemods.strategies.hoist_compile import HoistCompile
from greenfix_codemods.strategies.release_model import ReleaseModel

from tests.rewriting import fixed, obstacle, sites

COMPILE = """
from keras.models import Sequential
import keras

model = Sequential()

# epochs
for epoch in range(5):
    # the loss
    model.compile(optimizer="sgd",
                  loss="mse")
    model.fit(x, y)
"""


def test_compile_moves_before_the_loop_with_its_comments(tmp_path: Path) -> None:
    after = fixed(HoistCompile(), COMPILE, tmp_path).decode()
    assert after.endswith(
        "model = Sequential()\n\n# the loss\n"
        'model.compile(optimizer="sgd",\n              loss="mse")\n# epochs\n'
        "for epoch in range(5):\n    model.fit(x, y)\n"
    )


COMPILE_STOPS = [
    ("arguments change in the loop (epoch)", COMPILE.replace('"mse"', "losses[epoch]")),
    ("pick() may give another value", COMPILE.replace('"mse"', "pick()")),
    ("does not stand by itself", COMPILE.replace("    model.compile(", "    if x: model.compile(")),
    ("shares its line", COMPILE.replace("    model.compile(", "    print(); model.compile(")),
    ("what trains", COMPILE + "    model.layers[0].trainable = True\n"),
    ("nothing but compile", COMPILE.replace("    model.fit(x, y)\n", "")),
    ("clears the session", COMPILE + "    keras.backend.clear_session()\n"),
    (
        "in a function that the loop calls",
        "from keras.models import Sequential\nmodel = Sequential()\ndef prepare(m):\n    m.compile(loss='mse')\n"
        "for i in range(3):\n    prepare(model)\n    model.fit(x)\n",
    ),
]


@pytest.mark.parametrize(("reason", "program"), COMPILE_STOPS)
def test_hoisting_compile_is_withheld(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(HoistCompile(), program, tmp_path)


@pytest.mark.parametrize(
    ("optimizer", "safety"),
    [
        ('"sgd"', Safety.SAFE),
        ("keras.optimizers.SGD(0.1)", Safety.SAFE),
        ("keras.optimizers.SGD(0.1, momentum=0.9)", Safety.UNSAFE),
        ('"adam"', Safety.UNSAFE),
        ("keras.optimizers.Adam()", Safety.UNSAFE),
        ("made_before", Safety.SAFE),
        ("unknown", Safety.UNSAFE),
    ],
)
def test_hoisting_is_safe_only_where_compile_resets_nothing(optimizer: str, safety: Safety, tmp_path: Path) -> None:
    program = COMPILE.replace('"sgd"', optimizer).replace(
        "model = Sequential()", "model = Sequential()\nmade_before = keras.optimizers.Adam()"
    )
    (site,) = sites(program.encode(), tmp_path)
    assert HoistCompile().safety_of(site) is safety


def test_a_lambda_that_is_called_again_and_again_has_no_room_for_statements(tmp_path: Path) -> None:
    (tmp_path / "evolution.py").write_text(
        "class Generation:\n    def train(self, one):\n        for net in self.nets:\n            one(net)\n"
    )
    program = """
        from evolution import Generation
        from keras.models import Sequential

        def score(net):
            model = Sequential()
            model.compile(loss="mse")
            return model.fit(x, y)

        def run():
            one = lambda net: score(net)
            Generation().train(one)
    """
    (site,) = sites(dedent(program).encode(), tmp_path)
    assert isinstance(site.place, ast.Lambda)
    assert HoistAndReset().obstacle(site) == "it does not happen in a loop statement"
    assert ReleaseModel().obstacle(site) is not None
