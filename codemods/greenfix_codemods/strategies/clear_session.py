"""``clear-session``: drop the Keras state of the pass before, first thing in each pass."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.models.builders import flavour_at
from greenfix_codemods.semantics.models.called_builder import called_builder
from greenfix_codemods.semantics.models.handles import clear_session_at
from greenfix_codemods.semantics.models.process_state import sets_seed
from greenfix_codemods.semantics.models.session import what_clearing_breaks
from greenfix_codemods.strategies.imports import spelled
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site

_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef)
"""Places that have room for a statement."""


class ClearSession(Strategy):
    """Puts ``clear_session()`` first in the loop's body, spelled as the file spells Keras.

    Of a comprehension, first in the function that it calls, if that builds and trains and nothing else calls it.

    In graph mode each model adds to one graph and each pass takes longer than the one before: there this saves most
    (71 % in the graph-mode k-fold program of the corpus). In eager Keras 3 its garbage collection can cost more than
    it frees; only measuring tells.
    """

    name: ClassVar[str] = "clear-session"
    safety: ClassVar[Safety] = Safety.SAFE
    summary: ClassVar[str] = (
        "calls clear_session() first in each pass, so that the model of the pass before is released"
    )

    arguments: ClassVar[str] = ""

    def safety_of(self, site: Site) -> Safety:
        """Unsafe after ``keras.utils.set_random_seed``: Keras 3 forgets that seed."""
        return Safety.UNSAFE if sets_seed(site.module) else self.safety

    def obstacle(self, site: Site) -> str | None:
        """See :func:`what_clearing_breaks`; and a comprehension must be one call of a function of its own."""
        reason = what_clearing_breaks(site.module, site.place)
        if reason is not None or isinstance(site.place, _BLOCKS):
            return reason
        function, reason = called_builder(site)
        return reason if function is None else what_clearing_breaks(site.module, function)

    def edits(self, site: Site) -> Edits:
        """The call, and its import if the file has none."""
        block = site.place if isinstance(site.place, _BLOCKS) else called_builder(site)[0]
        assert block is not None  # noqa: S101  # obstacle() saw the function
        spelling = clear_session_at(site.module, block, flavour_at(site))
        return Insert(block, Where.FIRST, f"{spelling.call}({self.arguments})"), *spelled(spelling, site.module)
