"""``store-numpy``: keep a NumPy value instead of a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits
from greenfix_codemods.finding import Safety
from greenfix_codemods.strategies.conversion import conversion_of, element_use
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site

_TENSOR_ONLY = frozenset({"numpy", "get_shape", "device", "graph", "op", "experimental_ref", "ref", "eval"})


class StoreNumpy(Strategy):
    """``losses.append(loss)`` becomes ``losses.append(loss.numpy())``.

    Works for any shape and keeps the dtype, so averages keep their digits. ``extend`` over a tensor, which makes one
    tensor for each row, becomes ``extend`` over its array.
    """

    name = "store-numpy"
    safety = Safety.SAFE
    summary = "Stores the NumPy value instead of the tensor, with its shape and dtype."

    def obstacle(self, site: Site) -> str | None:
        """Readers that call what only a tensor has."""
        conversion = conversion_of(site)
        if isinstance(conversion, str):
            return conversion
        if conversion.iterated is None and not (conversion.numbers or conversion.arrays or conversion.unread):
            return "there is no tensor in what is kept"
        return element_use(site, _TENSOR_ONLY)

    def edits(self, site: Site) -> Edits:
        """Call ``.numpy()`` on the tensors."""
        conversion = conversion_of(site)
        assert not isinstance(conversion, str)  # noqa: S101  # obstacle() saw it
        return conversion.edits("{}.numpy()")
