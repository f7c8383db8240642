"""Persistent gradient tapes: where they are last used, and what runs while they still hold their activations."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.kinds import Kind

_WORKING_METHODS = frozenset(
    {"fit", "predict", "evaluate", "train_on_batch", "predict_on_batch", "test_on_batch", "step", "save", "render"}
    | {"save_weights", "sample", "reset", "rollout", "generate", "play", "run_episode", "collect", "load", "restore"}
    | {"save_model", "save_checkpoint"}
)
_WORKING_WORDS = ("train", "eval", "valid", "test", "predict", "generate", "sample", "rollout", "save", "plot", "play")
_LIGHT_METHODS = frozenset(
    {
        "apply_gradients",
        "append",
        "extend",
        "update_state",
        "result",
        "reset_states",
        "reset_state",
        "numpy",
        "gradient",
    }
    | {"assign", "assign_sub", "assign_add", "write", "set_description", "set_postfix", "scalar", "format", "info"}
)
_DEPTH = 2


@dataclass(frozen=True, eq=False, slots=True)
class Tape:
    """A ``with tf.GradientTape(persistent=True) as name:`` and what runs after its last use.

    Attributes:
        statement: the ``with``.
        name: the variable.
        work: the first piece of real work that runs while the spent tape is alive; None when nothing does.
        gradients: how many calls of ``gradient`` (or of functions that are given the tape) use it.
    """

    statement: ast.With
    name: str
    work: ast.AST | None
    gradients: int


class Tapes(Analysis):
    """The persistent tapes of one module that run eagerly and are never deleted."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._working: dict[ast.AST, bool] = {}

    @cached_property
    def unreleased(self) -> tuple[Tape, ...]:
        """The tapes, in source order."""
        if b"GradientTape" not in self.module.source.data:
            return ()
        found: list[Tape] = []
        for node in self.module.once(index_of).all(ast.With):
            found += [self._tape(node, name) for name in self._persistent(node)]
        return tuple(found)

    def _persistent(self, node: ast.With) -> Iterator[str]:
        for item in node.items:
            call, name = item.context_expr, item.optional_vars
            if not isinstance(call, ast.Call) or not isinstance(name, ast.Name):
                continue
            if self.module.names.resolve(call.func) != "tensorflow.GradientTape" or not _is_persistent(call):
                continue
            if self.inference.execution.in_graph(node) or self._released(node, name.id):
                continue
            if not self._is_lesson(node, name.id):
                yield name.id

    def _is_lesson(self, node: ast.With, name: str) -> bool:
        """Whether a few operations of TensorFlow are recorded once, outside of loops and functions: no model runs."""
        if self.loops.around(node) or self.module.enclosing_function(node) is not None:
            return False
        calls = (call.func for statement in node.body for call in ast.walk(statement) if isinstance(call, ast.Call))
        own = (f"{name}.", "tensorflow.")
        return all((self.module.names.resolve(call) or ast.unparse(call)).startswith(own) for call in calls)

    def _released(self, node: ast.With, name: str) -> bool:
        """Whether the tape is deleted or its name rebound to something else in the same function, or kept on."""
        scope = self.flow.scope(node)
        bindings = self.flow.bindings(scope)
        for binding in bindings.bound.get(name, ()):
            later = binding.statement.lineno > node.lineno  # type: ignore[attr-defined]  # statements are located
            if later and not isinstance(binding.statement, ast.With):
                return True
        return bool(bindings.captured.get(name))

    def _tape(self, node: ast.With, name: str) -> Tape:
        scope = self.flow.scope(node)
        reads = [read for read in self.flow.bindings(scope).loads.get(name, ()) if node in self._bound_by(read)]
        return Tape(node, name, next(self._afterwards(node, name, reads), None), self._gradients(reads))

    def _bound_by(self, read: ast.Name) -> set[ast.AST]:
        return {binding.statement for binding in self.flow.reaching(read)}

    def _gradients(self, reads: Sequence[ast.Name]) -> int:
        count = 0
        for read in reads:
            parent = self.module.parents.get(read)
            if not isinstance(parent, ast.Attribute) or parent.attr in ("gradient", "jacobian", "batch_jacobian"):
                count += 2 if self.loops.around(read, self._loop(read)) else 1
        return count

    def _loop(self, read: ast.AST) -> ast.AST | None:
        around = self.loops.around(read)
        return around[-1] if around else None

    def _afterwards(self, node: ast.With, name: str, reads: Sequence[ast.Name]) -> Iterator[ast.AST]:
        """The real work between the last use of the tape and the next one, or the end of the function."""
        child: ast.AST = node
        last_line = max([node.end_lineno or 0, *(read.lineno for read in reads)])
        for parent in self.module.ancestors(node):
            block = next((each for each in _blocks(parent) if any(one is child for one in each)), None)
            if block is not None:
                index = next(position for position, each in enumerate(block) if each is child)
                after = [each for each in block[index + 1 :] if each.lineno > last_line]
                again = next((each for each in after if _rebinds(each, name)), None)
                yield from self._work_in(after[: after.index(again)] if again is not None else after)
                if again is not None:
                    return
                if isinstance(parent, LOOPS) and block is parent.body:
                    again = next((each for each in block[:index] if _rebinds(each, name)), None)
                    yield from self._work_in(block[: block.index(again)] if again is not None else block[:index])
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return
            child = parent

    def _work_in(self, statements: Sequence[ast.AST]) -> Iterator[ast.AST]:
        for statement in statements:
            if isinstance(
                statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
            ):
                continue
            yield from (node for node in _run(statement) if self._works(node, _DEPTH))

    def _works(self, node: ast.AST, depth: int) -> bool:  # noqa: PLR0911 - one case each
        """Whether ``node`` is a call that does real work: a forward pass, an environment step, saving, evaluating."""
        if isinstance(node, ast.With):
            return self.inference.is_tape(node)
        if not isinstance(node, ast.Call):
            return False
        if self.inference.of(node.func).kind is Kind.MODEL:
            return True
        dotted = self.module.names.resolve(node.func) or ""
        if dotted.startswith(("numpy.", "tensorflow.", "time.", "os.", "logging.", "keras.", "math.", "random.")):
            return False
        helper = self.loops.helper(node)
        if helper is not None:
            return depth > 0 and helper[0].once(tapes_of).function_works(helper[1], depth - 1)
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method in _LIGHT_METHODS or self.inference.of(node.func.value).kind in (Kind.DATASET, Kind.METRIC):
                return False
            return method in _WORKING_METHODS or any(word in method.lower() for word in _WORKING_WORDS)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        return any(word in name.lower() for word in _WORKING_WORDS)

    def function_works(self, function: ast.AST, depth: int) -> bool:
        """Whether calling ``function`` does real work."""
        if function not in self._working:
            self._working[function] = False  # a recursion counts as "not here"
            self._working[function] = any(self._works(node, depth) for node in ast.walk(function))
        return self._working[function]


def _run(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that run when it runs (not the bodies of functions defined in it), in source order."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _run(child)


def _rebinds(statement: ast.AST, name: str) -> bool:
    """Whether a statement makes the next tape of the same name, which lets the old one go before it records."""
    return any(
        isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name
        for node in _run(statement)
        if isinstance(node, ast.With)
        for item in node.items
    )


def _is_persistent(call: ast.Call) -> bool:
    values = [each.value for each in call.keywords if each.arg == "persistent"] or call.args[:1]
    return any(isinstance(value, ast.Constant) and value.value is True for value in values)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block


def tapes_of(module: Module) -> Tapes:
    """The persistent tapes of ``module``; ask through ``module.once(tapes_of)``."""
    return Tapes(module)
