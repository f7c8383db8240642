"""How large an array is likely to be, by where it comes from: images yes, labels no, tables perhaps.

A ``tf.data.Dataset`` made of a NumPy array counts as an array: it copies (200 MB more for 200 MB, TensorFlow 2.21).
"""

from __future__ import annotations

import ast
from functools import cached_property

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors import sources
from greenfix_codemods.semantics.tensors.called import CallExtents
from greenfix_codemods.semantics.tensors.estimates import (
    IMAGES,
    SMALL,
    TABLE,
    UNKNOWN,
    Estimate,
    Extent,
    few_passes,
    largest,
)
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.parts import PartExtents
from greenfix_codemods.semantics.tensors.rows import DEPTH, Rows
from greenfix_codemods.semantics.tensors.scopes import ITEM, Binding, How, Step
from greenfix_codemods.semantics.tensors.uses import uses_of

FOUR_AXES = "an array of four axes by its use"


class Extents:
    """The extents of the arrays of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.inference: Inference = module.once(inference_of)

    @cached_property
    def rows(self) -> Rows:
        """What the lists of the module are filled with."""
        return Rows(self)

    @cached_property
    def calls(self) -> CallExtents:
        """What the calls of the module give."""
        return CallExtents(self)

    @cached_property
    def parts(self) -> PartExtents:
        """What indexing and attributes of the module give."""
        return PartExtents(self)

    @staticmethod
    def elsewhere(module: Module) -> Extents:
        """The extents of another module of the project."""
        return module.once(extents_of)

    def of_binding(self, binding: Binding) -> Estimate:
        """How large the value is that ``binding`` binds."""
        if binding.value is None or binding.how is not How.ASSIGN or self.parts.lazy(binding.value):
            return UNKNOWN
        uses = self.module.once(uses_of)
        found = self.bound(binding)
        if found.extent is Extent.UNKNOWN and self._from_outside(binding):
            if self._pickled(binding.value) and uses.as_array(binding) and not uses.as_table(binding):
                found = Estimate(Extent.LARGE, "an array out of a pickle", certain=False)
            elif uses.as_array(binding):
                found = TABLE
        if found.extent is Extent.LARGE and not found.certain and found.origin != FOUR_AXES and uses.as_labels(binding):
            return TABLE  # one number or a few for each example
        return found

    def _from_outside(self, binding: Binding) -> bool:
        """Whether the value comes from a call that nothing is known of: a loader perhaps, no model's output."""
        value = binding.value
        if isinstance(value, ast.Name):
            return not self.inference.of(value).tensors
        if not isinstance(value, ast.Call) or self.inference.of(value.func).kind is Kind.MODEL:
            return False
        if isinstance(value.func, ast.Name) and self._is_called_object(value.func):
            return False
        kind = self.inference.of(value)
        return kind.kind in (Kind.UNKNOWN, Kind.SEQUENCE, Kind.ARRAY) and not kind.tensors

    def _is_called_object(self, name: ast.Name) -> bool:
        """Whether a variable is called: a model that was loaded somehow, rather than a function."""
        return any(binding.how is How.ASSIGN for binding in self.inference.flow.reaching(name))

    def _pickled(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and self.module.names.resolve(value.func) in sources.PICKLES

    def bound(self, binding: Binding, depth: int = DEPTH) -> Estimate:  # noqa: PLR0911 - one case for each kind of binding
        """How large the value is that ``binding`` binds, whatever its uses say of it."""
        if binding.how is How.PARAMETER:
            return self.calls.parameter(binding, depth)
        if isinstance(binding.statement, ast.ImportFrom):
            return self.parts.variable(self.module.names.imports.get(binding.name, ""), depth)
        if binding.value is None:
            return UNKNOWN
        if binding.how is How.WITH:
            return self.of(binding.value, depth)  # with h5py.File(...) as file
        if binding.how is not How.ASSIGN:
            return UNKNOWN
        if _is_empty_list(binding.value, binding.steps):
            return self.rows.filled(binding, depth)
        found = self.stepped(binding.value, binding.steps, depth)
        unsure = found.extent in (Extent.UNKNOWN, Extent.TABLE) and found.numbers is None
        return self._by_use(binding, binding.value) or found if unsure else found

    def _by_use(self, binding: Binding, value: ast.expr) -> Estimate | None:
        """Large, when what is done with an array of unknown origin says so."""
        uses = self.module.once(uses_of)
        if isinstance(value, ast.Call) and uses.as_volume(binding):
            return Estimate(Extent.LARGE, FOUR_AXES, certain=False)
        entry = isinstance(value, ast.Subscript) and self.parts.archive(value.value) == "numpy.load"
        return (
            Estimate(Extent.LARGE, "an array out of an archive", certain=False)
            if entry and uses.as_array(binding)
            else None
        )

    def stepped(self, node: ast.expr, steps: tuple[Step, ...], depth: int) -> Estimate:
        """The extent of a part of ``node``; of ``train_test_split`` and ``load_data`` the parts are known."""
        if not steps:
            return self.of(node, depth)
        if isinstance(node, ast.Tuple | ast.List) and isinstance(steps[0], int) and steps[0] < len(node.elts):
            return self.stepped(node.elts[steps[0]], steps[1:], depth)
        if isinstance(node, ast.Call):
            return self.calls.part(node, steps, depth)
        if isinstance(node, ast.Subscript | ast.Name | ast.Attribute):
            return self.of(node, depth) if len(steps) == 1 and steps[0] != ITEM else UNKNOWN
        return UNKNOWN

    def of(self, node: ast.expr, depth: int = DEPTH) -> Estimate:  # noqa: PLR0911, C901 - one case for each kind of expression
        """How large the value of ``node`` is."""
        if depth <= 0:
            return UNKNOWN
        match node:
            case ast.Name():
                return largest(self.bound(each, depth - 1) for each in self.inference.flow.reaching(node))
            case ast.Call():
                return self.calls.of(node, depth - 1)
            case ast.Subscript():
                return self.parts.subscript(node, depth - 1)
            case ast.Attribute():
                return self.parts.attribute(node, depth - 1)
            case ast.BinOp():
                found = largest((self.of(node.left, depth - 1), self.of(node.right, depth - 1)))
                return found.as_floats() if isinstance(node.op, ast.Div) else found
            case ast.UnaryOp():
                return self.of(node.operand, depth - 1)
            case ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.Lambda():
                return SMALL
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
                return largest((self.of(each, depth - 1) for each in parts), default=SMALL)
            case ast.ListComp():
                many = not few_passes(node.generators[0].iter)
                return IMAGES if many and self.rows.is_image(node.elt, depth - 1) else UNKNOWN
            case ast.IfExp():
                return largest((self.of(node.body, depth - 1), self.of(node.orelse, depth - 1)))
            case _:
                return UNKNOWN


def _is_empty_list(value: ast.expr, steps: tuple[Step, ...]) -> bool:
    """``[]``, or the part of ``[], []`` that a name takes."""
    for place in steps:
        if not isinstance(value, ast.Tuple | ast.List) or not isinstance(place, int) or place >= len(value.elts):
            return False
        value = value.elts[place]
    return isinstance(value, ast.List) and not value.elts


def extents_of(module: Module) -> Extents:
    """The extents of the arrays of ``module``; ask through ``module.once(extents_of)``."""
    return Extents(module)
