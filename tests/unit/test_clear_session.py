"""``clear-session``: how it is spelled, where it goes, and a test for each condition that stops it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.finding import Safety
from greenfix_codemods.strategies.clear_session import ClearSession

from tests.rewriting import KFOLD, fixed, obstacle, sites

SPELLINGS = [
    ("from keras.models import Sequential", "from keras import backend as K", "K.clear_session()"),
    (
        "from tensorflow.keras.models import Sequential",
        "from tensorflow.keras import backend as K",
        "K.clear_session()",
    ),
    ("from tf_keras.models import Sequential", "from tf_keras import backend as K", "K.clear_session()"),
    (
        "from tensorflow.python.keras.models import Sequential",
        "from tensorflow.python.keras import backend as K",
        "K.clear_session()",
    ),
    ("from keras.models import Sequential\nfrom keras import backend as keras", "", "keras.clear_session()"),
    ("from keras.models import Sequential\nfrom keras.backend import clear_session", "", "clear_session()"),
    ("import tensorflow as ts\nSequential = ts.keras.Sequential", "", "ts.keras.backend.clear_session()"),
    ("import keras as ks\nSequential = ks.models.Sequential", "", "ks.backend.clear_session()"),
    ("import tensorflow.keras as k\nfrom tensorflow.keras.models import Sequential", "", "k.backend.clear_session()"),
    (
        "import tensorflow.compat.v1 as tf\nSequential = tf.keras.models.Sequential",
        "",
        "tf.keras.backend.clear_session()",
    ),
    (
        "import tensorflow as tf\nfrom keras.models import Sequential",
        "from keras import backend as K",
        "K.clear_session()",
    ),
    ("from keras.models import *", "from keras import backend as K", "K.clear_session()"),
    ("import keras\nfrom keras.models import Sequential\nK = keras.backend", "", "K.clear_session()"),
]


@pytest.mark.parametrize(("imports", "added", "call"), SPELLINGS)
def test_clear_session_is_spelled_as_the_file_spells_keras(imports: str, added: str, call: str, tmp_path: Path) -> None:
    program = f"{imports}\n\nfor fold in range(5):\n    model = Sequential()\n    model.fit(x, y)\n"
    after = fixed(ClearSession(), program, tmp_path).decode()
    assert [line for line in after.splitlines() if line not in program.splitlines()] == [
        *([added] if added else []),
        f"    {call}",
    ]
    assert after.splitlines().index(f"    {call}") == after.splitlines().index("for fold in range(5):") + 1


def test_an_alias_that_a_function_hides_is_not_used(tmp_path: Path) -> None:
    program = dedent("""
        from keras.models import Sequential
        import keras.backend as K

        def run(K):
            for fold in range(K):
                model = Sequential()
                model.fit(x, y)
        """)
    after = fixed(ClearSession(), program, tmp_path).decode()
    assert "from keras import backend as keras_backend" in after
    assert "keras_backend.clear_session()" in after


def test_the_import_goes_after_docstring_and_future_imports(tmp_path: Path) -> None:
    (tmp_path / "zoo.py").write_text("from keras.models import Sequential\ndef build():\n    return Sequential()\n")
    program = dedent('''\
        #!/usr/bin/env python
        """Trains."""
        from __future__ import annotations
        from zoo import build

        for fold in range(5):
            model = build()
            model.fit(x, y)
        ''')
    after = fixed(ClearSession(), program, tmp_path).decode()
    assert after.splitlines()[3:5] == ["from zoo import build", "from keras import backend as K"]


def test_the_objective_clears_after_its_docstring(tmp_path: Path) -> None:
    program = dedent('''\
        import keras

        @decorated
        def objective(trial):
            """Score."""
            # build
            model = keras.Sequential()
            model.fit(x, y, epochs=trial.suggest_int("epochs", 1, 9))

        study.optimize(objective)
        ''')
    after = fixed(ClearSession(), program, tmp_path).decode()
    assert '    """Score."""\n    keras.backend.clear_session()\n    # build\n' in after


def test_a_comment_first_in_the_body_stays_where_it_is(tmp_path: Path) -> None:
    program = KFOLD.replace("range(5):\n", "range(5):  # folds\n    # a new one\n")
    after = fixed(ClearSession(), program, tmp_path).decode()
    assert "range(5):  # folds\n    K.clear_session()\n    # a new one\n    model" in after


def test_a_body_on_one_line_stays_on_one_line(tmp_path: Path) -> None:
    program = "from keras.models import Sequential\nfor i in range(5): Sequential().fit(x, y); print(i)\n"
    after = fixed(ClearSession(), program, tmp_path).decode()
    assert "for i in range(5): K.clear_session(); Sequential().fit(x, y); print(i)\n" in after


def test_while_loops_with_else_and_nested_functions_are_mended_too(tmp_path: Path) -> None:
    program = dedent("""
        from keras.models import Sequential

        def outer():
            def train():
                while folds:
                    Sequential().fit(x, y)
                else:
                    print("done")
            return train
        """)
    assert b"        while folds:\n            K.clear_session()\n" in fixed(ClearSession(), program, tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        KFOLD.replace("\n", "\r\n").encode(),
        KFOLD.replace("    ", "\t").encode(),
        b"\xef\xbb\xbf" + KFOLD.encode(),
        ("# -*- coding: latin-1 -*-\n# caf\xe9\n" + KFOLD).encode("latin-1"),
        KFOLD.rstrip("\n").encode(),
        KFOLD.replace("Sequential()", "Sequential()  # type: ignore").encode(),
    ],
    ids=["crlf", "tabs", "bom", "latin-1", "no final newline", "type comment"],
)
def test_every_other_byte_stays_as_it_was(data: bytes, tmp_path: Path) -> None:
    after = fixed(ClearSession(), data, tmp_path)
    new = [line for line in after.splitlines(keepends=True) if b"clear_session" in line or b"import backend" in line]
    assert len(new) == 2
    for line in new:
        after = after.replace(line, b"", 1)
    assert after == data


CLEARING_STOPS = [
    ("a comprehension has no place", "best = [Sequential().fit(x, y) for fold in range(5)]"),
    (
        "dtype policy",
        "import keras\nkeras.mixed_precision.set_global_policy('mixed_float16')\nfor i in x: Sequential().fit(i)",
    ),
    (
        "distribution strategy",
        "import tensorflow as tf\nstrategy = tf.distribute.MirroredStrategy()\nfor i in range(3): Sequential().fit(x)",
    ),
    (
        "custom objects",
        "import keras\nwith keras.utils.custom_object_scope({}):\n    for i in range(3): Sequential().fit(x)",
    ),
    (
        "names of layers or metrics",
        "for i in range(3):\n    model = Sequential()\n    model.load_weights('w.h5', by_name=True)\n    model.fit(x)",
    ),
    (
        "names of layers or metrics",
        "for i in range(3):\n    history = Sequential().fit(x)\n    print(history.history['val_auc_2'])",
    ),
    (
        "names of layers or metrics",
        "for i in range(3):\n    history = Sequential().fit(x)\n    print(history.history['val_auc_%d' % i])",
    ),
    (
        "names of layers or metrics",
        "for i in range(3):\n    history = Sequential().fit(x)\n    print(history.history[f'auc_{i}'])",
    ),
    (
        "names of layers or metrics",
        "for i in range(3):\n    history = Sequential().fit(x)\n    print(history.history['recall_' + str(i)])",
    ),
    (
        "names of layers or metrics",
        "for i in range(3):\n    model = Sequential()\n    model.fit(x)\n    model.get_layer('dense_%d' % i)",
    ),
    (
        "the pass puts layers on x, made by earlier passes",
        "import keras\ndef part(shape):\n    one = keras.Input(shape)\n    return keras.Model(one, one)\n"
        "x = keras.Input((8,))\nfor i in range(3):\n    x = keras.layers.Dense(8)(x)\n    x = part(x.shape)(x)",
    ),
    (
        "some of the models are kept",
        "kept = {}\nfor name in names:\n    model = Sequential()\n    model.compile(loss='mse')\n    model.fit(x)\n"
        "    if name in wanted:\n        kept[name] = model",
    ),
    (
        "the pass builds on base, made outside of it",
        "import keras\nbase = keras.applications.VGG16()\nfor i in range(3):\n"
        "    model = keras.Model(base.input, keras.layers.Dense(1)(base.get_layer('pool').output))\n    model.fit(x)",
    ),
    (
        "the pass builds on teacher, made outside of it",
        "import keras\ndef head(teacher):\n    return keras.Model(teacher.input, keras.layers.Dense(1)(teacher.output))"
        "\n"
        "def main(teacher):\n    for i in range(3):\n        model = head(teacher)\n        model.fit(x)",
    ),
    (
        "the pass builds on self.base, made outside of it",
        "import keras\nclass Search:\n    def run(self):\n        for i in range(3):\n"
        "            model = keras.Model(self.base.input, keras.layers.Dense(1)(self.base.output))\n"
        "            model.fit(x)",
    ),
    (
        "the pass builds on h, made outside of it",
        "import keras\nstart = keras.Input((4,))\nh = keras.layers.Dense(8)(start)\nfor i in range(3):\n"
        "    model = keras.Model(start, keras.layers.Dense(1)(keras.layers.Flatten()(h)))\n    model.fit(x)",
    ),
    (
        "the pass builds on x, made outside of it",
        "import keras\ndef head(x):\n    x = keras.layers.Dense(8)(x)\n    return keras.layers.Dense(1)(x)\n"
        "def main(start, h):\n    for i in range(3):\n        model = keras.Model(start, head(h))\n"
        "        model.fit(x)",
    ),
    (
        "the pass builds on x, made outside of it",
        "import keras\nfrom encoder import features\nclass Search:\n    def __init__(self):\n"
        "        self.start, self.h = features()\n"
        "    def head(self, x):\n        return keras.layers.add([x, x])\n"
        "    def run(self):\n        for i in range(3):\n"
        "            model = keras.Model(self.start, keras.layers.Dense(1)(self.head(self.h)))\n"
        "            model.fit(x)",
    ),
    (
        "the pass builds on self.layers, made outside of it",
        "import keras\nfrom encoder import shared\nclass Search:\n    def __init__(self):\n"
        "        self.layers = shared()\n    def net(self):\n        start = keras.Input((4,))\n"
        "        h = self.layers[0](start)\n        return keras.Model(start, keras.layers.Dense(1)(h))\n"
        "    def run(self):\n        for i in range(3):\n            self.net().fit(x)",
    ),
    (
        "manages TensorFlow sessions itself",
        "import tensorflow as tf\nsession = tf.compat.v1.Session()\nfor i in range(3): Sequential().fit(x)",
    ),
    (
        "built outside the loop, would not survive",
        "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\nteacher = Sequential()\n"
        "for i in range(3):\n    Sequential().fit(teacher.predict(x))",
    ),
    (
        "lives in the graph that clear_session drops",
        "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\nadam = tf.keras.optimizers.Adam()\n"
        "for i in range(3):\n    model = Sequential()\n    model.compile(adam)\n    model.fit(x)",
    ),
    (
        "adam, made outside the loop, lives in the graph",
        "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\nadam = tf.keras.optimizers.Adam()\n"
        "def train():\n    model = Sequential()\n    model.compile(adam)\n    model.fit(x)\n"
        "for i in range(3): train()",
    ),
    (
        "adam, made outside the loop, lives in the graph",
        "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\ndef prepare():\n    global adam\n"
        "    adam = tf.keras.optimizers.Adam()\nfor i in range(3):\n    model = Sequential()\n    model.compile(adam)\n"
        "    model.fit(x)",
    ),
    (
        "the model kept in best",
        "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n"
        "for i in range(3):\n    model = Sequential()\n    model.fit(x)\n    best = model",
    ),
]


@pytest.mark.parametrize(("reason", "program"), CLEARING_STOPS)
def test_clear_session_is_withheld(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(ClearSession(), f"from keras.models import Sequential\n{program}\n", tmp_path)


def test_clear_session_is_withheld_where_another_file_made_what_the_pass_builds_on(tmp_path: Path) -> None:
    (tmp_path / "encoder.py").write_text("import keras\nstart = keras.Input((4,))\nh = keras.layers.Dense(8)(start)\n")
    program = (
        "import keras\nfrom encoder import h, start\nfor i in range(3):\n"
        "    model = keras.Model(start, keras.layers.Dense(1)(h))\n    model.fit(x)\n"
    )
    assert "the pass builds on h, made outside of it" in obstacle(ClearSession(), program, tmp_path)


def test_an_input_of_the_same_pass_withholds_nothing(tmp_path: Path) -> None:
    program = (
        "import keras\nfrom keras.layers import Dense, Input, concatenate\n"
        "def net(width):\n    start = Input((width,))\n"
        "    x = Dense(8)(start)\n    for i in range(2):\n        x = block(concatenate([x, start]))\n"
        "    return keras.Model(start, Dense(1)(x))\ndef block(x):\n    x = Dense(4)(x)\n    return Dense(2)(x)\n"
        "for width in (1, 2, 4):\n    model = net(width)\n    model.fit(data)\n"
    )
    assert obstacle(ClearSession(), program, tmp_path) == ""


def test_going_on_with_a_model_of_the_same_pass_withholds_nothing(tmp_path: Path) -> None:
    program = (
        "import keras\ndef head(base, n):\n    return keras.Model(base.input, keras.layers.Dense(n)(base.output))"
        "\nfor i in range(3):\n    vgg = keras.applications.VGG16()\n    model = head(vgg, n=1)\n    model.fit(x)\n"
    )
    assert obstacle(ClearSession(), program, tmp_path) == ""


@pytest.mark.parametrize("name", ["accuracy_%d.png", "roc_auc_curve", "model_{}", "acc_"])
def test_a_text_that_is_no_numbered_history_key_withholds_nothing(name: str, tmp_path: Path) -> None:
    assert obstacle(ClearSession(), f"{KFOLD}    print({name!r}, fold)\n", tmp_path) == ""


def test_a_local_of_another_method_is_another_variable_though_it_has_the_same_name(tmp_path: Path) -> None:
    program = dedent("""
        import tensorflow as tf
        tf.compat.v1.disable_eager_execution()

        class Search:
            def network(self):
                net = tf.keras.Sequential()
                return net

            def run(self):
                for layers in (1, 2):
                    net = self.network()
                    net.fit(x, y)
        """)
    assert b"        for layers in (1, 2):\n            tf.keras.backend.clear_session()\n" in fixed(
        ClearSession(), program, tmp_path
    )


def test_clear_session_is_unsafe_after_the_keras_seed_is_set(tmp_path: Path) -> None:
    (site,) = sites(f"import keras\nkeras.utils.set_random_seed(1)\n{KFOLD}".encode(), tmp_path)
    assert ClearSession().safety_of(site) is Safety.UNSAFE
    (site,) = sites(KFOLD.encode(), tmp_path)
    assert ClearSession().safety_of(site) is Safety.SAFE
