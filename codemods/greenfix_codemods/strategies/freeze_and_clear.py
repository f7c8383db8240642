"""``freeze-and-clear``: make the garbage collection of ``clear_session`` cheap."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.semantics.models.handles import gc_at
from greenfix_codemods.semantics.names import LOOPS
from greenfix_codemods.strategies.clear_session import ClearSession
from greenfix_codemods.strategies.imports import gc_obstacle, spelled

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class FreezeAndClear(ClearSession):
    """Puts ``gc.freeze()`` before the loop and ``clear_session()`` first in its body.

    A collection looks at every tracked object; after importing TensorFlow these are 300,000 that never go away.
    Frozen, they are no longer looked at, and a collection costs next to nothing.
    """

    name: ClassVar[str] = "freeze-and-clear"
    summary: ClassVar[str] = "calls gc.freeze() before the loop and clear_session() first in each pass"

    def obstacle(self, site: Site) -> str | None:
        """Before a function that a framework calls there is no place for ``gc.freeze()``; ``gc`` must be ``gc``."""
        if isinstance(site.place, ast.FunctionDef | ast.AsyncFunctionDef):
            return "a function that a framework calls has no place before its passes"
        if not isinstance(site.place, LOOPS):
            return "a comprehension has no place before its passes"
        return super().obstacle(site) or gc_obstacle(site.module, site.place)

    def edits(self, site: Site) -> Edits:
        """Both calls, and the imports that the file lacks."""
        assert isinstance(site.place, LOOPS)  # noqa: S101  # obstacle() saw the loop
        gc = gc_at(site.module, site.place)
        freeze = Insert(site.place, Where.BEFORE, f"{gc.call}.freeze()")
        return *super().edits(site), freeze, *spelled(gc, site.module)
