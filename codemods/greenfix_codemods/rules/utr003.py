"""UTR003: persistent GradientTape never released."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site, clean, smelly
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.tapes import tapes_of
from greenfix_codemods.strategies.delete_tape import DeleteTape


class PersistentTapeNeverReleased(Rule):
    """A persistent `tf.GradientTape` keeps its forward pass's activations alive after its last gradient.

    ## What it does
    Finds `with tf.GradientTape(persistent=True) as tape:` in eager code where the tape is never deleted and real work
    (a rollout, a forward pass, an evaluation, a checkpoint) runs between its last use and its end.

    ## Why is this bad
    A tape that is not persistent lets go of its activations with the first gradient, a persistent one when the last
    reference to it goes: +42 MB a step in one measurement, on top of what the next piece of work allocates.

    ## Example
    ```python
    for episode in range(500):
        states, returns = play(policy)
        with tf.GradientTape(persistent=True) as tape:
            policy_loss, value_loss = losses(states, returns)
        policy_gradients = tape.gradient(policy_loss, policy.variables)
        value_gradients = tape.gradient(value_loss, value.variables)
    ```

    ## Use instead
    ```python
    for episode in range(500):
        states, returns = play(policy)
        with tf.GradientTape(persistent=True) as tape:
            policy_loss, value_loss = losses(states, returns)
        policy_gradients = tape.gradient(policy_loss, policy.variables)
        value_gradients = tape.gradient(value_loss, value.variables)
        del tape
    ```

    ## Fix safety
    `delete-tape` puts the `del` after the last use. It is withheld when any path may still read the tape.
    """

    code = "UTR003"
    title = "Persistent GradientTape never released"
    smell = Smell.UTR
    strategies = (DeleteTape,)
    examples = (
        smelly(
            "import tensorflow as tf\nfor episode in range(500):\n    state = env.reset()\n"
            "    with tf.GradientTape(persistent=True) as tape:  # <-\n        a, b = losses(state)\n"
            "    one = tape.gradient(a, first.variables)\n    two = tape.gradient(b, second.variables)\n"
        ),
        smelly(
            "import tensorflow as tf\ndef learn(x):\n    with tf.GradientTape(persistent=True) as tape:  # <-\n"
            "        a = loss(x)\n    one = tape.gradient(a, variables)\n    evaluate_model(x)\n"
        ),
        clean(
            "import tensorflow as tf\nfor episode in range(500):\n    state = env.reset()\n"
            "    with tf.GradientTape(persistent=True) as tape:\n        a, b = losses(state)\n"
            "    one = tape.gradient(a, first.variables)\n    two = tape.gradient(b, second.variables)\n    del tape\n",
            because="deleted",
        ),
        clean(
            "import tensorflow as tf\n@tf.function\ndef learn(x):\n    with tf.GradientTape(persistent=True) as tape:\n"
            "        a = loss(x)\n    one = tape.gradient(a, variables)\n    evaluate_model(x)\n",
            because="graph code: the tape exists while it is traced",
        ),
        clean(
            "import tensorflow as tf\ndef learn(x):\n    for _ in range(10):\n"
            "        with tf.GradientTape(persistent=True) as tape:\n            a, b = losses(x)\n"
            "        optimizer.apply_gradients(zip(tape.gradient(a, one), one))\n"
            "        optimizer.apply_gradients(zip(tape.gradient(b, two), two))\n",
            because="the next minibatch makes a new tape at once",
        ),
        clean(
            "import tensorflow as tf\nfor episode in range(500):\n    state = env.reset()\n"
            "    with tf.GradientTape() as tape:\n        a = loss(state)\n    one = tape.gradient(a, variables)\n",
            because="not persistent: the gradient frees it",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether there is a tape."""
        return evidence.api and Sign.TAPE in evidence.own

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the ``with`` statements."""
        for tape in module.once(tapes_of).unreleased:
            if tape.work is not None:
                work = ast.unparse(tape.work).partition("\n")[0]
                line = getattr(tape.work, "lineno", tape.statement.lineno)
                reason = f"`{tape.name}` still holds its forward pass while `{work[:60]}` (line {line}) runs"
                confidence = Confidence.HIGH
            else:
                reason = f"nothing but light work runs before `{tape.name}` goes, so little is gained"
                confidence = Confidence.LOW
            target = tape.statement.items[0].context_expr
            yield self.site(module, tape.statement, target, (tape.name,), confidence, reason)
