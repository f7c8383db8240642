"""What the uses of a name say of its value: only a tensor has ``numpy()``, only one number has a number format."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.tensors import kinds
from greenfix_codemods.semantics.tensors.kinds import Kind, Size, Value
from greenfix_codemods.semantics.tensors.scopes import Binding

if TYPE_CHECKING:
    from greenfix_codemods.semantics.tensors.inference import Inference


_NUMBER_FORMAT = re.compile(r"[:%][^}]*[fegd]")


class Evidence:
    """The uses of the names of one module."""

    def __init__(self, inference: Inference) -> None:
        self.module = inference.module
        self._inference = inference

    def tensor(self, node: ast.Name, bindings: Sequence[Binding]) -> Value | None:
        """A tensor because it is used as one: ``x.numpy()`` is read of it, or a tape differentiates it."""
        if node.id not in self._used_as_tensors:
            return None  # nearly all names; to look at each of their reads was a fifth of the time of inference
        owner = self._inference.flow.owner(node)
        if owner is None or not self._inference.execution.uses_tensorflow:
            return None
        for read in self._inference.flow.bindings(owner).loads.get(node.id, ()):
            use = self._tensor_use(read)
            if use is not None and set(bindings) & set(self._inference.flow.reaching(read)):
                return use
        return None

    @cached_property
    def _used_as_tensors(self) -> frozenset[str]:
        """The names of which ``numpy`` is read anywhere in the file, or that a ``gradient`` is taken of."""
        index = self.module.once(index_of)
        read = [node.value for node in index.all(ast.Attribute) if node.attr == "numpy"]
        calls = (node for node in index.all(ast.Call) if isinstance(node.func, ast.Attribute) and node.args)
        read += [node.args[0] for node in calls if getattr(node.func, "attr", None) == "gradient"]
        return frozenset(node.id for node in read if isinstance(node, ast.Name))

    def _tensor_use(self, read: ast.Name) -> Value | None:
        parent = self.module.parents.get(read)
        call = self.module.parents.get(parent) if parent is not None else None
        if isinstance(parent, ast.Attribute) and parent.attr == "numpy":
            return kinds.TENSOR if isinstance(call, ast.Call) and call.func is parent and not call.args else None
        if isinstance(parent, ast.Call) and parent.args[:1] == [read] and isinstance(parent.func, ast.Attribute):
            differentiates = parent.func.attr == "gradient" and self._inference.of(parent.func.value).kind is Kind.TAPE
            return Value(Kind.TENSOR, Size.SMALL) if differentiates else None
        return None

    def is_number(self, node: ast.Name, bindings: Sequence[Binding]) -> bool:
        """Whether a number format or ``float()`` takes it, which fails for anything but one number."""
        owner = self._inference.flow.owner(node)
        reads = self._inference.flow.bindings(owner).loads.get(node.id, ()) if owner is not None else ()
        wanted = set(bindings)
        return any(self.number_use(read) and wanted & set(self._inference.flow.reaching(read)) for read in reads)

    def number_use(self, read: ast.expr) -> bool:
        """Whether ``read`` stands where only one number can."""
        node: ast.AST = read
        parent = self.module.parents.get(node)
        while isinstance(parent, ast.Attribute) and parent.attr == "numpy":  # loss.numpy() is formatted
            node = self.module.parents[parent]
            parent = self.module.parents.get(node)
        if isinstance(parent, ast.FormattedValue):
            return parent.format_spec is not None
        if isinstance(parent, ast.Tuple):
            node, parent = parent, self.module.parents.get(parent)
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mod) and parent.right is node:
            return isinstance(parent.left, ast.Constant) and _NUMBER_FORMAT.search(str(parent.left.value)) is not None
        if not isinstance(parent, ast.Call):
            return False
        if isinstance(parent.func, ast.Name):
            return parent.func.id in ("float", "int")
        text = parent.func.value if isinstance(parent.func, ast.Attribute) and parent.func.attr == "format" else None
        return isinstance(text, ast.Constant) and _NUMBER_FORMAT.search(str(text.value)) is not None
