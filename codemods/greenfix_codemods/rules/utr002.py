"""UTR002: tensor kept on self or a module global."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site, clean, smelly
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.attributes import attributes_of
from greenfix_codemods.strategies.release_attribute import ReleaseAttribute


class TensorKeptOnSelf(Rule):
    """A tensor is parked on `self` or in a module global though only the method that makes it reads it.

    ## What it does
    Finds assignments of tensors to `self.x` (or a declared global) in a training step, where nothing but that method
    reads the attribute and at least one of them holds gradients, activations or another large tensor.

    ## Why is this bad
    The object outlives the step, so the last gradients and activations stay allocated during everything between two
    steps: environment rollouts, evaluation, checkpoints. They cost their own size.

    ## Example
    ```python
    def update(self, states):
        with tf.GradientTape() as tape:
            self.values = self.critic(states)
            loss = tf.reduce_mean(self.values)
        self.gradients = tape.gradient(loss, self.critic.trainable_weights)
        self.optimizer.apply_gradients(zip(self.gradients, self.critic.trainable_weights))
    ```

    ## Use instead
    ```python
    def update(self, states):
        with tf.GradientTape() as tape:
            values = self.critic(states)
            loss = tf.reduce_mean(values)
        gradients = tape.gradient(loss, self.critic.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.critic.trainable_weights))
    ```

    ## Fix safety
    `release` deletes the attribute after its last use. It is withheld when another file names the attribute, when it is
    read before it is assigned, or when it is assigned only on some paths.
    """

    code = "UTR002"
    title = "Tensor kept on self or a module global"
    smell = Smell.UTR
    strategies = (ReleaseAttribute,)
    examples = (
        smelly(
            "import tensorflow as tf\nclass Agent:\n    def update(self, states):\n"
            "        with tf.GradientTape() as tape:\n            self.values = self.critic(states)  # <-\n"
            "            loss = tf.reduce_mean(self.values)\n"
            "        self.gradients = tape.gradient(loss, self.critic.trainable_weights)  # <-\n"
            "        self.optimizer.apply_gradients(zip(self.gradients, self.critic.trainable_weights))\n"
        ),
        clean(
            "import tensorflow as tf\nclass Agent:\n    def update(self, states):\n"
            "        with tf.GradientTape() as tape:\n            loss = tf.reduce_mean(self.critic(states))\n"
            "        self.gradients = tape.gradient(loss, self.critic.trainable_weights)\n"
            "    def report(self):\n        return [tf.norm(each) for each in self.gradients]\n",
            because="another method reads it",
        ),
        clean(
            "import tensorflow as tf\nclass Agent:\n    def __init__(self):\n        self.eye = tf.eye(4)\n",
            because="a constant made once",
        ),
        clean(
            "import tensorflow as tf\nclass Agent:\n    @tf.function\n    def update(self, states):\n"
            "        with tf.GradientTape() as tape:\n            self.values = self.critic(states)\n",
            because="graph code",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether a loop or a tape makes tensors."""
        return evidence.tensors and bool((Sign.LOOP | Sign.TAPE) & evidence.own)

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the assignments."""
        for parked in module.once(attributes_of).parked:
            if parked.large:
                confidence = Confidence.HIGH if parked.certain else Confidence.MEDIUM
                cost = "so it stays alive between the calls for nobody"
            else:
                confidence, cost = Confidence.LOW, "but it is only a number"
            reason = f"nothing outside `{parked.function.name}` reads `{parked.name}`, {cost}"
            yield self.site(module, parked.statement, parked.target, (parked.name,), confidence, reason)
