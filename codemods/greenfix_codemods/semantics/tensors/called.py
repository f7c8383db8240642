"""How large what a call gives is likely to be: of a library, of a function of the project."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors import sources
from greenfix_codemods.semantics.tensors.classes import positional
from greenfix_codemods.semantics.tensors.estimates import (
    SMALL,
    TABLE,
    UNKNOWN,
    Estimate,
    Extent,
    data_set,
    factor,
    largest,
    shape_extent,
    shape_of,
)
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.scopes import Binding, Step

if TYPE_CHECKING:
    from greenfix_codemods.semantics.tensors.extent import Extents


HDF5 = "read from an HDF5 file"
"""Labels and conditions lie in such a file beside the data: no part of what a function gives of it is surely large."""


class CallExtents:
    """The extents of what the calls of one module give."""

    def __init__(self, extents: Extents) -> None:
        self.module = extents.module
        self._extents = extents
        self._followed: dict[ast.AST, tuple[Extents, ast.Call]] = {}

    def of(self, node: ast.Call, depth: int) -> Estimate:  # noqa: C901, PLR0911 - one case for each family of functions
        """The extent of all that the call gives."""
        last = last_name(node.func)
        if last in sources.TOY_DATA:
            return Estimate(Extent.SMALL, numbers=sources.TOY_DATA[last])
        if last in sources.SMALL_RESULTS or last == "next":
            return SMALL
        dotted = self._resolved(node.func)
        if dotted is not None:
            found = self._library(dotted, node, depth)
            if found is not None:
                return found
        if isinstance(node.func, ast.Attribute) and dotted is None:
            if last in sources.SAME_METHODS:
                found = self._extents.of(node.func.value, depth).times(factor(node.args[:1]) if last == "repeat" else 1)
                return found.as_floats() if "float" in "".join(map(ast.unparse, node.args)) else found
            if last in sources.TRANSFORMS and node.args:
                return self._extents.of(node.args[0], depth).as_floats()
            if last in ("texts_to_sequences", "texts_to_matrix"):
                return TABLE
            if last == "predict" and node.args:
                return self._extents.of(node.args[0], depth).at_most(Extent.TABLE)
            if last == "pop":
                return SMALL
        if isinstance(node.func, ast.Name) and last in ("list", "tuple") and node.args:
            return self._extents.of(node.args[0], depth)
        return self._helper(node, (), depth)

    def _resolved(self, function: ast.expr) -> str | None:
        """The dotted name of a function; also of ``mnist.load_data`` where a local ``mnist`` means the library's."""
        found = self.module.names.resolve(function)
        if found is not None or not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            return found
        meant = {
            self.module.names.resolve(each.part) if isinstance(each.part, ast.Attribute) else None
            for each in self._extents.inference.flow.reaching(function.value)
        }
        return f"{holder}.{function.attr}" if len(meant) == 1 and (holder := next(iter(meant))) else None

    def _library(self, dotted: str, node: ast.Call, depth: int) -> Estimate | None:  # noqa: PLR0911 - one case for each family
        last = dotted.rpartition(".")[2]
        if dotted in sources.ARRAY_FILES or dotted == "h5py.File":
            return Estimate(Extent.LARGE, f"read by `{last}`" if last != "File" else HDF5, certain=False)
        if last in ("fetch_openml", "fetch_mldata") and "mnist" in ast.unparse(node).lower():
            return Estimate(Extent.LARGE, "the 70,000 images of MNIST as doubles")
        if last == "load_data" and dotted.startswith("keras.datasets"):
            return data_set(dotted, (0, 0))
        if last in sources.TABLE_READERS and dotted.startswith(("numpy.", "pandas.", "scipy.", "sklearn.", "keras.")):
            return TABLE
        if last in sources.SHAPED:
            return shape_extent([self._extents.inference.flow.number(each) for each in shape_of(node)])
        if last in sources.COMBINING and node.args:
            found = largest(self._extents.of(each, depth) for each in node.args)
            found = found.times(factor(node.args[1:2]) if last in ("repeat", "tile") else 1)
            found = found.as_floats() if last in sources.GIVING_FLOATS or "float" in ast.unparse(node) else found
            return found.at_most(Extent.TABLE) if dotted.startswith("pandas.") else found
        if last in ("to_categorical", "one_hot") and node.args:
            masks = self._extents.of(node.args[0], depth)  # of labels it may be anything: ten numbers, a thousand
            return masks if masks.extent is Extent.LARGE else UNKNOWN
        return None

    def part(self, node: ast.Call, steps: tuple[Step, ...], depth: int) -> Estimate:
        """The extent of the part of it that ``steps`` lead to."""
        last = last_name(node.func)
        if last == "train_test_split" and isinstance(steps[0], int) and node.args:
            which, test = divmod(steps[0], 2)
            whole = self._extents.of(node.args[which], depth - 1) if which < len(node.args) else UNKNOWN
            return whole.at_most(Extent.TABLE) if test else whole
        dotted = self._resolved(node.func) or ""
        if last == "load_data" and dotted.startswith("keras.datasets"):
            return data_set(dotted, steps)
        if last in sources.TOY_DATA or last == "next":
            return SMALL
        if last in ("split", "array_split") and dotted.startswith("numpy.") and node.args:
            return self._extents.of(node.args[0], depth - 1)
        if last == "shuffle" and isinstance(steps[0], int) and steps[0] < len(node.args):
            return self._extents.of(node.args[steps[0]], depth - 1)
        return self._helper(node, steps, depth)

    def _helper(self, node: ast.Call, steps: tuple[Step, ...], depth: int) -> Estimate:
        """What a function of the project returns, or a part of it; of a class, what its object holds."""
        value = self._extents.inference.of(node.func)
        if depth <= 0 or value.definition is None:
            return UNKNOWN
        module, definition = value.definition
        elsewhere = self._extents.elsewhere(module)
        if isinstance(definition, ast.ClassDef):
            return elsewhere.parts.held(definition, depth - 3) if not steps and value.kind is Kind.CLASS else UNKNOWN
        if not isinstance(definition, ast.FunctionDef):
            return UNKNOWN
        returned = elsewhere.calls.returned(definition, steps, depth - 2, (self._extents, node))
        return returned.at_most(Extent.TABLE) if steps and returned.origin == HDF5 else returned

    def returned(
        self, function: ast.FunctionDef, steps: tuple[Step, ...], depth: int, followed: tuple[Extents, ast.Call]
    ) -> Estimate:
        """The extent of what a function returns to the call that is ``followed`` (or of a part of it)."""
        if depth <= 0:
            return UNKNOWN
        before = self._followed.get(function)
        self._followed[function] = followed
        results = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
        found = largest(self._extents.stepped(result, steps, depth) for result in results)
        if before is None:
            del self._followed[function]
        else:
            self._followed[function] = before
        return found

    def parameter(self, binding: Binding, depth: int) -> Estimate:
        """What the call that is followed gives for a parameter; the largest that one in this file does without."""
        function = binding.statement
        if depth <= 0 or not isinstance(function, ast.FunctionDef):
            return UNKNOWN
        if function not in self._followed:
            return largest(self._extents.of(each, depth - 2) for each in self._extents.inference.given(binding))
        caller, call = self._followed[function]
        given = dict(zip(positional(self.module, function), call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
        return caller.of(given[binding.name], depth - 2) if binding.name in given else UNKNOWN
