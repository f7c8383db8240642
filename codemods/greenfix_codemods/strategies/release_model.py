"""``release-model``: delete the model at the end of the pass, then clear the session."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.semantics.models.builders import flavour_at
from greenfix_codemods.semantics.models.handles import clear_session_at
from greenfix_codemods.semantics.models.names_used import used_outside
from greenfix_codemods.semantics.names import LOOPS
from greenfix_codemods.strategies.clear_session import ClearSession
from greenfix_codemods.strategies.construction import model_name
from greenfix_codemods.strategies.imports import spelled

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class ReleaseModel(ClearSession):
    """Puts ``del model`` and ``clear_session()`` last in the loop's body.

    Cleared first in a pass, the session is empty but the name still holds the model of the pass before: two are alive
    while one trains. Deleted and cleared at the end, one is.
    """

    name: ClassVar[str] = "release-model"
    summary: ClassVar[str] = "deletes the model and clears the session at the end of each pass"

    def obstacle(self, site: Site) -> str | None:
        """The model must be dead at the end of the pass, and the end must be reached."""
        if not isinstance(site.place, ast.For | ast.AsyncFor | ast.While):
            return "it has no end of a pass where the model could be deleted"
        name = model_name(site)
        if name is None:
            return "the model has no plain name in the loop's body"
        if any(isinstance(node, ast.Continue) for node in ast.walk(site.place)):
            return "continue skips the end of the pass"
        return used_outside(name, site.place, site.module) or super().obstacle(site)

    def edits(self, site: Site) -> Edits:
        """Both statements, and the import that the file lacks."""
        assert isinstance(site.place, LOOPS)  # noqa: S101  # obstacle() saw the loop
        spelling = clear_session_at(site.module, site.place, flavour_at(site))
        lines = (f"del {model_name(site)}", f"{spelling.call}()")
        return *(Insert(site.place, Where.LAST, line) for line in lines), *spelled(spelling, site.module)
