"""How large a part of an array is likely to be: what an index picks, what an attribute holds, entries of files."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors.classes import classes_of
from greenfix_codemods.semantics.tensors.eagerness import LIBRARIES
from greenfix_codemods.semantics.tensors.estimates import (
    FEW_ROWS,
    SMALL,
    SOME_ROWS,
    TABLE,
    UNKNOWN,
    Estimate,
    Extent,
    largest,
    one_column,
    upper,
)
from greenfix_codemods.semantics.tensors.kinds import Kind

if TYPE_CHECKING:
    from greenfix_codemods.semantics.tensors.extent import Extents


class PartExtents:
    """The extents of the parts of the arrays of one module."""

    def __init__(self, extents: Extents) -> None:
        self.module = extents.module
        self._extents = extents

    def subscript(self, node: ast.Subscript, depth: int) -> Estimate:  # noqa: PLR0911 - one case for each kind of index
        """What an index picks."""
        index = node.slice
        if isinstance(index, ast.Tuple) and one_column(index.elts[-1]):
            return SMALL
        if isinstance(index, ast.Tuple) and index.elts:
            last = index.elts[-1]
            number = isinstance(last, ast.UnaryOp) or (isinstance(last, ast.Constant) and isinstance(last.value, int))
            column = len(index.elts) > 1 and number  # x[:, 0] is one column, x[:, None] is all of it
            return SMALL if column and isinstance(index.elts[0], ast.Slice) else self._extents.of(node.value, depth)
        if self._names_entry(index, node.value):
            archive = self.archive(node.value)
            if archive is not None:  # statistics and labels lie in an .npz beside the data
                return TABLE if archive == "numpy.load" else self._extents.of(node.value, depth)
            holder = self._extents.inference.of(node.value)
            return SMALL if holder.kind is Kind.ARRAY and isinstance(node.value, ast.Name) else UNKNOWN
        if isinstance(index, ast.Constant) and index.value is not Ellipsis:
            return self._element(node.value, (index.value,), depth) if isinstance(index.value, int) else UNKNOWN
        if self._extents.inference.of(index).kind is Kind.NUMBER:
            return SMALL
        if self._picks_a_class(index):
            return self._extents.of(node.value, depth).at_most(Extent.TABLE)
        rows = upper(index) or self._picked(index)
        if rows is not None and rows < SOME_ROWS:
            return SMALL if rows < FEW_ROWS else self._extents.of(node.value, depth).at_most(Extent.TABLE)
        return self._extents.of(node.value, depth)

    def _names_entry(self, index: ast.expr, whole: ast.expr) -> bool:
        """Whether ``index`` is the name of an entry: a text, or of a file of entries whatever it is called."""
        if isinstance(index, ast.Constant):
            return isinstance(index.value, str)
        return isinstance(index, ast.Name | ast.JoinedStr) and any(map(self.lazy, self._origins(whole)))

    def _element(self, node: ast.expr, steps: tuple[int, ...], depth: int) -> Estimate:
        """``data[0][1]`` of a name that is bound to a call: the part that its result is unpacked to elsewhere."""
        if isinstance(node, ast.Subscript):
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return self._element(node.value, (index, *steps), depth) if isinstance(index, int) else UNKNOWN
        if not isinstance(node, ast.Name):
            return UNKNOWN
        bound = [each for each in self._extents.inference.flow.reaching(node) if isinstance(each.value, ast.Call)]
        return largest(self._extents.stepped(each.value, (*each.steps, *steps), depth) for each in bound if each.value)

    def _picks_a_class(self, index: ast.expr) -> bool:
        """``x[(y == 3).flatten()]``: the examples with one label are a small part of all."""
        written = [index]
        if isinstance(index, ast.Name):
            written = [each.value for each in self._extents.inference.flow.reaching(index) if each.value is not None]
        compared = (each for one in written for each in ast.walk(one) if isinstance(each, ast.Compare))
        return any(isinstance(each.ops[0], ast.Eq) for each in compared)

    def _picked(self, index: ast.expr) -> int | None:
        """How many rows ``np.random.choice(n, 1000)`` picks, when ``index`` is such a choice."""
        if not isinstance(index, ast.Name):
            return None
        for each in self._extents.inference.flow.reaching(index):
            call = each.value
            if isinstance(call, ast.Call) and last_name(call.func) in ("choice", "randint", "sample"):
                sizes = [*call.args[1:], *(one.value for one in call.keywords if one.arg in ("size", "k"))]
                return next(
                    (one.value for one in sizes if isinstance(one, ast.Constant) and type(one.value) is int), None
                )
        return None

    def attribute(self, node: ast.Attribute, depth: int) -> Estimate:
        """What an attribute of an array, of a table or of a project's object gives."""
        dotted = self.module.names.raw(node)
        if dotted is not None:
            return self.variable(dotted, depth)
        owner = self._extents.inference.of(node.value).definition
        if owner is not None and isinstance(owner[1], ast.ClassDef):
            return self._extents.elsewhere(owner[0]).parts.held(owner[1], depth - 2, node.attr)
        if node.attr in ("values", "T", "iloc", "loc", "data", "value", "images"):
            return self._extents.of(node.value, depth)
        small = node.attr in ("shape", "size", "columns", "index", "target", "feature_names", "target_names")
        return SMALL if small else UNKNOWN

    def variable(self, dotted: str, depth: int) -> Estimate:
        """What a name of another file of the project is bound to at last, when its module has run."""
        holder, _, name = dotted.rpartition(".")
        if not holder or depth <= 0 or dotted.startswith(LIBRARIES):
            return UNKNOWN
        module = self.module.project.imported(holder, self.module)
        if module is None:
            return UNKNOWN
        extents = self._extents.elsewhere(module)
        bound = extents.inference.flow.bindings(module.tree).bound.get(name, ())
        return extents.bound(bound[-1], depth - 2) if bound else UNKNOWN

    def held(self, owner: ast.ClassDef, depth: int, name: str | None = None) -> Estimate:
        """The largest of what an object of a class of this file holds, or what its attribute ``name`` does."""
        writes = self.module.once(classes_of).writes(owner)
        every = [each for attribute, found in writes.items() if name in (None, attribute) for each in found]
        return largest((self._extents.stepped(value, steps, depth) for value, steps in every if depth > 0))

    def archive(self, node: ast.expr) -> str | None:
        """``h5py.File`` or ``numpy.load`` when ``node`` is such a file, whose entries are arrays."""
        for each in self._origins(node):
            dotted = self.module.names.resolve(each.func) if isinstance(each, ast.Call) else None
            if dotted in ("h5py.File", "numpy.load"):
                return dotted
        return None

    def _origins(self, node: ast.expr) -> list[ast.expr]:
        """The expression, or those that a name is bound to."""
        if not isinstance(node, ast.Name):
            return [node]
        return [each.value for each in self._extents.inference.flow.reaching(node) if each.value is not None]

    def lazy(self, value: ast.expr) -> bool:
        """Whether ``value`` is a file or an entry of it that is not read yet: HDF5 files and ``.npz`` archives."""
        if isinstance(value, ast.Call):
            dotted = self.module.names.resolve(value.func)
            return dotted == "h5py.File" or (dotted == "numpy.load" and ".npz" in ast.unparse(value))
        entry = isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant)
        return entry and isinstance(value, ast.Subscript) and self.archive(value.value) == "h5py.File"
