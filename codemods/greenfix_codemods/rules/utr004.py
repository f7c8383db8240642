"""UTR004: large array alive through a long fit though dead."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.semantics.arrays import arrays_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.release_before_fit import ReleaseBeforeFit


class ArrayDeadBeforeFit(Rule):
    """A large array that nothing reads any more stays in memory while the model trains."""

    code = "UTR004"
    title = "Large array alive through a long fit though dead"
    smell = Smell.UTR
    strategies = (ReleaseBeforeFit,)

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the assignments that bind the arrays."""
        for array in module.once(arrays_of).dead:
            binding = array.binding
            last = f"last read in line {array.last_read}" if array.last_read else "never read"
            reason = f"`{binding.name}` is {last} and is held through the training in line {array.training.lineno}"
            confidence = Confidence.HIGH if array.known else Confidence.MEDIUM
            yield self.site(module, binding.statement, binding.node, (binding.name,), confidence, reason)
