"""What a strategy makes of a small program, or why it makes nothing of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategy import Strategy

KFOLD = """
from keras.models import Sequential

for fold in range(5):
    model = Sequential()
    model.fit(x, y)
"""
STEP = """import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((xs, ys)).batch(32)
model = tf.keras.Sequential()
@tf.function
def step(x, y):
    loss = tf.reduce_mean(model(x) - y)
    return loss, model(x)
"""
SCALARS = (
    STEP
    + """losses = []
for epoch in range(100):
    for x, y in data:
        loss, features = step(x, y)
    losses.append(loss)
"""
)
ACTIVATIONS = (
    STEP
    + """history = []
for epoch in range(100):
    for x, y in data:
        loss, features = step(x, y)
        history.append((loss, features))
    print(epoch)
print([item[0] for item in history])
"""
)


def sites(program: bytes | str, root: Path, rules: str = "IMR") -> list[Site]:
    """Where the rules whose code begins so find something in ``program.py``, a file of the project in ``root``."""
    data = dedent(program).encode() if isinstance(program, str) else program
    module = Project(root).add(decode(data, "program.py"))
    return [site for rule in all_rules() if rule.code.startswith(rules) for site in rule.sites(module)]


def rewritten(strategy: Strategy, program: bytes | str, root: Path, rules: str = "IMR") -> str:
    """The program after the strategy mended the first finding."""
    site = sites(program, root, rules)[0]
    assert strategy.obstacle(site) is None
    return apply(strategy, site).after.decode()


def fixed(strategy: Strategy, program: bytes | str, root: Path) -> bytes:
    """The bytes of the program after the strategy; its only finding must be gone, so that nothing is left to do."""
    (site,) = sites(program, root)
    assert strategy.obstacle(site) is None
    after = apply(strategy, site).after
    assert sites(after, root) == []
    return after


def obstacle(strategy: Strategy, program: bytes | str, root: Path, rules: str = "IMR") -> str:
    """What withholds the strategy from the first finding; empty where nothing does."""
    return strategy.obstacle(sites(program, root, rules)[0]) or ""


def changed(before: str, after: str) -> list[str]:
    """The lines that are new."""
    return [line for line in after.splitlines() if line not in before.splitlines()]
