"""``freeze-and-clear``: make the garbage collection of ``clear_session`` cheap."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.semantics.models.handles import gc_at
from greenfix_codemods.strategies.clear_session import ClearSession

if TYPE_CHECKING:
    import libcst

    from greenfix_codemods.rule import Site


class FreezeAndClear(ClearSession):
    """Puts ``gc.freeze()`` before the loop and ``clear_session()`` first in its body.

    A collection looks at every tracked object; after importing TensorFlow these are 300,000 that never go away.
    Frozen, they are no longer looked at, and a collection costs next to nothing.
    """

    name: ClassVar[str] = "freeze-and-clear"
    summary: ClassVar[str] = "calls gc.freeze() before the loop and clear_session() first in each pass"

    def obstacle(self, site: Site) -> str | None:
        """Before a function that a framework calls there is no place for ``gc.freeze()``."""
        if isinstance(site.place, ast.FunctionDef | ast.AsyncFunctionDef):
            return "a function that a framework calls has no place before its passes"
        if not isinstance(site.place, ast.For | ast.AsyncFor | ast.While):
            return "a comprehension has no place before its passes"
        return super().obstacle(site)

    def rewrite(self, tree: libcst.Module, site: Site) -> libcst.Module:
        """Insert both calls, and the imports that the file lacks."""
        from greenfix_codemods.strategies import editing  # LibCST costs 143 ms: only for a file to be rewritten

        gc = gc_at(site.module, site.place)
        tree = editing.edit_place(
            super().rewrite(tree, site),
            site.module,
            site.place,
            lambda place: editing.insert_before(place, f"{gc.call}.freeze()"),
        )
        return editing.add_import(tree, site.module, gc.import_line, gc.after) if gc.import_line else tree
