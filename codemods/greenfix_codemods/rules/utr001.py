"""UTR001: tensor kept in a container across iterations."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.semantics.keeping import leaks_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.release_and_collect import ReleaseAndCollect
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar


class TensorKeptInContainer(Rule):
    """A list or dict that lives for the whole run collects a tensor in every pass."""

    code = "UTR001"
    title = "Tensor kept in a container across iterations"
    smell = Smell.UTR
    strategies = (StoreScalar, StoreNumpy, ReleaseKept, ReleaseAndCollect)

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the statements that keep."""
        for leak in module.once(leaks_of).found:
            keep = leak.keep
            if not keep.grows:
                yield self.site(module, keep.statement, keep.value, (keep.name,), leak.confidence, leak.reason)
