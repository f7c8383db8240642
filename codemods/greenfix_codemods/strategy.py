"""What a strategy is: one way to mend a finding, as a LibCST codemod.

A strategy first says whether anything stops it (``obstacle``, on the ``ast`` semantics), then edits. The edit is a
LibCST transformer over the whole file that touches only the site's lines. Adding a strategy is one new file in
``strategies/``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.finding import Safety

if TYPE_CHECKING:
    import libcst

    from greenfix_codemods.rule import Site


class Strategy(ABC):
    """One way to fix a rule. ``summary`` says in one sentence what it does to the code."""

    name: ClassVar[str]
    safety: ClassVar[Safety]
    summary: ClassVar[str]

    def safety_of(self, site: Site) -> Safety:
        """How safe it is at this site; ``safety`` unless a strategy can tell more."""
        return self.safety

    @abstractmethod
    def obstacle(self, site: Site) -> str | None:
        """The condition that stops this strategy at this site, in words; None when it may be tried."""

    @abstractmethod
    def rewrite(self, tree: libcst.Module, site: Site) -> libcst.Module:
        """Return the edited file; only called when there is no obstacle.

        Raises:
            StrategyError: the syntax tree does not hold what the site promised.
        """
