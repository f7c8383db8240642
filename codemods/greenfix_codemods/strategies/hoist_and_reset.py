"""``hoist-and-reset``: build and compile once, and set weights and optimizer back in each pass."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.edits import Edits, Insert, Move, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.models.process_state import global_state, graph_mode, names_matter
from greenfix_codemods.semantics.models.versions import keras_at
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.construction import construction_of
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class HoistAndReset(Strategy):
    """Moves what builds and compiles the model before the loop, and restores the initial state first in each pass.

    Building a model and tracing its training function is most of a short pass: built once, 30 short passes took 80 %
    less (eager Keras 3), long ones 7 % less.

    What has to be restored, read in Keras 3.15: the weights (``get_weights`` holds the moving averages of
    normalisation and the states of stateful layers too), and the optimizer's variables, which hold its moments, its
    step count and its learning rate, whoever changed that (``ReduceLROnPlateau``, a scheduler). ``fit`` itself resets
    ``stop_training`` and the metrics and makes a new ``History``; ``train_on_batch`` does not reset metrics, so there
    ``reset_metrics`` is called. The optimizer has variables only once it is built, so it is built at once.

    Unsafe: **every pass starts from the same initial weights**, where each used to draw its own. Scores are then less
    random than they were; who wants to see how they vary with the initial weights must not take it.

    It is stopped by: no plain ``model = ...`` in a loop statement; no compile, or one that may not run; anything in
    building and compiling that may differ from pass to pass (the loop's variable, names that the pass binds, objects
    that it changes, calls whose value is not known); a seed that is set in each pass; layers shared between passes;
    a model that is kept, returned, handed on, changed, deleted, or used after the loop; ``history.model``; an input
    shape that only the first fit would tell; numbered names of layers or metrics; a dtype policy or distribution;
    graph mode; Keras 2, whose optimizers have no such ``build`` and ``set_weights`` in all versions, or a Keras that
    nothing names.
    """

    name: ClassVar[str] = "hoist-and-reset"
    safety: ClassVar[Safety] = Safety.UNSAFE
    summary: ClassVar[str] = (
        "builds and compiles once before the loop and restores weights and optimizer in each pass; "
        "every pass then starts from the same initial weights"
    )

    def obstacle(self, site: Site) -> str | None:
        """See the class."""
        found = construction_of(site)
        if isinstance(found, str):
            return found
        if graph_mode(site.module):
            return "in graph mode the optimizer's state cannot be restored this way"
        if reason := next(global_state(site.module), None):
            return f"the model may depend on global state: {reason}"
        if names_matter(site.module):
            return "names of layers or metrics matter here, and one model keeps the names of the first pass"
        keras = keras_at(site)
        if keras.major == 3:
            return None
        return f"it needs the optimizers of Keras 3, and {keras.because}"

    def edits(self, site: Site) -> Edits:
        """The move, what is remembered before the loop, and what is restored where the model was built."""
        found = construction_of(site)
        assert not isinstance(found, str)  # noqa: S101  # obstacle() saw it
        model, weights, optimizer = found.name, *_free(site.module)
        remember = (
            f"{model}.optimizer.build({model}.trainable_variables)",
            f"{weights} = {model}.get_weights()",
            f"{optimizer} = [variable.numpy() for variable in {model}.optimizer.variables]",
        )
        restore = [f"{model}.set_weights({weights})", f"{model}.optimizer.set_weights({optimizer})"]
        if found.on_batches:
            restore.append(f"{model}.reset_metrics()")
        return (
            Move(found.statements, found.loop, Where.BEFORE),
            *(Insert(found.loop, Where.BEFORE, line) for line in remember),
            *(Insert(found.statements[0], Where.BEFORE, line) for line in restore),
        )


def _free(module: Module) -> tuple[str, str]:
    """Names that the file does not use yet."""
    taken = set(module.names.imports).union(*module.names.bound.values())
    endings = chain([""], (f"_{number}" for number in count(2)))
    names = ((f"initial_weights{ending}", f"initial_optimizer{ending}") for ending in endings)
    return next(pair for pair in names if not taken & set(pair))
