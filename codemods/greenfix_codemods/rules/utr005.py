"""UTR005: container of predictions or activations that grows in a loop."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.semantics.growth import growths_of
from greenfix_codemods.semantics.keeping import leaks_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.release_and_collect import ReleaseAndCollect
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar


class GrowingContainer(Rule):
    """A container, or a tensor that is concatenated, grows by tensors in every pass."""

    code = "UTR005"
    title = "Container of predictions or activations grows in a loop"
    smell = Smell.UTR
    strategies = (StoreScalar, StoreNumpy, ReleaseKept, ReleaseAndCollect)

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the statements that make it grow."""
        for leak in module.once(leaks_of).found:
            keep = leak.keep
            if keep.grows:
                yield self.site(module, keep.statement, keep.value, (keep.name,), leak.confidence, leak.reason)
        for growth in module.once(growths_of).found:
            reason = (
                f"each pass of the loop in line {growth.loop.lineno} copies all of `{growth.name}` to add to it, "
                "so the work grows with the square of the passes"
            )
            target = growth.statement.value
            yield self.site(module, growth.statement, target, (growth.name,), Confidence.HIGH, reason)
