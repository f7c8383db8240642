"""UTR001: tensor kept in a container across iterations."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.semantics.leaks import leaks_of
from greenfix_codemods.semantics.module import Module


class TensorKeptInContainer(Rule):
    """A list or dict that lives for the whole run collects a tensor in every pass."""

    code = "UTR001"
    title = "Tensor kept in a container across iterations"
    smell = Smell.UTR

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the statements that keep."""
        for leak in module.answer(leaks_of).found:
            keep = leak.keep
            yield self.site(module, keep.statement, keep.value, (keep.name,), leak.confidence, leak.reason)
