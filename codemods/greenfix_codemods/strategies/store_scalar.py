"""``store-scalar``: keep a Python number instead of a scalar tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits
from greenfix_codemods.finding import Safety
from greenfix_codemods.strategies.conversion import conversion_of, element_use
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class StoreScalar(Strategy):
    """``losses.append(loss)`` becomes ``losses.append(float(loss))``.

    Only for what is one number: ``float()`` raises on more. In a kept tuple whose large elements nobody reads, those
    become ``None``, so that positions stay what they were. Averages of Python floats are computed in double precision,
    so their last printed digits may differ.
    """

    name = "store-scalar"
    safety = Safety.SAFE
    summary = "Stores the number instead of the tensor that holds it."

    def obstacle(self, site: Site) -> str | None:
        """Anything that is not one number, and readers that need the tensor."""
        conversion = conversion_of(site)
        if isinstance(conversion, str):
            return conversion
        if conversion.iterated is not None or conversion.arrays:
            return "what is kept may be more than one number, and float() would raise"
        if not conversion.numbers and not conversion.unread:
            return "there is no scalar tensor in what is kept"
        return element_use(site, None)

    def edits(self, site: Site) -> Edits:
        """Wrap the scalars in ``float()``."""
        conversion = conversion_of(site)
        assert not isinstance(conversion, str)  # noqa: S101  # obstacle() saw it
        return conversion.edits("float({})")
