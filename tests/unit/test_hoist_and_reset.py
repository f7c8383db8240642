"""``hoist-and-reset``: what it writes, and a test for each condition that stops it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest
from greenfix_codemods.finding import Safety
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategies.hoist_and_reset import HoistAndReset

from tests import rewriting

FOLDS = """\
from keras import Sequential, layers, optimizers

for fold in range(5):
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    model.fit(x[fold], y[fold])
"""
BUILDER = """\
from keras import Sequential, layers, optimizers

width = 8

def build(rate):
    model = Sequential()
    model.add(layers.Dense(width, input_shape=(4,)))
    model.compile(optimizer=optimizers.Adam(rate), loss="mse")
    return model

for fold in range(5):
    model = build(0.1)
    model.fit(x[fold], y[fold])
"""


def sites(program: str, root: Path) -> list[Site]:
    (root / "requirements.txt").write_text("keras==3.10\n")
    return rewriting.sites(program, root)


def fixed(program: str, root: Path) -> str:
    (root / "requirements.txt").write_text("keras==3.10\n")
    return rewriting.fixed(HoistAndReset(), program, root).decode()


def obstacle(program: str, root: Path) -> str:
    (root / "requirements.txt").write_text("keras==3.10\n")
    return rewriting.obstacle(HoistAndReset(), program, root)


def test_it_is_unsafe_because_every_pass_starts_from_the_same_initial_weights(tmp_path: Path) -> None:
    (site,) = sites(FOLDS, tmp_path)
    assert HoistAndReset().safety_of(site) is Safety.UNSAFE
    assert "same initial weights" in HoistAndReset.summary


def test_building_and_compiling_move_up_and_the_state_is_restored_where_they_stood(tmp_path: Path) -> None:
    program = FOLDS.replace("    model = Seq", "    print(fold)\n    # the network\n    model = Seq")
    assert fixed(program, tmp_path) == dedent("""\
        from keras import Sequential, layers, optimizers

        # the network
        model = Sequential([layers.Input((4,)), layers.Dense(1)])
        model.compile(optimizer="adam", loss="mse")
        model.optimizer.build(model.trainable_variables)
        initial_weights = model.get_weights()
        initial_optimizer = [variable.numpy() for variable in model.optimizer.variables]
        for fold in range(5):
            print(fold)
            model.set_weights(initial_weights)
            model.optimizer.set_weights(initial_optimizer)
            model.fit(x[fold], y[fold])
        """)


def test_a_builder_that_compiles_moves_as_one_call(tmp_path: Path) -> None:
    after = fixed(BUILDER, tmp_path)
    assert "model = build(0.1)\nmodel.optimizer.build(model.trainable_variables)\n" in after
    assert "for fold in range(5):\n    model.set_weights(initial_weights)\n" in after


def test_the_layers_of_a_functional_model_and_its_optimizer_move_with_it(tmp_path: Path) -> None:
    program = dedent("""\
        import tensorflow as tf
        from tensorflow.keras import layers

        def run(width):
            for fold in range(5):
                inputs = layers.Input((4,))
                data = load(fold)
                hidden = layers.Dense(width)(inputs)
                hidden = layers.Dropout(0.5)(hidden)
                model = tf.keras.Model(inputs, layers.Dense(1)(hidden))
                rate = 0.1
                model.compile(tf.keras.optimizers.SGD(rate), "mse")
                model.fit(data)
        """)
    after = fixed(program, tmp_path)
    loop = after.index("for fold in")
    assert loop < after.index("data = load(fold)")
    assert all(after.index(part) < loop for part in ("inputs =", "Dropout(0.5)", "rate = 0.1", "compile("))


def test_metrics_are_reset_where_single_batches_are_trained(tmp_path: Path) -> None:
    after = fixed(FOLDS.replace("model.fit(", "model.train_on_batch("), tmp_path)
    assert "set_weights(initial_optimizer)\n    model.reset_metrics()\n" in after


def test_the_names_of_the_metrics_may_be_read(tmp_path: Path) -> None:
    assert "get_weights" in fixed(FOLDS + "    print(model.metrics_names[1])\n", tmp_path)


def test_names_that_the_file_uses_are_not_used_again(tmp_path: Path) -> None:
    assert "initial_weights_2 = model.get_weights()" in fixed(f"initial_weights = 1\n{FOLDS}", tmp_path)


def test_an_applications_model_has_weights_from_the_start(tmp_path: Path) -> None:
    assert "get_weights" in fixed(
        FOLDS.replace("Sequential([layers.Input((4,)), layers.Dense(1)])", "vgg()").replace(
            "from keras", "from keras.applications import VGG16 as vgg\nfrom keras"
        ),
        tmp_path,
    )


BUILD = "Sequential([layers.Input((4,)), layers.Dense(1)])"
COMPILE = '    model.compile(optimizer="adam", loss="mse")\n'
STOPS = {
    "no loop statement": (
        "does not happen in a loop statement",
        BUILDER[: BUILDER.index("for ")] + "all = [build(0.1).fit(x) for _ in range(5)]\n",
    ),
    "no plain name": ("no plain name", FOLDS.replace("model", "self.model")),
    "not compiled": (
        "not compiled exactly once",
        FOLDS.replace('    model.compile(optimizer="adam", loss="mse")\n', ""),
    ),
    "compiled under a condition": (
        "may not run in each pass",
        FOLDS.replace("    model.compile", "    if fold: model.compile"),
    ),
    "the loop's variable": ("depends on fold", FOLDS.replace("Dense(1)", "Dense(fold + 1)")),
    "the optimizer's rate changes": (
        "depends on rate",
        FOLDS.replace("    model =", "    rate /= 2\n    model =").replace('"adam"', "optimizers.Adam(rate)"),
    ),
    "data of the pass": (
        "depends on fold",
        FOLDS.replace("    model =", "    n = x[fold].shape\n    model =").replace("(4,)", "n"),
    ),
    "a list that the pass changes": (
        "depends on sizes",
        FOLDS.replace("Dense(1)", "Dense(sizes[-1])") + "    sizes.append(3)\n",
    ),
    "an object that a called function changes": (
        "depends on config",
        "def grow():\n    config['units'] += 1\n"
        + FOLDS.replace("Dense(1)", "Dense(config['units'])")
        + "    grow()\n",
    ),
    "a global that the builder reads and the pass binds": ("depends on width", BUILDER + "    width = 2 * fold\n"),
    "a global that a called function declares": (
        "depends on width",
        "def widen():\n    global width\n    width += 1\n" + BUILDER + "    widen()\n",
    ),
    "a value that nobody knows": ("units() may give another value", FOLDS.replace("Dense(1)", "Dense(units())")),
    "a random number": (
        "np.random.randint() may give another value",
        "import numpy as np\n" + FOLDS.replace("Dense(1)", "Dense(np.random.randint(1, 9))"),
    ),
    "a random number in the builder": (
        "randint() may give another value",
        "from random import randint\n" + BUILDER.replace("Dense(width", "Dense(randint(1, 9)"),
    ),
    "a method of what the builder is given": (
        "trial.pick() may give another value",
        BUILDER.replace("build(rate)", "build(trial)")
        .replace("Adam(rate)", "Adam(trial.pick())")
        .replace("build(0.1)", "build(t)"),
    ),
    "an object of an unknown class": (
        "Net() may give another value",
        "class Net:\n    pass\n" + FOLDS.replace("Dense(1)", "Dense(Net().units)"),
    ),
    "an assignment expression": ("does more than build", FOLDS.replace("Dense(1)", "Dense(n := 1)")),
    "the seed is set in each pass": (
        "sets the seed in each pass",
        "import tensorflow as tf\n" + FOLDS.replace("    model =", "    tf.random.set_seed(fold)\n    model ="),
    ),
    "the seed is set in the builder": (
        "set_seed() may give another value",
        "import tensorflow as tf\n" + BUILDER.replace("    model = Seq", "    tf.random.set_seed(1)\n    model = Seq"),
    ),
    "a shared layer": (
        "shared, made outside the pass",
        FOLDS.replace("\nfor", "\nshared = layers.Dense(4)\nfor").replace("layers.Dense(1)", "shared"),
    ),
    "a shared layer from a helper": (
        "shared, made outside the pass",
        "def make():\n    return layers.Dense(4)\n"
        + FOLDS.replace("\nfor", "\nshared = make()\nfor").replace("layers.Dense(1)", "shared"),
    ),
    "an optimizer made before the loop": (
        "adam, made outside the pass",
        FOLDS.replace("\nfor", "\nadam = optimizers.Adam()\nfor").replace('"adam"', "adam"),
    ),
    "the model is handed on": ("may be kept or changed there", FOLDS + "    report(model)\n"),
    "a callback holds the model": (
        "may be kept or changed there",
        FOLDS.replace("y[fold])", "y[fold], callbacks=[Log(model)])"),
    ),
    "the model's layers are changed": (
        "may be kept or changed there",
        FOLDS + "    model.layers[0].trainable = False\n",
    ),
    "training is stopped by hand": ("may be kept or changed there", FOLDS + "    model.stop_training = True\n"),
    "the model has another name": ("another name as well", FOLDS + "    best = model\n"),
    "the model is returned": (
        "leaves the function",
        "def run():\n" + indent(FOLDS, "    ") + "        if fold: return model\n",
    ),
    "the model is used after the loop": ("used outside the loop", FOLDS + "print(model.count_params())\n"),
    "the model is used by a function": ("is a global", "def show():\n    print(model)\n" + FOLDS),
    "the model is deleted": ("deleted already", FOLDS + "    del model\n"),
    "the name gets another model": ("depends on model", FOLDS + "    model = restored(fold)\n"),
    "the optimizer is used too": (
        "optimizer, a part of the model",
        FOLDS.replace("    model =", "    optimizer = optimizers.Adam()\n    model =").replace('"adam"', "optimizer")
        + "    print(optimizer.iterations)\n",
    ),
    "the model of a history": (
        "would be the same model",
        FOLDS.replace("    model.fit", "    h = model.fit") + "    kept.add(h.model)\n",
    ),
    "a second statement on the line": (
        "more than one statement",
        FOLDS.replace("    model.compile", "    print(); model.compile"),
    ),
    "no input shape": ("no weights to remember", FOLDS.replace("layers.Input((4,)), ", "")),
    "no input shape in the builder": ("no weights to remember", BUILDER.replace(", input_shape=(4,)", "")),
    "layers that nobody can see": ("no weights to remember", FOLDS.replace(BUILD, "Sequential(stack)")),
    "layers that are added under a condition": (
        "no weights to remember",
        BUILDER.replace("    model.add(", "    if rate:\n        model.add("),
    ),
    "a model of a class of its own": (
        "no weights to remember",
        "import keras\nclass Net(keras.Model):\n    pass\n" + FOLDS.replace(BUILD, "Net()"),
    ),
    "numbered metrics": ("names of layers or metrics", FOLDS + "    print(log[f'val_auc_{fold}'])\n"),
    "a dtype policy": (
        "dtype policy",
        "import keras\nkeras.mixed_precision.set_global_policy('mixed_float16')\n" + FOLDS,
    ),
    "a distribution": (
        "distribution strategy",
        "import tensorflow as tf\nstrategy = tf.distribute.MirroredStrategy()\n" + FOLDS,
    ),
    "graph mode": ("graph mode", "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n" + FOLDS),
    "Keras 2": ("needs the optimizers of Keras 3", FOLDS.replace("from keras", "from tf_keras")),
}


@pytest.mark.parametrize(("reason", "program"), STOPS.values(), ids=STOPS.keys())
def test_it_is_stopped_by(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(program, tmp_path)


def test_it_is_stopped_by_a_keras_that_nothing_names(tmp_path: Path) -> None:
    (site,) = [
        rule for each in all_rules() for rule in each.sites(Project(tmp_path).add(decode(FOLDS.encode(), "a.py")))
    ]
    assert "which Keras it is" in (HoistAndReset().obstacle(site) or "")


def test_a_builder_that_puts_layers_on_one_another_is_hoisted_like_any_other(tmp_path: Path) -> None:
    program = """\
from keras import Model, layers

def block(x):
    return layers.Activation("relu")(layers.Dense(8)(x))

def build():
    one = layers.Input((4,))
    model = Model(one, layers.Dense(1)(block(one)))
    model.compile(optimizer="adam", loss="mse")
    return model

for fold in range(5):
    model = build()
    model.fit(x[fold], y[fold])
"""
    after = fixed(program, tmp_path)
    assert after.index("model = build()") < after.index("for fold")
