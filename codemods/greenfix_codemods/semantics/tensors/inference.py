"""A small abstract interpreter: follows a value through assignments, unpacking, loops, helpers and classes.

It answers one question, ``Inference.of(expression)``: what
:class:`~greenfix_codemods.semantics.tensors.kinds.Value` does this expression give? Work per question is bounded;
what is too deep is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors import kinds
from greenfix_codemods.semantics.tensors.bindings import Flow, flow_of
from greenfix_codemods.semantics.tensors.calls import Calls
from greenfix_codemods.semantics.tensors.classes import Classes, classes_of
from greenfix_codemods.semantics.tensors.eagerness import LIBRARIES, Execution, execution_of
from greenfix_codemods.semantics.tensors.evidence import Evidence
from greenfix_codemods.semantics.tensors.kinds import Kind, Size, Value, join, join_all, step, walk
from greenfix_codemods.semantics.tensors.results import attribute_of
from greenfix_codemods.semantics.tensors.scopes import ITEM, Binding, How

MAXIMUM_DEPTH = 40
MAXIMUM_WORK = 3000
"""Expressions evaluated for one question: a stop for generated code, far above what people write."""
_LIMIT = 1
"""The bit of an answer that leans on one of these limits. The bits above are for the questions that are still open."""


class Inference:
    """The kinds of the values of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._memo: dict[ast.AST, Value] = {}
        self._active: dict[ast.AST, int] = {}
        self._provisional: dict[ast.AST, tuple[Value, int]] = {}
        self._results: dict[ast.AST, list[ast.Return | ast.Yield]] = {}
        self._definitions: dict[str, Value] = {}
        self._given: dict[Binding, list[ast.expr]] = {}
        self._work = 0
        self._leaning = 0

    @cached_property
    def flow(self) -> Flow:
        """The reaching definitions of the module."""
        return self.module.once(flow_of)

    @cached_property
    def _classes(self) -> Classes:
        return self.module.once(classes_of)

    @cached_property
    def _evidence(self) -> Evidence:
        return Evidence(self)

    @cached_property
    def _call_values(self) -> Calls:
        return Calls(self)

    @staticmethod
    def elsewhere(module: Module) -> Inference:
        """The kinds of another module of the project."""
        return module.once(inference_of)

    @cached_property
    def execution(self) -> Execution:
        """What of the module runs eagerly."""
        return self.module.once(execution_of)

    def of(self, node: ast.expr) -> Value:
        """The value of ``node`` where it stands.

        A question that comes back to itself gets "unknown" there. What was answered on the way leans on that, and
        holds only until the question it came back to is answered: to answer it anew each time was six sevenths of the
        work in a large tree.
        """
        if not self._active:
            self._work = 0
        if node in self._memo:
            return self._memo[node]
        if node in self._provisional:
            value, leaning = self._provisional[node]
            self._leaning |= leaning
            return value
        self._work += 1
        if node in self._active or len(self._active) > MAXIMUM_DEPTH or self._work > MAXIMUM_WORK:
            self._leaning |= self._active.get(node, _LIMIT)
            return kinds.UNKNOWN
        return self._answered(node)

    def _answered(self, node: ast.expr) -> Value:
        """Evaluate ``node``, and note how long the answer holds."""
        own = self._active[node] = _LIMIT << len(self._active) + 1
        outer, self._leaning = self._leaning, 0
        try:
            value = self._evaluate(node)
        finally:
            del self._active[node]
        leaning = self._leaning & ~own
        if self._leaning & own:
            self._provisional = {each: known for each, known in self._provisional.items() if not known[1] & own}
        if not leaning or not self._active:
            self._memo[node] = value
        elif not leaning & _LIMIT:
            self._provisional[node] = value, leaning
        self._leaning = leaning | outer
        return value

    def _evaluate(self, node: ast.expr) -> Value:  # noqa: PLR0911, PLR0912, C901 - one case for each kind of expression
        match node:
            case ast.Constant():
                return _constant(node.value)
            case ast.JoinedStr():
                return kinds.TEXT
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call_values.value(node)
            case ast.Tuple() | ast.List() | ast.Set():
                if any(isinstance(each, ast.Starred) for each in node.elts):
                    return kinds.SEQUENCE
                return Value(Kind.SEQUENCE, parts=tuple(self.of(each) for each in node.elts))
            case ast.Dict():
                keys = tuple(key.value if isinstance(key, ast.Constant) else None for key in node.keys)
                known = tuple(key for key in keys if isinstance(key, str))
                parts = tuple(self.of(each) for each in node.values)
                return Value(Kind.MAPPING, parts=parts, keys=known if len(known) == len(keys) else ())
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return Value(Kind.SEQUENCE, item=self.of(node.elt))
            case ast.DictComp():
                return Value(Kind.MAPPING, item=self.of(node.value))
            case ast.BinOp(op=ast.Mod()) if self.of(node.left).kind is Kind.TEXT:
                return kinds.TEXT
            case ast.BinOp():
                return self._operation(self.of(node.left), self.of(node.right))
            case ast.UnaryOp():
                return kinds.NUMBER if isinstance(node.op, ast.Not) else self.of(node.operand)
            case ast.Compare():
                return self._compare(node)
            case ast.BoolOp():
                return join_all([self.of(each) for each in node.values])
            case ast.IfExp():
                return join(self.of(node.body), self.of(node.orelse))
            case ast.NamedExpr() | ast.Starred() | ast.Await():
                return self.of(node.value)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Lambda():
                return Value(Kind.FUNCTION, definition=(self.module, node))
            case _:
                return kinds.UNKNOWN

    @staticmethod
    def _operation(left: Value, right: Value) -> Value:
        """Tensors win over everything they are added to; a tensor with something unknown stays a tensor."""
        both = (left, right)
        symbolic = [each for each in both if each.kind is Kind.SYMBOLIC]
        if symbolic:
            return kinds.SYMBOLIC
        tensors = [each for each in both if each.kind in (Kind.TENSOR, Kind.VARIABLE)]
        if tensors:
            sizes = [each.size for each in both if each.kind is not Kind.VARIABLE]
            size = kinds.larger(*sizes) if len(sizes) == 2 else Size.UNKNOWN
            return Value(Kind.TENSOR, size, certain=all(each.certain for each in tensors))
        if left.kind is Kind.TEXT:
            return left
        if Kind.ARRAY in (left.kind, right.kind) and Kind.UNKNOWN not in (left.kind, right.kind):
            return kinds.ARRAY
        return left if left.kind is right.kind else kinds.UNKNOWN

    def _compare(self, node: ast.Compare) -> Value:
        if isinstance(node.ops[0], ast.In | ast.NotIn | ast.Is | ast.IsNot):
            return kinds.NUMBER
        return self._operation(self.of(node.left), self.of(node.comparators[0]))

    def _subscript(self, node: ast.Subscript) -> Value:
        value = self.of(node.value)
        if isinstance(node.slice, ast.Slice) and value.kind is Kind.SEQUENCE:
            return Value(Kind.SEQUENCE, item=step(value, ITEM))
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            if node.slice.value in value.keys:
                return value.parts[value.keys.index(node.slice.value)]
            return step(value, ITEM)
        index = _integer(node.slice)
        return step(value, ITEM if index is None else index)

    def _name(self, node: ast.Name) -> Value:
        own = self.flow.comprehension(node)
        if own is not None:
            return walk(self.of(own[0]), own[1])
        bindings = self.flow.reaching(node)
        if not bindings:
            return self._imported(node)
        value = join_all([self._bound(binding) for binding in bindings])
        if value.kind is Kind.UNKNOWN or (value.kind is Kind.TENSOR and not value.certain):
            value = self._evidence.tensor(node, bindings) or value
        if value.kind is Kind.TENSOR and value.size is not Size.SCALAR and self._evidence.is_number(node, bindings):
            return replace(value, size=Size.SCALAR)
        return value

    def _bound(self, binding: Binding) -> Value:  # noqa: PLR0911 - one case each
        if binding.how is How.PARAMETER:
            return self._parameter(binding)
        if isinstance(binding.statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return Value(Kind.FUNCTION, definition=(self.module, binding.statement))
        if isinstance(binding.statement, ast.ClassDef):
            return Value(Kind.CLASS, definition=(self.module, binding.statement))
        if isinstance(binding.statement, ast.Import | ast.ImportFrom) and isinstance(binding.name, str):
            return self._definition(self.module.names.imports.get(binding.name))
        if binding.value is None:
            return kinds.UNKNOWN
        value = walk(self.of(binding.value), binding.steps)
        if binding.how is How.AUGMENTED and isinstance(binding.statement, ast.AugAssign):
            return self._augmented(binding, value)
        return value

    def _augmented(self, binding: Binding, added: Value) -> Value:
        """``total += loss``: what was there, and the tensor that was added."""
        if not isinstance(binding.node, ast.Name) or binding.node in self._active:
            return added  # the previous pass of a loop
        self._active[binding.node] = _LIMIT << len(self._active) + 1
        before = [self._bound(each) for each in self.flow.reaching(binding.node) if each is not binding]
        del self._active[binding.node]
        known = [value for value in before if value.kind is not Kind.UNKNOWN]
        if added.kind is Kind.TENSOR:
            sizes = [value.size for value in known if value.kind is Kind.TENSOR]
            return Value(Kind.TENSOR, kinds.larger(added.size, *sizes), certain=added.certain)
        return self._operation(join_all(known), added) if known else added

    def _imported(self, node: ast.Name) -> Value:
        return self._definition(self.module.names.imports.get(node.id))

    def _definition(self, dotted: str | None) -> Value:
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
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        if isinstance(owner, ast.ClassDef) and "staticmethod" not in map(_decorator, function.decorator_list):
            if names[:1] == [binding.name]:
                return self._self(owner)
            names = names[1:]
        if binding not in self._given:  # asked again whenever a value is inferred anew
            self._given[binding] = list(self._arguments(function.name, binding.name, names))
        given = self._given[binding]
        return join_all([self.of(each) for each in given]) if given else kinds.UNKNOWN

    def _arguments(self, function: str, parameter: str, names: list[str]) -> Iterator[ast.expr]:
        for call in self._calls.get(function, ())[:8]:
            keyword = next((each.value for each in call.keywords if each.arg == parameter), None)
            if keyword is not None:
                yield keyword
                continue
            position = names.index(parameter) if parameter in names else len(call.args)
            before = call.args[: position + 1]
            if len(call.args) > position and not any(isinstance(each, ast.Starred) for each in before):
                yield call.args[position]

    def calls_of(self, function: Function) -> Sequence[ast.Call]:
        """The calls in this file of what has the name of ``function``."""
        return self._calls.get(function.name, ())

    @cached_property
    def _calls(self) -> dict[str, list[ast.Call]]:
        """The calls of the file by the last part of the called name."""
        calls: dict[str, list[ast.Call]] = {}
        for node in self.module.once(index_of).all(ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
            if isinstance(name, str):
                calls.setdefault(name, []).append(node)
        return calls

    def _self(self, owner: ast.ClassDef) -> Value:
        return Value(self._classes.class_kind(owner), definition=(self.module, owner))

    def _attribute(self, node: ast.Attribute) -> Value:
        dotted = self.module.names.raw(node)
        if dotted is not None:
            return self._definition(dotted)
        value = self.of(node.value)
        owner = value.definition[1] if value.definition is not None else None
        if value.definition is not None and isinstance(owner, ast.ClassDef):
            found = value.definition[0].once(inference_of).attribute(owner, node.attr)
            if found.kind is not Kind.UNKNOWN:
                return found
        return attribute_of(value, node.attr)

    def attribute(self, owner: ast.ClassDef, name: str, depth: int = 3) -> Value:
        """What the attribute ``name`` of an instance holds, from every assignment to it in the class."""
        method = self._classes.member(owner, name)
        if method is not None:
            decorators = {_decorator(each) for each in method[1].decorator_list}
            if decorators & {"property", "cached_property"}:
                return method[0].once(inference_of).returns(method[1])
            return Value(Kind.FUNCTION, definition=method)
        writes = self._classes.writes(owner).get(name, [])
        if writes:
            value = join_all([walk(self.of(value), steps) for value, steps in writes[:8]])
            by_use = value.kind is Kind.UNKNOWN and name in self._classes.trained(owner)
            return kinds.MODEL.doubtful() if by_use else value
        for base in owner.bases if depth else ():
            found = self._classes.base(base)
            if found is not None and found[1] is not owner:
                return found[0].once(inference_of).attribute(found[1], name, depth - 1)
        return kinds.UNKNOWN

    def returns(self, function: Function) -> Value:
        """What a function of this file returns; from a ``tf.function`` nothing but tensors comes back."""
        if function not in self._results:
            self._results[function] = [
                each for each in _own_nodes(function) if isinstance(each, ast.Return | ast.Yield)
            ]
        if self.execution.is_federated(function):
            return kinds.UNKNOWN
        own = self._results[function]
        results = [self.of(each.value) for each in own if isinstance(each, ast.Return) and each.value is not None]
        yields = [self.of(each.value) for each in own if isinstance(each, ast.Yield) and each.value is not None]
        if yields:
            return Value(Kind.SEQUENCE, item=join_all(yields))
        if not results:
            return kinds.NONE
        value = join_all(results)
        return kinds.as_tensors(value) if self.execution.is_decorated(function) else value

    def is_tape(self, node: ast.With) -> bool:
        """Whether ``node`` records gradients."""
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return any(self.module.names.resolve(call.func) == "tensorflow.GradientTape" for call in calls)


def _constant(value: object) -> Value:
    if value is None:
        return kinds.NONE
    return kinds.NUMBER if isinstance(value, int | float | complex) else kinds.TEXT


def _integer(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _integer(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def _decorator(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def inference_of(module: Module) -> Inference:
    """The kinds of ``module``; ask through ``module.once(inference_of)``."""
    return Inference(module)
