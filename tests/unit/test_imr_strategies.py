"""The strategies of the IMR rules: what they write, and each condition that stops them."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.finding import Safety
from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategies.clear_session import ClearSession
from greenfix_codemods.strategies.clear_session_no_gc import ClearSessionNoGc
from greenfix_codemods.strategies.freeze_and_clear import FreezeAndClear
from greenfix_codemods.strategies.hoist_and_reset import HoistAndReset
from greenfix_codemods.strategies.hoist_compile import HoistCompile
from greenfix_codemods.strategies.release_model import ReleaseModel
from greenfix_codemods.strategy import Strategy

KFOLD = """
from keras.models import Sequential

for fold in range(5):
    model = Sequential()
    model.fit(x, y)
"""


def sites(data: bytes, root: Path) -> list[Site]:
    module = Project(root).add(decode(data, "program.py"))
    return [site for rule in all_rules() if rule.code.startswith("IMR") for site in rule.sites(module)]


def fixed(strategy: Strategy, data: bytes | str, root: Path) -> bytes:
    """The program after the strategy; it must be gone, and the strategy must have nothing more to do."""
    data = data.encode() if isinstance(data, str) else data
    (site,) = sites(data, root)
    assert strategy.obstacle(site) is None
    after = apply(strategy, site).after
    assert sites(after, root) == []
    return after


def obstacle(strategy: Strategy, program: str, root: Path) -> str:
    (site,) = sites(dedent(program).encode(), root)
    return strategy.obstacle(site) or ""


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


SCORE = """
from keras.models import Sequential

def score(units):
    \"\"\"Train.\"\"\"
    model = Sequential()
    return model.fit(x, y, epochs=units)

best = max(score(units) for units in (8, 16))
"""


def test_a_comprehension_is_mended_in_the_function_that_it_alone_calls(tmp_path: Path) -> None:
    after = fixed(ClearSession(), SCORE, tmp_path).decode()
    assert '    """Train."""\n    K.clear_session()\n    model' in after
    assert b"free_memory=False" in fixed(ClearSessionNoGc(), SCORE, tmp_path)


COMPREHENSION_STOPS = [
    ("score is used elsewhere as well", f"{SCORE}score(32)\n"),
    ("score is used elsewhere as well", f"{SCORE}table = {{'score': score}}\n"),
    (
        "score is given a live model",
        SCORE.replace("(units)", "(teacher, units)").replace("(x, y,", "(teacher.predict(x),"),
    ),
    (
        "score is given a live model",
        SCORE.replace("(x, y,", "(teacher.predict(x),").replace("def score", "teacher = Sequential()\ndef score"),
    ),
    ("score is no plain function", SCORE.replace("def score", "@logged\ndef score")),
]


@pytest.mark.parametrize(("reason", "program"), COMPREHENSION_STOPS)
def test_a_comprehension_is_left_alone(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(ClearSession(), program, tmp_path)


def test_a_comprehension_is_left_alone_when_another_file_calls_its_function(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from program import score\nscore(3)\n")
    assert "score is used elsewhere as well" in obstacle(ClearSession(), SCORE, tmp_path)


def test_nothing_is_frozen_before_a_comprehension(tmp_path: Path) -> None:
    assert "no place before its passes" in obstacle(FreezeAndClear(), SCORE, tmp_path)


def test_clear_session_is_unsafe_after_the_keras_seed_is_set(tmp_path: Path) -> None:
    (site,) = sites(f"import keras\nkeras.utils.set_random_seed(1)\n{KFOLD}".encode(), tmp_path)
    assert ClearSession().safety_of(site) is Safety.UNSAFE
    (site,) = sites(KFOLD.encode(), tmp_path)
    assert ClearSession().safety_of(site) is Safety.SAFE


def test_no_gc_says_so_in_the_call(tmp_path: Path) -> None:
    assert b"    K.clear_session(free_memory=False)\n" in fixed(ClearSessionNoGc(), KFOLD, tmp_path)


@pytest.mark.parametrize("pin", ["tensorflow==2.15.0", "keras<3.0", "tensorflow-gpu~=2.4", "keras==2.3.1"])
def test_no_gc_is_withheld_from_a_project_on_keras_2(pin: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"numpy\n{pin}\n")
    assert "free_memory" in obstacle(ClearSessionNoGc(), KFOLD, tmp_path)


def test_no_gc_is_offered_to_a_project_on_keras_3(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow==2.18.0\n# keras==2.3\nkeras>=3.5\n")
    assert obstacle(ClearSessionNoGc(), KFOLD, tmp_path) == ""


def test_no_gc_is_withheld_in_graph_mode_and_from_old_homes(tmp_path: Path) -> None:
    graph = f"import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n{KFOLD}"
    assert "graph mode" in obstacle(ClearSessionNoGc(), graph, tmp_path)
    assert "tf_keras" in obstacle(ClearSessionNoGc(), KFOLD.replace("keras.models", "tf_keras.models"), tmp_path)


def test_freeze_stands_before_the_loop_and_clear_in_it(tmp_path: Path) -> None:
    after = fixed(FreezeAndClear(), KFOLD, tmp_path).decode()
    assert after == dedent("""
        import gc
        from keras.models import Sequential
        from keras import backend as K

        gc.freeze()
        for fold in range(5):
            K.clear_session()
            model = Sequential()
            model.fit(x, y)
        """)


def test_freeze_is_withheld_from_an_objective(tmp_path: Path) -> None:
    program = "import keras\ndef f(v):\n    keras.Sequential().fit(v)\nfrom hyperopt import fmin\nfmin(f, space)\n"
    assert "no place before its passes" in obstacle(FreezeAndClear(), program, tmp_path)


def test_release_deletes_last(tmp_path: Path) -> None:
    after = fixed(ReleaseModel(), KFOLD, tmp_path)
    assert after.endswith(b"    model.fit(x, y)\n    del model\n    K.clear_session()\n")


RELEASE_STOPS = [
    ("used outside the loop", KFOLD + "print(model)\n"),
    ("next pass reads model before it is bound", KFOLD.replace("    model =", "    print(model)\n    model =")),
    ("another name as well", KFOLD + "    best = model\n"),
    ("used in a nested function", "def f():" + KFOLD.replace("\n", "\n    ") + "    g = lambda: model.fit(x)\n"),
    ("is a global", "def show():\n    print(model)\n" + KFOLD),
    ("deleted already", KFOLD + "    del model\n"),
    ("continue skips", KFOLD + "    if fold:\n        continue\n    print(fold)\n"),
    ("no plain name", KFOLD.replace("model", "box.model").replace("keras.box.models", "keras.models")),
    ("used outside the loop", KFOLD + "else:\n    print(model)\n"),
    ("used outside the loop", "model = 1" + KFOLD.replace("for fold in range(5)", "while model")),
    ("leaves the function", "def f():" + KFOLD.replace("\n", "\n    ") + "    if fold: return model\n"),
]


@pytest.mark.parametrize(("reason", "program"), RELEASE_STOPS)
def test_release_is_withheld(reason: str, program: str, tmp_path: Path) -> None:
    assert reason in obstacle(ReleaseModel(), program, tmp_path)


def test_release_is_withheld_when_another_module_imports_the_model(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text("from program import model\n")
    assert "is a global" in obstacle(ReleaseModel(), KFOLD, tmp_path)


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
