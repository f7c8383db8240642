"""IMR003: one model is fitted on fold after fold without a reset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Example, Rule, Site, clean, smelly
from greenfix_codemods.semantics.models.folds import refits_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.rebuild import Rebuild
from greenfix_codemods.strategy import Strategy


class ModelRefittedOverFolds(Rule):
    """One model is fitted on the folds of a cross-validation one after the other, and its weights are never reset.

    ## What it does
    Finds a loop over ``split(...)`` of a scikit-learn splitter that fits a model made before the loop, where no pass
    builds a new model or sets the weights back.

    ## Why is this bad
    The model has seen the test data of a fold while it trained on the folds before: the scores are too good. It is
    the "improper model reuse" of the catalogue in its plain meaning (arXiv 2511.15229).

    ## Example
    ```python
    model = build_model()
    for train, test in KFold(5).split(x):
        model.fit(x[train], y[train])
        scores.append(model.evaluate(x[test], y[test]))
    ```

    ## Use instead
    ```python
    model = build_model()
    first = model.get_weights()
    for train, test in KFold(5).split(x):
        model.set_weights(first)
        model.fit(x[train], y[train])
        scores.append(model.evaluate(x[test], y[test]))
    ```

    ## Fix safety
    ``rebuild`` is unsafe: any mend changes the reported scores, so it is offered and never taken by itself. It is
    withheld where the model is used after the loop: then the one that has seen all folds is meant.
    """

    code: ClassVar[str] = "IMR003"
    title: ClassVar[str] = "one model fitted on fold after fold without a reset"
    smell: ClassVar[Smell] = Smell.IMR
    strategies: ClassVar[tuple[type[Strategy], ...]] = (Rebuild,)
    examples: ClassVar[tuple[Example, ...]] = (
        smelly(
            """
from sklearn.model_selection import KFold
from keras.models import Sequential

model = Sequential()
model.compile(loss="mse")
for number, (train, test) in enumerate(KFold(5).split(x)):  # <-
    model.fit(x[train], y[train])
"""
        ),
        clean(
            """
from sklearn.model_selection import KFold
from keras.models import Sequential

def reset(model):
    model.load_weights("first.h5")

model = Sequential()
for train, test in KFold(5).split(x):
    reset(model)
    model.fit(x[train], y[train])
""",
            because="the weights are set back for each fold",
        ),
        clean(
            """
from sklearn.model_selection import KFold
from sklearn.svm import SVC
import keras

model = SVC()
for train, test in KFold(5).split(x):
    model.fit(x[train], y[train])
""",
            because="fit of scikit-learn starts from nothing",
        ),
        clean(
            """
from keras.models import Sequential

model = Sequential()
for line in text.split(","):
    model.fit(line)
""",
            because="splitting a text makes no folds",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether there are folds and a model."""
        return evidence.models and Sign.FOLDS in evidence.own

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop over folds that refits a model made before it."""
        for refit in module.once(refits_of):
            yield self.site(module, refit.place, refit.fit.node, (refit.receiver,), refit.confidence, refit.reason)
