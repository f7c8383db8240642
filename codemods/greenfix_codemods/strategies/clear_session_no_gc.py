"""``clear-session-no-gc``: drop the Keras state of the pass before, without its garbage collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.semantics.models.process_state import graph_mode
from greenfix_codemods.semantics.models.versions import no_free_memory
from greenfix_codemods.strategies.clear_session import ClearSession

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class ClearSessionNoGc(ClearSession):
    """Puts ``clear_session(free_memory=False)`` first in the loop's body.

    Keras 3.3 and later collect garbage in ``clear_session``: about 0.2 s of CPU in a process that imported
    TensorFlow, in each pass. With short passes that costs more than the session did.
    """

    name: ClassVar[str] = "clear-session-no-gc"
    summary: ClassVar[str] = "calls clear_session(free_memory=False) first in each pass (Keras 3.3 and later)"
    arguments: ClassVar[str] = "free_memory=False"

    def obstacle(self, site: Site) -> str | None:
        """The argument exists since Keras 3.3; what must not be older or another Keras."""
        reason = super().obstacle(site)
        if reason is not None:
            return reason
        if graph_mode(site.module):
            return "graph mode needs Keras 2, whose clear_session has no free_memory"
        return no_free_memory(site)
