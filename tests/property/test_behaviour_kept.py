"""Programs put together at random do the same before and after every strategy that says it keeps their meaning.

``hoist-and-reset`` is held to it too, in a world where all models start from the same weights. ``rebuild`` is not: it
is meant to change what a program computes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.errors import StrategyError
from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategy import Strategy
from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.fake_keras import World

CHOICES = st.lists(st.booleans(), min_size=3, max_size=9)


@pytest.fixture(scope="module")
def keras_3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that asks for Keras 3."""
    root = tmp_path_factory.mktemp("project")
    (root / "requirements.txt").write_text("keras==3.10\n")
    return root


def offered(data: bytes, root: Path) -> list[tuple[Strategy, Site]]:
    """Every strategy at every finding that nothing stops, but those that are meant to change results."""
    module = Project(root).add(decode(data, "program.py"))
    return [
        (strategy, site)
        for rule in all_rules()
        for site in rule.sites(module)
        for strategy in (kind() for kind in rule.strategies)
        if strategy.name not in ("rebuild", "hoist-compile") and strategy.obstacle(site) is None
    ]


def check(program: str, choices: list[bool], root: Path) -> None:
    data = program.encode()
    world = World(choices)
    expected = world.run(data)
    assume(not world.failed)  # a program that fails has no meaning to keep
    for strategy, site in offered(data, root):
        try:
            after = apply(strategy, site).after
        except StrategyError:
            continue  # withheld: nothing is edited
        event(strategy.name)
        assert World(choices).run(after) == expected, f"{strategy.name}\n{after.decode()}"


def indented(pieces: list[str], tab: str = "    ") -> list[str]:
    return [tab + line for piece in pieces for line in piece.split("\n")]


BUILDS = (
    ["model = Sequential([layers.Input((4,)), layers.Dense(1)])"],
    ["model = Sequential()", "model.add(layers.Input((4,)))", "model.add(layers.Dense(n))"],
    ["net = build(n)"],
    ["model = build(n)"],
)
COMPILES: tuple[list[str], ...] = (
    ["model.compile('sgd', loss='mse')"],
    ["optimizer = optimizers.SGD(rate)", "model.compile(optimizer)"],
    ["model.compile(shared)"],
    [],
)
FOLD_PIECES = st.lists(
    st.sampled_from(
        [
            "model.fit(fold)",
            "say(model.fit(fold).history['loss'])",
            "history = model.fit(fold)",
            "say(history.model.weight)",
            "model.train_on_batch(fold)",
            "say(model.predict(fold))",
            "if flip(): continue",
            "if flip(): break",
            "if flip():\n    model.fit(1)",
            "n = 3",
            "n += fold",
            "rate = rate / 2",
            "rate = 0.25",
            "kept.append(model)",
            "best = model",
            "del model",
            "model.compile('sgd')",
            "model.set_weights([1.0])",
            "sizes.append(n)",
            "say(optimizer.variables)",
            "later = lambda: model.predict(0)",
            "model = Sequential([1])",
            "try:\n    model.fit(fold)\nfinally:\n    say(n)",
        ]
    ),
    max_size=4,
)

BUILDER = """\
from keras import Sequential, layers, optimizers
def build(n):
    made = Sequential([layers.Input((4,)), layers.Dense(n)])
    made.compile('sgd')
    return made
"""


@st.composite
def fold_programs(draw: st.DrawFn) -> str:
    body = [*draw(st.sampled_from(BUILDS)), *draw(st.sampled_from(COMPILES)), "model.fit(fold)"]
    for piece in draw(FOLD_PIECES):
        body.insert(draw(st.integers(0, len(body))), piece)
    head = draw(st.sampled_from(["for fold in range(3):", "for fold in xs:", "for n, fold in enumerate(xs):"]))
    after = draw(
        st.sampled_from(["", "say(model.predict(0))", "say([m.predict(0) for m in kept])", "say(n)", "say(later())"])
    )
    lines = ["kept, sizes, n, rate = [], [2], 2, 0.5", "shared = optimizers.SGD(0.1)", head, *indented(body), after]
    if draw(st.booleans()):
        lines = ["def main():", *indented(lines), "main()"]
    helper = [
        "def build(n):",
        "    made = Sequential([layers.Input((4,)), layers.Dense(n)])",
        "    made.compile('sgd')",
    ]
    return "\n".join(["from keras import Sequential, layers, optimizers", *helper, "    return made", *lines, ""])


@given(program=fold_programs(), choices=CHOICES)
def test_a_program_that_builds_models_in_a_loop_does_what_it_did(
    program: str, choices: list[bool], keras_3: Path
) -> None:
    check(program, choices, keras_3)


STEP_PIECES = st.lists(
    st.sampled_from(
        [
            "loss, features = step(x)",
            "kept.append(loss)",
            "kept.append((loss, features))",
            "kept.append(features)",
            "labels.extend(features)",
            "labels += [row for row in features]",
            "kept.append([loss, 1])",
            "total = tf.concat([total, features], 0)",
            "total = tf.concat([total, x, features], axis=0)",
            "say(loss)",
            "say(features)",
            "say(kept[-1])",
            "say(total)",
            "if flip(): continue",
            "if flip(): break",
            "if flip():\n    features = model(x)",
            "later = lambda: features",
            "with tf.GradientTape(persistent=True) as tape:\n    loss = tf.reduce_mean(model(x))",
            "gradients = tape.gradient(loss, x)",
            "say(tape.gradient(loss, x))",
            "features = features + 1",
            "same = features",
        ]
    ),
    min_size=1,
    max_size=6,
)
AFTER = st.lists(
    st.sampled_from(
        [
            "say(kept)",
            "say([k[0] for k in kept])",
            "say([loss for loss, _ in kept])",
            "say(kept[-1])",
            "say(float(kept[0]))",
            "say(labels)",
            "say(total)",
            "say(features)",
            "say(len(kept))",
            "say([k.numpy() for k in kept])",
            "say(later())",
            "say(same)",
        ]
    ),
    max_size=3,
)
HELPERS = """\
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices(xs).batch(2)
model = tf.keras.Sequential()
@tf.function
def step(x):
    loss = tf.reduce_mean(model(x))
    return loss, model(x)
"""


@st.composite
def step_programs(draw: st.DrawFn) -> str:
    body = ["loss, features = step(x)", *draw(STEP_PIECES)]
    steps = ["for x in data:", *indented(body)]
    if draw(st.booleans()):
        steps = [f"for epoch in range({draw(st.sampled_from([5, 100]))}):", *indented([*steps, *draw(AFTER)])]
    start = ["kept, labels = [], []", "total = tf.zeros((0, 1))"]
    if draw(st.booleans()):
        start = ["kept = []", "labels = []", "total = tf.zeros((0, 1))"]
    return "\n".join([HELPERS, *start, *steps, *draw(AFTER), ""])


@given(program=step_programs(), choices=CHOICES)
def test_a_program_that_keeps_tensors_does_what_it_did(program: str, choices: list[bool], keras_3: Path) -> None:
    check(program, choices, keras_3)
