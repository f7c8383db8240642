"""What a strategy is: one way to mend a finding, as edits of its file.

A strategy first says whether anything stops it (``obstacle``), then which edits it wants (``edits``), both on the
``ast`` semantics; LibCST makes the edits and touches only their lines. Adding a strategy is one new file in
``strategies/``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.edits import Edits
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.models.versions import assumption

if TYPE_CHECKING:
    import libcst

    from greenfix_codemods.concrete import Concrete
    from greenfix_codemods.rule import Site


class Strategy(ABC):
    """One way to fix a rule. ``summary`` says in one sentence what it does to the code."""

    name: ClassVar[str]
    safety: ClassVar[Safety]
    summary: ClassVar[str]

    def safety_of(self, site: Site) -> Safety:
        """How safe it is at this site; ``safety`` unless a strategy can tell more."""
        return self.safety

    def assumption(self, site: Site) -> str:
        """Which Keras and which mode the program is taken to run with at this site, and why, in words."""
        return assumption(site)

    @abstractmethod
    def obstacle(self, site: Site) -> str | None:
        """The condition that stops this strategy at this site, in words; None when it may be tried."""

    @abstractmethod
    def edits(self, site: Site) -> Edits:
        """What to change, by the nodes of the site's file; only called when there is no obstacle."""

    def rewrite(self, concrete: Concrete, site: Site) -> libcst.Module:
        """Return the tree of ``concrete``, the site's file, with the edits made.

        Raises:
            StrategyError: the syntax tree does not hold what the site promised, or has no room for an edit.
        """
        from greenfix_codemods import editing  # LibCST costs 143 ms: only for a file to be rewritten

        return editing.make(self.edits(site), concrete, site.module)
