"""IMR005: a tf.function is made, or traced again, in every pass of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Example, Rule, Site, clean, smelly
from greenfix_codemods.semantics.models.tracing import tracings_of
from greenfix_codemods.semantics.module import Module


class FunctionTracedInLoop(Rule):
    """A ``tf.function`` is traced in every pass of a loop: it is made there, or given another Python value each time.

    ## What it does
    Finds ``@tf.function`` on a function that is defined in a loop, and ``tf.function(f)`` called in one. Finds calls of
    a ``tf.function`` of the project with a step counter or another Python number or string that changes in each pass,
    unless ``input_signature`` or ``reduce_retracing`` is set.

    ## Why is this bad
    A ``tf.function`` keeps the graphs that it traced. One made afresh in each pass finds none: it traces again, which
    takes longer than many steps, and each pass leaves its graphs behind. A Python number is part of what a graph is
    traced for, other than a tensor: each new value is a new graph.

    ## Example
    ```python
    for epoch in range(10):
        @tf.function
        def step(batch): ...
    ```

    ## Use instead
    ```python
    @tf.function
    def step(batch): ...

    for epoch in range(10):
        step(batch)
    ```
    A number that changes goes in as ``tf.constant(epoch)``.

    ## Fix safety
    Explained only: the function may read names of the loop, which become parameters when it moves out; a number that
    becomes a tensor may decide a Python ``if`` or a shape inside.
    """

    code: ClassVar[str] = "IMR005"
    title: ClassVar[str] = "tf.function made or traced again in every pass of a loop"
    smell: ClassVar[Smell] = Smell.IMR
    examples: ClassVar[tuple[Example, ...]] = (
        smelly(
            """
import tensorflow as tf

for epoch in range(10):  # <-
    @tf.function
    def step(batch):
        return batch
    step(data)
"""
        ),
        smelly(
            """
from tensorflow import function

while training:  # <-
    step = function(train_step)
    step(data)
"""
        ),
        smelly(
            """
import tensorflow as tf

@tf.function
def step(batch, number):
    tf.summary.scalar("loss", batch, step=number)

for number, batch in enumerate(batches):  # <-
    step(batch, number)
"""
        ),
        smelly(
            """
import tensorflow as tf

class Trainer:
    @tf.function
    def step(self, batch, rate):
        return batch * rate

    def fit(self, batch):
        done = 0
        while done < 1000:  # <-
            done += 1
            self.step(batch, rate=0.1 * done)
"""
        ),
        clean(
            """
import tensorflow as tf

@tf.function(reduce_retracing=True)
def step(batch, number):
    return batch * number

@tf.function
def other(batch, number):
    return batch * number

def plain(batch, number):
    return batch * number

for number, batch in enumerate(batches):
    step(batch, number)
    other(batch, tf.constant(number))
    plain(batch, number)
for warm in range(2):
    other(batch, warm)
for batch in batches:
    other(batch, scale)
""",
            because="retracing is reduced, a tensor is given, the function is plain, or the value stays the same",
        ),
        clean(
            """
import tensorflow as tf

@tf.function
def step(batch):
    for item in batch:
        tf.print(item)

for epoch in range(10):
    step(data)
""",
            because="made once, before the loop",
        ),
        clean(
            """
import tensorflow as tf

steps = {}
for name in names:
    steps[name] = tf.function(functions[name])
    kept.append(tf.function(functions[name]))
""",
            because="each is kept on purpose",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether there is a loop and, in what it follows, a tf.function."""
        function = Sign.FUNCTION in evidence.reached or Sign.STAR in evidence.own
        return evidence.api and Sign.LOOP in evidence.own and function

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop that makes a tf.function in each pass, or gives one another Python value."""
        for found in module.once(tracings_of):
            yield self.site(module, found.place, found.node, (found.name,), found.confidence, found.reason)
