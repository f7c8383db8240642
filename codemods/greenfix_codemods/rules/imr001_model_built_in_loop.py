"""IMR001: a model is built in every pass of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Rule, Site, clean, smelly
from greenfix_codemods.semantics.keras import Made
from greenfix_codemods.semantics.leaks import leaks_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.clear_session import ClearSession
from greenfix_codemods.strategy import Strategy


class ModelBuiltInLoop(Rule):
    """A model is built and put to work in every pass of a loop, and nothing releases the one before."""

    code: ClassVar[str] = "IMR001"
    title: ClassVar[str] = "model built in every pass of a loop"
    smell: ClassVar[Smell] = Smell.IMR
    strategies: ClassVar[tuple[type[Strategy], ...]] = (ClearSession,)

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop, comprehension or repeated function that builds a model in each pass."""
        for leak in module.once(leaks_of):
            if leak.made is not Made.LOADED:
                yield self.site(module, leak.place, leak.build.node, leak.names, leak.confidence, leak.reason)
