"""What the uses of a name say of its value: an array, a table, a matrix, labels."""

from __future__ import annotations

import ast
from collections.abc import Callable

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors import sources
from greenfix_codemods.semantics.tensors.bindings import Flow, flow_of
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.scopes import Binding

VOLUME_AXES = 4
"""Axes of a batch of images; tables have two and windows of time series three."""


class Uses:
    """The uses of the names of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.flow: Flow = module.once(flow_of)

    def as_array(self, binding: Binding) -> bool:
        """Whether something of unknown origin is used as only arrays and tables are."""
        if binding.value is not None and self.module.once(inference_of).of(binding.value).kind is Kind.TEXT:
            return False
        return self._any(binding, self._array_use)

    def as_table(self, binding: Binding) -> bool:
        """Whether it is used as only pandas tables are: columns by name, ``iloc``, ``columns``."""
        return self._any(binding, self._table_use)

    def as_matrix(self, binding: Binding) -> bool:
        """Whether it is joined to others along an axis, or its second axis is looked at."""
        return self._any(binding, self._matrix_use)

    def as_volume(self, binding: Binding) -> bool:
        """Whether it is used as only arrays of four axes are: images, volumes, films."""
        return self._any(binding, self._volume_use)

    def as_labels(self, binding: Binding) -> bool:
        """Whether it is what a model is to answer: the ``y`` of ``fit`` and ``train_test_split``, one-hot encoded."""
        return self._any(binding, self._label_use)

    def _any(self, binding: Binding, use: Callable[[ast.Name], bool]) -> bool:
        reads = self.flow.bindings(self.flow.scope(binding.node)).loads.get(binding.name, ())
        return any(use(read) and binding in self.flow.reaching(read) for read in reads)

    def _array_use(self, read: ast.Name) -> bool:
        parent = self.module.parents.get(read)
        if isinstance(parent, ast.Attribute):
            return parent.attr in sources.ARRAY_ATTRIBUTES
        if isinstance(parent, ast.Subscript) and parent.value is read:
            return isinstance(parent.slice, ast.Tuple) and any(
                isinstance(each, ast.Slice) or (isinstance(each, ast.Constant) and each.value is Ellipsis)
                for each in parent.slice.elts
            )
        return self._given_to(read, sources.ARRAY_TAKERS)

    def _table_use(self, read: ast.Name) -> bool:
        parent = self.module.parents.get(read)
        if isinstance(parent, ast.Attribute):
            return parent.attr in sources.TABLE_ATTRIBUTES
        index = parent.slice if isinstance(parent, ast.Subscript) and parent.value is read else None
        return isinstance(index, ast.Constant) and isinstance(index.value, str)

    def _matrix_use(self, read: ast.Name) -> bool:
        parent = self.module.parents.get(read)
        above = self.module.parents.get(parent) if parent is not None else None
        if isinstance(parent, ast.Attribute) and parent.attr == "shape" and isinstance(above, ast.Subscript):
            return isinstance(above.slice, ast.Constant) and above.slice.value in (1, 2, 3)
        return self._given_to(read, frozenset({"concatenate", "vstack", "hstack"}))

    def _volume_use(self, read: ast.Name) -> bool:
        parent = self.module.parents.get(read)
        above = self.module.parents.get(parent) if parent is not None else None
        if isinstance(parent, ast.Subscript) and parent.value is read and isinstance(parent.slice, ast.Tuple):
            return len(parent.slice.elts) >= VOLUME_AXES
        if not isinstance(parent, ast.Attribute):
            return False
        if parent.attr == "shape" and isinstance(above, ast.Subscript):
            return isinstance(above.slice, ast.Constant) and above.slice.value == VOLUME_AXES - 1
        if parent.attr != "reshape" or not isinstance(above, ast.Call) or not above.args:
            return False
        shape = above.args[0].elts if isinstance(above.args[0], ast.Tuple | ast.List) else above.args
        folded = [each.value for each in shape[-2:] if isinstance(each, ast.Constant)] == [
            1,
            1,
        ]  # a folded table
        return len(shape) >= VOLUME_AXES and not folded

    def _given_to(self, read: ast.Name, functions: frozenset[str]) -> bool:
        parent = self.module.parents.get(read)
        if isinstance(parent, ast.List | ast.Tuple):
            parent = self.module.parents.get(parent)
        return isinstance(parent, ast.Call) and last_name(parent.func) in functions

    def _label_use(self, read: ast.Name) -> bool:
        parent = self.module.parents.get(read)
        if isinstance(parent, ast.keyword):
            return parent.arg in ("y", "stratify", "labels")
        above = self.module.parents.get(parent) if isinstance(parent, ast.Tuple) else None
        if isinstance(parent, ast.Tuple) and isinstance(above, ast.Call):
            return last_name(above.func) == "from_tensor_slices" and parent.elts[0] is not read
        if not isinstance(parent, ast.Call) or read is parent.func:
            return False
        last = last_name(parent.func)
        if last in ("fit", "train_test_split", "flow", "fit_resample", "zip"):
            return any(each is read for each in parent.args[1:])
        encodes = isinstance(parent.func, ast.Attribute) and "label" in ast.unparse(parent.func.value).lower()
        return last in sources.LABEL_TAKERS or (encodes and last in sources.TRANSFORMS)


def uses_of(module: Module) -> Uses:
    """The uses of the names of ``module``; ask through ``module.once(uses_of)``."""
    return Uses(module)
