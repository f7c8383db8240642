"""``rebuild``: what it writes, and a test for each condition that stops it."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.finding import Safety
from greenfix_codemods.strategies.rebuild import Rebuild

from tests import rewriting
from tests.rewriting import sites

HEAD = "from sklearn.model_selection import KFold\nfrom keras import Sequential, backend as K, layers\n"
REFIT = (
    HEAD
    + """
# the network
model = Sequential()
model.add(layers.Dense(1))
model.compile(loss="mse")
scores = []
for train, test in KFold(5).split(x):
    model.fit(x[train])
    scores.append(model.evaluate(x[test]))
"""
)


def fixed(program: str, root: Path) -> str:
    (site,) = sites(program, root)
    assert site.finding.rule == "IMR003"
    return rewriting.fixed(Rebuild(), program, root).decode()


def obstacle(program: str, root: Path) -> str:
    return rewriting.obstacle(Rebuild(), program, root)


def test_building_and_compiling_move_into_the_fold_loop(tmp_path: Path) -> None:
    assert fixed(REFIT, tmp_path) == HEAD + (
        "scores = []\nfor train, test in KFold(5).split(x):\n    K.clear_session()\n    # the network\n"
        '    model = Sequential()\n    model.add(layers.Dense(1))\n    model.compile(loss="mse")\n'
        "    model.fit(x[train])\n    scores.append(model.evaluate(x[test]))\n"
    )


def test_it_is_unsafe_because_the_scores_change(tmp_path: Path) -> None:
    (site,) = sites(REFIT, tmp_path)
    assert Rebuild().safety_of(site) is Safety.UNSAFE
    assert "scores change" in Rebuild.summary


def test_the_layers_and_the_optimizer_of_the_model_are_made_afresh_with_it(tmp_path: Path) -> None:
    program = REFIT.replace(
        "model = Seq", "import keras\nadam = keras.optimizers.Adam()\nwidth = 3\nmodel = Seq"
    ).replace('loss="mse"', 'adam, "mse"')
    after = fixed(program, tmp_path)
    assert after.index("width = 3") < after.index("for train") < after.index("adam = keras.optimizers.Adam()")


def test_a_builder_that_compiles_is_called_in_each_fold(tmp_path: Path) -> None:
    program = HEAD + (
        "def build():\n    model = Sequential()\n    model.compile(loss='mse')\n    return model\n\nmodel = build()\n"
        "for train, test in KFold(5).split(x):\n    model.fit(x[train])\n"
    )
    assert "split(x):\n    K.clear_session()\n    model = build()\n    model.fit" in fixed(program, tmp_path)


STOPS = {
    "an attribute": (
        "is an attribute",
        REFIT.replace("model.", "self.model.")
        .replace("model =", "self.model =")
        .replace("sklearn.self.model", "sklearn.model")
        .replace("for train", "for train"),
    ),
    "a model from elsewhere": (
        "not built and compiled once",
        HEAD + "def run(model):\n    for train, test in KFold(5).split(x):\n        model.fit(x[train], epochs=3)\n",
    ),
    "a model that is not compiled": ("not built and compiled once", REFIT.replace('model.compile(loss="mse")\n', "")),
    "two models": ("not built and compiled once", REFIT.replace("model.add", "model = Sequential()\nmodel.add")),
    "a use after the loop": ("used outside the loop too", REFIT + "model.save('m.keras')\n"),
    "a use in between": ("used outside the loop too", REFIT.replace("scores = []", "model.summary()\nscores = []")),
    "a use by a function": ("used outside the loop too", "def show():\n    print(model)\n" + REFIT),
    "shared layers": (
        "shared, made elsewhere",
        REFIT.replace("\n# the", "\nif x:\n    shared = layers.Dense(3)\n# the").replace("layers.Dense(1)", "shared"),
    ),
    "building that reads what the loop binds": (
        "changes n",
        REFIT.replace("\n# the", "\nn = 1\n# the").replace("Dense(1)", "Dense(n)") + "    n = len(test)\n",
    ),
    "a second statement on the line": ("more than one statement", REFIT.replace('"mse")\n', '"mse"); print()\n')),
    "a loop on one line": (
        "stands on one line",
        REFIT.partition("    model.fit")[0].rstrip() + " model.fit(x[train])\n",
    ),
    "a dtype policy": (
        "dtype policy",
        "import keras\nkeras.mixed_precision.set_global_policy('mixed_float16')\n" + REFIT,
    ),
}


@pytest.mark.parametrize(("reason", "program"), STOPS.values(), ids=STOPS.keys())
def test_it_is_stopped_by(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(program, tmp_path)
