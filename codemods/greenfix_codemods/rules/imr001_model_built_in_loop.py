"""IMR001: a model is built in every pass of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.facts import Evidence
from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Example, Rule, Site
from greenfix_codemods.rules.examples.imr001_clean import CLEAN
from greenfix_codemods.rules.examples.imr001_smelly import SMELLY
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.leaks import leaks_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.clear_session import ClearSession
from greenfix_codemods.strategies.clear_session_no_gc import ClearSessionNoGc
from greenfix_codemods.strategies.freeze_and_clear import FreezeAndClear
from greenfix_codemods.strategies.hoist_and_reset import HoistAndReset
from greenfix_codemods.strategies.release_model import ReleaseModel
from greenfix_codemods.strategy import Strategy


class ModelBuiltInLoop(Rule):
    """A model is built and put to work in every pass of a loop, and nothing releases the one before.

    ## What it does
    Finds loops, comprehensions and functions that a framework calls again and again (an Optuna or hyperopt objective,
    the fitness function of a genetic algorithm, the builder of a scikit-learn wrapper under ``GridSearchCV``) whose
    pass builds a Keras model and compiles, trains or uses it. Builders and training functions are followed through
    the file, its classes and the project's other modules.

    Not meant: models kept on purpose (an ensemble in a list), layers and sub-models of one larger model, a loop that
    runs once, and a pass that clears the session anywhere on its way, be it in ``finally`` or in a called function.

    ## Why is this bad
    Keras keeps global state for every model, and each model holds itself alive in reference cycles: the last one is
    still in memory when the next is built. In TensorFlow 1 style graph mode each pass adds its operations to one
    graph, and each pass takes longer than the one before (from 0.30 to 1.17 s in 40 passes; with ``clear_session()``
    the whole loop took 71 % less). In eager mode building and tracing anew is what costs: build once and restore the
    first weights, and short passes took 80 % less (TensorFlow 2.21, CPU). On a GPU the same smell cost 32 % more
    energy (arXiv 2606.19799).

    ## Example
    ```python
    for train, test in folds.split(x):
        model = build_model()
        model.fit(x[train], y[train])
    ```

    ## Use instead
    ```python
    for train, test in folds.split(x):
        tf.keras.backend.clear_session()
        model = build_model()
        model.fit(x[train], y[train])
    ```

    ## Fix safety
    ``clear-session`` is withheld where it would change more than the memory: a dtype policy, a distribution strategy
    or a custom object scope is set; names of layers or numbered metrics matter; or, in graph mode, something built
    outside the loop lives on. After ``keras.utils.set_random_seed`` it is unsafe: Keras 3 forgets that seed.

    ``hoist-and-reset`` (Keras 3, eager) builds and compiles once and sets weights and optimizer back in each pass.
    It is unsafe: every pass then starts from the same initial weights, where each used to draw its own.
    """

    code: ClassVar[str] = "IMR001"
    title: ClassVar[str] = "model built in every pass of a loop"
    smell: ClassVar[Smell] = Smell.IMR
    strategies: ClassVar[tuple[type[Strategy], ...]] = (
        *(ClearSession, ClearSessionNoGc, ReleaseModel, FreezeAndClear),
        HoistAndReset,
    )
    examples: ClassVar[tuple[Example, ...]] = (*SMELLY, *CLEAN)

    def may_find(self, evidence: Evidence) -> bool:
        """Whether a model is made in what it follows."""
        return evidence.models

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop, comprehension or repeated function that builds a model in each pass."""
        for leak in module.once(leaks_of):
            if leak.made is not Made.LOADED:
                yield self.site(module, leak.place, leak.build.node, leak.names, leak.confidence, leak.reason)
