"""What a name holds: of its assignments, of the arguments that callers give, of an import."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.tensors import kinds
from greenfix_codemods.semantics.tensors.classes import classes_of, positional
from greenfix_codemods.semantics.tensors.eagerness import LIBRARIES
from greenfix_codemods.semantics.tensors.evidence import Evidence
from greenfix_codemods.semantics.tensors.kinds import Kind, Size, Value, join_all, operated, walk
from greenfix_codemods.semantics.tensors.scopes import Binding, How

if TYPE_CHECKING:
    from greenfix_codemods.semantics.tensors.inference import Inference


class Variables:
    """The names of one module."""

    def __init__(self, inference: Inference) -> None:
        self.module = inference.module
        self._inference = inference
        self._evidence = Evidence(inference)
        self._definitions: dict[str, Value] = {}
        self._given: dict[Binding, list[ast.expr]] = {}

    def name(self, node: ast.Name) -> Value:
        """The value of the name where it stands."""
        own = self._inference.flow.comprehension(node)
        if own is not None:
            return walk(self._inference.of(own[0]), own[1])
        bindings = self._inference.flow.reaching(node)
        if not bindings:
            return self._imported(node)
        value = join_all(list(self._held(bindings)))
        if value.kind is Kind.UNKNOWN or (value.kind is Kind.TENSOR and not value.certain):
            value = self._evidence.tensor(node, bindings) or value
        if value.kind is Kind.TENSOR and value.size is not Size.SCALAR and self._evidence.is_number(node, bindings):
            return replace(value, size=Size.SCALAR)
        return value

    def _held(self, bindings: Iterable[Binding]) -> Iterator[Value]:
        """What each may be; ``total = total + loss`` says of the ``total`` in itself only what was there before."""
        for binding in bindings:
            in_itself = binding.value is not None and self._inference.answers.is_open(binding.value)
            value = self._bound(binding)
            if not in_itself:
                yield value

    def _bound(self, binding: Binding) -> Value:  # noqa: PLR0911 - one case each
        if binding.how is How.PARAMETER:
            return self._parameter(binding)
        if isinstance(binding.statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return Value(Kind.FUNCTION, definition=(self.module, binding.statement))
        if isinstance(binding.statement, ast.ClassDef):
            return Value(Kind.CLASS, definition=(self.module, binding.statement))
        if isinstance(binding.statement, ast.Import | ast.ImportFrom) and isinstance(binding.name, str):
            return self.definition(self.module.names.imports.get(binding.name))
        if binding.value is None:
            return kinds.UNKNOWN
        value = walk(self._inference.of(binding.value), binding.steps)
        if binding.how is How.AUGMENTED and isinstance(binding.statement, ast.AugAssign):
            return self._augmented(binding, value)
        return value

    def _augmented(self, binding: Binding, added: Value) -> Value:
        """``total += loss``: what was there, and the tensor that was added."""
        if not isinstance(binding.node, ast.Name) or self._inference.answers.is_open(binding.node):
            return added  # the previous pass of a loop
        with self._inference.answers.opened(binding.node):
            before = [self._bound(each) for each in self._inference.flow.reaching(binding.node) if each is not binding]
        known = [value for value in before if value.kind is not Kind.UNKNOWN]
        if added.kind is Kind.TENSOR:
            sizes = [value.size for value in known if value.kind is Kind.TENSOR]
            return Value(Kind.TENSOR, kinds.larger(added.size, *sizes), certain=added.certain)
        return operated(join_all(known), added) if known else added

    def _imported(self, node: ast.Name) -> Value:
        return self.definition(self.module.names.imports.get(node.id))

    def definition(self, dotted: str | None) -> Value:
        """The function or class of the project that an import leads to; libraries are not followed."""
        if dotted is None or dotted.startswith(LIBRARIES):
            return kinds.UNKNOWN
        if dotted not in self._definitions:
            found = self.module.project.definition(dotted, self.module)
            kind = Kind.CLASS if found is not None and isinstance(found[1], ast.ClassDef) else Kind.FUNCTION
            self._definitions[dotted] = kinds.UNKNOWN if found is None else Value(kind, definition=found)
        return self._definitions[dotted]

    def _parameter(self, binding: Binding) -> Value:
        function = binding.statement
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return kinds.UNKNOWN
        owner = self.module.parents.get(function)
        first = [each.arg for each in (*function.args.posonlyargs, *function.args.args)][:1]
        if isinstance(owner, ast.ClassDef) and first == [binding.name] != positional(self.module, function)[:1]:
            kind = self.module.once(classes_of).class_kind(owner)
            return Value(kind, definition=(self.module, owner))
        given = self.given(binding)
        return join_all([self._inference.of(each) for each in given]) if given else kinds.UNKNOWN

    def given(self, binding: Binding) -> Sequence[ast.expr]:
        """What the calls of this file give for a parameter of a function, else its default."""
        function = binding.statement
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return ()
        if binding not in self._given:  # asked again whenever a value is inferred anew
            given = list(self._arguments(function.name, binding.name, positional(self.module, function)))
            self._given[binding] = given or list(_default(binding.name, function.args))
        return self._given[binding]

    def _arguments(self, function: str, parameter: str, names: list[str]) -> Iterator[ast.expr]:
        for call in self.calls.get(function, ())[:8]:
            keyword = next((each.value for each in call.keywords if each.arg == parameter), None)
            if keyword is not None:
                yield keyword
                continue
            position = names.index(parameter) if parameter in names else len(call.args)
            before = call.args[: position + 1]
            if len(call.args) > position and not any(isinstance(each, ast.Starred) for each in before):
                yield call.args[position]

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """The calls of the file by the last part of the called name."""
        calls: dict[str, list[ast.Call]] = {}
        for node in self.module.once(index_of).all(ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
            if isinstance(name, str):
                calls.setdefault(name, []).append(node)
        return calls


def _default(parameter: str, arguments: ast.arguments) -> Iterator[ast.expr]:
    """What the parameter is where no call of the file gives it. None says nothing: it stands for something else."""
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = zip(reversed(positional), reversed(arguments.defaults), strict=False)
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for each, default in (*with_default, *keyword_only):
        if each.arg == parameter and default is not None and not _is_none(default):
            yield default


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
