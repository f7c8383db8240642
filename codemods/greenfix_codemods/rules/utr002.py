"""UTR002: tensor kept on self or a module global."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.semantics.attributes import attributes_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.release_attribute import ReleaseAttribute


class TensorKeptOnSelf(Rule):
    """A tensor is parked on ``self`` or in a module global though only the method that makes it reads it."""

    code = "UTR002"
    title = "Tensor kept on self or a module global"
    smell = Smell.UTR
    strategies = (ReleaseAttribute,)

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
