"""Lists that a loop fills: with images or recordings read one by one, or with something small."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors import sources
from greenfix_codemods.semantics.tensors.classes import positional
from greenfix_codemods.semantics.tensors.estimates import IMAGES, SMALL, Estimate, few_passes
from greenfix_codemods.semantics.tensors.scopes import Binding, How

if TYPE_CHECKING:
    from greenfix_codemods.semantics.tensors.extent import Extents

DEPTH = 28
"""Steps from an array to where it comes from that are followed."""


class Rows:
    """What the loops of one module put into its lists."""

    def __init__(self, extents: Extents) -> None:
        self.module = extents.module
        self._extents = extents
        self._inference = extents.inference
        self._given: frozenset[str] = frozenset()
        """The parameters that are images in the call that is followed."""

    def filled(self, binding: Binding, depth: int) -> Estimate:
        """A list that starts empty: large when a loop appends images to it, or a list of images is added."""
        flow = self._inference.flow
        for read in flow.bindings(flow.scope(binding.node)).loads.get(binding.name, ()):
            parent = self.module.parents.get(read)
            call = self.module.parents.get(parent) if parent is not None else None
            method = parent.attr if isinstance(parent, ast.Attribute) else ""
            if not isinstance(call, ast.Call) or not call.args or binding not in flow.reaching(read):
                continue
            if method == "append" and self._in_long_loop(call) and self.is_image(call.args[0], DEPTH):
                return IMAGES
            if method == "extend" and depth > 0 and self._extents.of(call.args[0], depth - 4) == IMAGES:
                return IMAGES
        return SMALL

    def _in_long_loop(self, node: ast.AST) -> bool:
        for around in self.module.ancestors(node):
            if isinstance(around, ast.While):
                return True
            if isinstance(around, ast.For) and not few_passes(around.iter):
                return True
            if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                return False
        return False

    def is_image(self, node: ast.expr, depth: int) -> bool:  # noqa: PLR0911 - one case each
        """Whether ``node`` is one image: read from a file or a video, perhaps resized or converted."""
        if depth <= 0:
            return False
        if isinstance(node, ast.Name):
            return any(self._binds_image(each, depth) for each in self._inference.flow.reaching(node))
        if isinstance(node, ast.BinOp):
            return self.is_image(node.left, depth - 1)
        if isinstance(node, ast.Subscript):
            return _is_image_key(node.slice) or self.is_image(node.value, depth - 1)
        if not isinstance(node, ast.Call):
            return isinstance(node, ast.Attribute) and node.attr == "pixel_array"
        last, dotted = last_name(node.func), self.module.names.resolve(node.func)
        if last == "get" and node.args and _is_image_key(node.args[0]):
            return True
        if (last in sources.IMAGE_READERS and dotted is not None) or dotted == "PIL.Image.open":
            return True
        if dotted is not None and dotted.startswith(sources.RECORDING_READERS):
            return True
        if last in sources.IMAGE_STEPS:
            taken = node.args[:1] if dotted is not None else [getattr(node.func, "value", node.func)]
            return any(self.is_image(each, depth - 1) for each in taken)
        return self._helper_gives_image(node, depth - 3)

    def _helper_gives_image(self, call: ast.Call, depth: int) -> bool:
        """Whether a function of the project gives an image: one that it reads, or one that it is given."""
        module, function = self._inference.of(call.func).definition or (self.module, None)
        if not isinstance(function, ast.FunctionDef) or depth <= 0:
            return False
        given = dict(zip(positional(module, function), call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
        images = frozenset(name for name, value in given.items() if self.is_image(value, depth))
        return self._extents.elsewhere(module).rows.returns_image(function, images, depth)

    def _binds_image(self, binding: Binding, depth: int) -> bool:
        if binding.how is How.PARAMETER:
            return binding.name in self._given
        if binding.value is None or binding.how is not How.ASSIGN:
            return False
        if binding.steps:  # _, frame = video.read(); signal, rate = librosa.load(path)
            call = binding.value
            if binding.steps == (0,) and isinstance(call, ast.Call):
                return (self.module.names.resolve(call.func) or "").startswith(sources.RECORDING_READERS)
            return binding.steps == (1,) and isinstance(call, ast.Call) and self._reads_video(call)
        return self.is_image(binding.value, depth - 1)

    def _reads_video(self, call: ast.Call) -> bool:
        if (
            not isinstance(call.func, ast.Attribute)
            or call.func.attr != "read"
            or not isinstance(call.func.value, ast.Name)
        ):
            return False
        made = [each.value for each in self._inference.flow.reaching(call.func.value)]
        return any(isinstance(each, ast.Call) and last_name(each.func) == "VideoCapture" for each in made)

    def returns_image(self, function: ast.FunctionDef, given: frozenset[str], depth: int) -> bool:
        """Whether a function of this file returns one image when its parameters ``given`` are images."""
        before, self._given = self._given, given
        results = (node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None)
        found = any(self.is_image(each, depth) for each in results)
        self._given = before
        return found


def _is_image_key(node: ast.expr) -> bool:
    """Whether ``element["image"]`` of a data set of TensorFlow's is read, or that of a JSON line or a pickle."""
    return isinstance(node, ast.Constant) and node.value == "image"
