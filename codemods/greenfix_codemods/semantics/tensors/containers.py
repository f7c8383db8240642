"""Statements that keep a value in a container, how long that container lives, and who reads it afterwards."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import COMPREHENSIONS, Function
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.bindings import Binding, How
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Value
from greenfix_codemods.semantics.tensors.loops import FEW_EPOCHS, Loop

_ADDING = {"append": 0, "appendleft": 0, "add": 0, "insert": 1, "extend": 0}
_EMPTYING = frozenset({"clear", "pop", "popleft", "popitem", "remove"})
_STARTS = frozenset({"__init__", "fit", "train", "on_train_begin", "build", "compile", "learn", "run", "main"})
"""Methods that begin a whole training: a container made there lives as long as the training."""
_CALLBACKS = frozenset(
    {"on_batch_end", "on_epoch_end", "on_train_batch_end", "train_step", "train_on_batch", "on_epoch_begin"}
    | {"on_test_batch_end", "train_batch", "update", "step", "optimize", "train_one_step"}
)


@dataclass(frozen=True, eq=False, slots=True)
class Keep:
    """A statement that adds a value to a container.

    Attributes:
        statement: the statement.
        value: the expression that is kept.
        container: the expression of what it is added to, ``logs["loss"]`` in ``logs["loss"].append(loss)``.
        root: the name or attribute that holds the container, ``logs``.
        how: ``append``, ``extend``, ``store``, ``+=`` ...
        spread: whether ``value`` is iterated and its items are kept.
    """

    statement: ast.stmt
    value: ast.expr
    container: ast.expr
    root: ast.Name | ast.Attribute
    how: str
    spread: bool = False

    @property
    def grows(self) -> bool:
        """Whether it adds many at once or files them under keys, rather than appending one."""
        return self.how not in ("append", "appendleft", "insert", "add")

    @property
    def name(self) -> str:
        """The root as it is written."""
        return ast.unparse(self.root)


class Life(Enum):
    """How long a container lives, seen from the statement that adds to it."""

    RUN = auto()
    """Made before the loop and never emptied in it."""
    PASS = auto()
    """Made again or emptied in each pass or window."""
    CALL = auto()
    """Local to a short function."""
    BOUNDED = auto()
    """Cannot hold much: ``deque(maxlen=...)``, a loop of a few passes, a constant key."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A container's life, with the outermost loop that it outlives (None: the loop is in another function)."""

    life: Life
    loop: Loop | None = None
    certain: bool = True


def keep_of(statement: ast.AST) -> Keep | None:  # noqa: PLR0911 - one case for each way to keep
    """The keep that ``statement`` is, if it is one."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=container, attr=method), args=arguments, keywords=[])):
            position = _ADDING.get(method)
            if position is None or len(arguments) != position + 1:
                return None
            root = root_of(container)
            if root is None or isinstance(arguments[position], ast.Starred):
                return None
            return Keep(statement, arguments[position], container, root, method, method == "extend")
        case ast.AugAssign(target=ast.Name() | ast.Attribute() | ast.Subscript() as target, op=ast.Add(), value=value):
            root = root_of(target)
            return Keep(statement, value, target, root, "+=", True) if root is not None else None
        case ast.Assign(targets=[ast.Subscript(value=container)], value=value):
            root = root_of(container)
            return Keep(statement, value, container, root, "store") if root is not None else None
        case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=ast.BinOp(op=ast.Add()) as sum_):
            if ast.dump(sum_.left) == ast.dump(_loaded(target)) and isinstance(sum_.right, ast.List):
                return Keep(statement, sum_.right, target, target, "+", True)
            return None
        case _:
            return None


def _loaded(target: ast.Name | ast.Attribute) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    return ast.Attribute(target.value, target.attr, ast.Load())


def root_of(container: ast.expr) -> ast.Name | ast.Attribute | None:
    """The name or attribute that holds ``container``: ``logs`` of ``logs.setdefault(k, [])["loss"]``."""
    while True:
        if isinstance(container, ast.Subscript):
            container = container.value
        elif (
            isinstance(container, ast.Call)
            and isinstance(container.func, ast.Attribute)
            and container.func.attr in ("setdefault", "get")
        ):
            container = container.func.value
        else:
            return container if isinstance(container, ast.Name | ast.Attribute) else None


class Containers(Analysis):
    """The containers of one module."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._loop_names: dict[Loop, frozenset[str]] = {}

    @cached_property
    def keeps(self) -> tuple[Keep, ...]:
        """Every statement of the file that adds to a container, in source order."""
        nodes = self.module.once(index_of).all(ast.Expr, ast.AugAssign, ast.Assign)
        found = [keep for node in nodes if (keep := keep_of(node)) is not None]
        return tuple(sorted(found, key=lambda keep: keep.statement.lineno))

    def may_outlive(self, keep: Keep) -> bool:
        """Whether the container can outlive a pass at all: a cheap look at the syntax before anything is inferred."""
        if isinstance(keep.root, ast.Attribute) or self.loops.around(keep.statement):
            return True
        return self.flow.owner(keep.root) is not self.flow.scope(keep.statement)

    def kept(self, keep: Keep) -> Value:
        """What one pass adds: the value, or the items of what is spread."""
        value = self.inference.of(keep.value)
        if keep.how == "+=" and value.kind not in (Kind.SEQUENCE, Kind.MAPPING):
            holder = self.inference.of(self._read(keep.container))
            if holder.kind is not Kind.SEQUENCE:
                return Value(Kind.UNKNOWN)  # a number or a tensor grows in place: it is one object
        return value

    def _read(self, container: ast.expr) -> ast.expr:
        return container

    # -- life ------------------------------------------------------------------------------------------------------

    def lifetime(self, keep: Keep) -> Lifetime:
        """How long what ``keep`` adds stays alive."""
        if isinstance(keep.root, ast.Attribute):
            return self._of_attribute(keep, keep.root)
        owner = self.flow.owner(keep.root)
        scope = self.flow.scope(keep.statement)
        if owner is None:
            return Lifetime(Life.CALL)
        if owner is not scope:
            return self._of_outer(keep, owner)
        return self._of_local(keep, keep.root)

    def _of_local(self, keep: Keep, root: ast.Name) -> Lifetime:
        made = self.flow.reaching(root)
        if any(binding.how is How.PARAMETER for binding in made):
            return Lifetime(Life.CALL)
        origins = [binding for binding in made if not self._extends(binding, root.id)]
        if not origins or any(binding.how is not How.ASSIGN for binding in origins):
            return Lifetime(Life.CALL)
        if any(self._bounded(binding.value) for binding in origins):
            return Lifetime(Life.BOUNDED)
        around = self.loops.around(keep.statement)
        origins = [each for each in origins if self._regular(each.statement, around)] or origins
        between = [loop for loop in around if not any(_inside(each.statement, loop, self.module) for each in origins)]
        if len(between) < len(around) and any(_inside(each.statement, around[-1], self.module) for each in origins):
            outer = around[len(between) :]
            if not between or not self._long(between[-1], keep):
                return Lifetime(Life.PASS, outer[0])
            # Made again in each pass of an outer loop: an epoch's list is freed soon, a fold's training is long.
            return Lifetime(Life.PASS, between[-1])
        return self._of_loops(keep, tuple(between), root.id)

    def _of_loops(self, keep: Keep, between: tuple[Loop, ...], name: str) -> Lifetime:  # noqa: PLR0911 - one case each
        if not between:
            return Lifetime(Life.CALL)
        outermost = between[-1]
        if self._emptied(outermost, name, keep):
            return Lifetime(Life.PASS, outermost)
        if keep.how == "store" and not self._growing_key(keep, between):
            return Lifetime(Life.BOUNDED, outermost)
        if not any(self._long(loop, keep) for loop in between):
            return Lifetime(Life.BOUNDED, outermost)
        function = self.module.enclosing_function(keep.statement)
        if function is None:
            return Lifetime(Life.RUN, outermost)
        if not self.loops.trains(outermost):
            return Lifetime(Life.CALL, outermost)
        if len(between) == 1 and self.loops.called_in_loop(function):
            return Lifetime(Life.PASS, outermost)
        if self.loops.counts(outermost):
            return Lifetime(Life.RUN, outermost)
        called = bool(self.inference.calls_of(function))
        return Lifetime(Life.RUN if called else Life.CALL, outermost, certain=False)

    def _long(self, loop: Loop, keep: Keep) -> bool:
        """Whether the loop is one of many passes: over data or epochs, not over layers, pairs or files' columns."""
        if self.loops.over_data(loop):
            return True
        if self.loops.trains(loop):
            return not self.loops.runs_once(loop, FEW_EPOCHS)
        scripted = self.module.enclosing_function(keep.statement) is None
        return scripted and self.loops.counts(loop) and not self.loops.runs_once(loop)

    def _of_outer(self, keep: Keep, owner: ast.Module | Function | ast.Lambda) -> Lifetime:
        """A container of the module, or of the function around, that a function adds to."""
        if not isinstance(keep.root, ast.Name):
            return Lifetime(Life.CALL)
        made = list(self.flow.bindings(owner).bound[keep.root.id])
        if any(binding.how is How.PARAMETER or self._bounded(binding.value) for binding in made):
            return Lifetime(Life.CALL)
        function = self.module.enclosing_function(keep.statement)
        resets = [each for each in made if self.module.enclosing_function(each.statement) is not None]
        resets = [each for each in resets if self.module.enclosing_function(each.statement) is not owner]
        if (
            resets
            or self._emptied(owner, keep.root.id, keep)
            or any(self.loops.around(each.statement) for each in made)
        ):
            return Lifetime(Life.PASS)
        if keep.how == "store" and not self._growing_key(keep, self.loops.around(keep.statement)):
            return Lifetime(Life.BOUNDED)
        around = self.loops.around(keep.statement)
        if around and self.loops.trains(around[-1]):
            return Lifetime(Life.RUN, around[-1])
        repeated = function is not None and (self.loops.called_in_loop(function) or function.name in _CALLBACKS)
        return Lifetime(Life.RUN if repeated else Life.CALL, None, certain=False)

    def _of_attribute(self, keep: Keep, root: ast.Attribute) -> Lifetime:  # noqa: C901, PLR0911 - one case each
        if not (isinstance(root.value, ast.Name) and root.value.id == "self"):
            return Lifetime(Life.CALL)
        owner = self.module.enclosing_class(keep.statement)
        method = self.module.enclosing_function(keep.statement)
        if owner is None or method is None:
            return Lifetime(Life.CALL)
        around = self.loops.around(keep.statement)
        for write in self.attribute_writes(owner, root.attr):
            if self._grows(write, root) or write is keep.statement:
                continue
            value = getattr(write, "value", None)
            if self._bounded(value):
                return Lifetime(Life.BOUNDED)
            writer = self.module.enclosing_function(write)
            if writer is method and (not around or _inside(write, around[-1], self.module)):
                return Lifetime(Life.PASS)
            if writer is not method and writer is not None and writer.name not in _STARTS:
                return Lifetime(Life.PASS)
            if writer is not None and self.loops.around(write):
                return Lifetime(Life.PASS)
        if self._emptied(owner, f"self.{root.attr}", keep):
            return Lifetime(Life.PASS)
        if keep.how == "store" and not self._growing_key(keep, around):
            return Lifetime(Life.BOUNDED)
        if around and (self.loops.trains(around[-1]) or self.loops.over_data(around[-1])):
            return Lifetime(Life.RUN, around[-1])
        if self.loops.called_in_loop(method) or method.name in _CALLBACKS:
            return Lifetime(Life.RUN, None, certain=False)
        return Lifetime(Life.CALL)

    def attribute_writes(self, owner: ast.ClassDef, name: str) -> Iterator[ast.stmt]:
        """The assignments to ``self.name`` in a class."""
        for node in ast.walk(owner):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                flat = [each for target in targets for each in _elements(target)]
                if any(_self_attribute(each) == name for each in flat):
                    yield node

    @staticmethod
    def _grows(write: ast.stmt, root: ast.Attribute) -> bool:
        keep = keep_of(write)
        return keep is not None and _self_attribute(keep.root) == root.attr

    def _extends(self, binding: Binding, name: str) -> bool:
        """Whether a binding adds to the container rather than making a new one: ``c += [x]``, ``c = c + [x]``."""
        keep = keep_of(binding.statement)
        return keep is not None and keep.name == name

    def _bounded(self, value: ast.AST | None) -> bool:
        if not isinstance(value, ast.Call):
            return False
        last = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return last == "deque" and (len(value.args) > 1 or any(each.arg == "maxlen" for each in value.keywords))

    def _emptied(self, within: ast.AST, name: str, keep: Keep) -> bool:
        """Whether the container is emptied, shortened or replaced anywhere in ``within``."""
        around = self.loops.around(keep.statement)
        return any(
            self._empties(node, name, keep) and self._regular(node, around)
            for node in ast.walk(within)
            if isinstance(node, ast.Call | ast.Delete | ast.Assign)
        )

    def _empties(self, node: ast.Call | ast.Delete | ast.Assign, name: str, keep: Keep) -> bool:
        if isinstance(node, ast.Call):
            emptying = isinstance(node.func, ast.Attribute) and node.func.attr in _EMPTYING
            return emptying and isinstance(node.func, ast.Attribute) and _written(root_of(node.func.value)) == name
        if isinstance(node, ast.Delete):
            return any(_written(root_of(target)) == name for target in node.targets)
        if node is keep.statement:
            return False
        for target in node.targets:
            if isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                fresh = isinstance(target.slice, ast.Slice) or isinstance(node.value, ast.List | ast.Dict)
                if fresh and self._in_loop_of(node, keep):
                    return True
        return False

    def _regular(self, node: ast.AST, around: tuple[Loop, ...]) -> bool:
        """Whether ``node`` runs again and again in the loops ``around``: not only on errors or under a fixed flag.

        ``if step % 100 == 0``, ``if done`` and ``if len(losses) > 10`` come true in their time: they ask for something
        that the loop changes. ``if args.debug`` and ``except KeyboardInterrupt`` are no release.
        """
        child = node
        for each in self.module.ancestors(node):
            if each in around and isinstance(each, ast.For | ast.AsyncFor | ast.While):
                return True
            if isinstance(each, ast.ExceptHandler):
                return False
            if isinstance(each, ast.If) and child is not each.test and not self._changes(each.test, around):
                return False
            child = each
        return True

    def _changes(self, test: ast.expr, around: tuple[Loop, ...]) -> bool:
        """Whether a condition may change from pass to pass: it reads what a loop binds, self, a call."""
        if not around:
            return True
        bound = self._bound_in(around[-1])
        for node in ast.walk(test):
            if isinstance(node, ast.Name) and (node.id in bound or node.id == "self"):
                return True
            if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
                return True
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len":
                return True
        return False

    def _bound_in(self, loop: Loop) -> frozenset[str]:
        if loop not in self._loop_names:
            names = (
                each.id for each in ast.walk(loop) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )
            self._loop_names[loop] = frozenset(names)
        return self._loop_names[loop]

    def _in_loop_of(self, node: ast.AST, keep: Keep) -> bool:
        loops = self.loops.around(keep.statement)
        return not loops or any(loop in loops for loop in self.loops.around(node))

    def _growing_key(self, keep: Keep, between: tuple[Loop, ...]) -> bool:
        """Whether ``c[key] = value`` adds an entry in each pass: the key varies with the loop."""
        target = keep.statement.targets[0] if isinstance(keep.statement, ast.Assign) else None
        if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Constant | ast.Slice):
            return False
        names = {node.id for node in ast.walk(target.slice) if isinstance(node, ast.Name)}
        varying: set[str] = set()
        for loop in between:
            long = not self.loops.runs_once(loop) and (self.loops.over_data(loop) or self.loops.counts(loop))
            if long and not isinstance(loop, ast.While):
                varying |= {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
            varying |= {
                node.target.id
                for node in ast.walk(loop)
                if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
            }
        holder = self.inference.of(keep.root)
        return bool(names & varying) and holder.kind in (Kind.MAPPING, Kind.UNKNOWN)

    # -- readers -----------------------------------------------------------------------------------------------------

    def reads(self, keep: Keep) -> tuple[ast.expr, ...]:
        """Every read of the container but the additions to it."""
        if isinstance(keep.root, ast.Attribute):
            name = keep.root.attr
            nodes: list[ast.expr] = [
                node
                for node in self.module.once(index_of).all(ast.Attribute)
                if node.attr == name and isinstance(node.ctx, ast.Load)
            ]
        else:
            holder = self.flow.owner(keep.root)
            if holder is None:
                return ()
            bindings = self.flow.bindings(holder)
            nodes = [*bindings.loads.get(keep.root.id, ()), *bindings.captured.get(keep.root.id, ())]
        return tuple(node for node in nodes if not self._adds(node))

    def _adds(self, node: ast.expr) -> bool:
        statement: ast.AST = node
        while not isinstance(statement, ast.stmt):
            statement = self.module.parents[statement]
        keep = keep_of(statement)
        return keep is not None and any(each is node for each in ast.walk(keep.container))

    def feeds_gradient(self, keep: Keep) -> bool:
        """Whether a tape differentiates what is computed from the container."""
        for read in self.reads(keep):
            node: ast.AST = read
            for around in self.module.ancestors(read):
                if isinstance(around, ast.With) and self.inference.is_tape(around):
                    return True
                if isinstance(around, ast.Call) and self._differentiates(around, node):
                    return True
                if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                    break
                node = around
        return False

    def _differentiates(self, call: ast.Call, argument: ast.AST) -> bool:
        if argument is call.func:
            return False
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("gradient", "minimize", "jacobian"):
            return True
        helper = self.loops.helper(call)
        if helper is None:
            return False
        inference = helper[0].once(inference_of)
        return any(isinstance(node, ast.With) and inference.is_tape(node) for node in ast.walk(helper[1]))

    def only_latest_read(self, keep: Keep) -> bool:
        """Whether only the newest elements are read (``c[-1]``, ``c[-n:]``, ``len(c)``), of a dict single entries."""
        return all(self._reads_latest(read, keep) for read in self.reads(keep))

    def _reads_latest(self, read: ast.expr, keep: Keep) -> bool:
        parent = self.module.parents.get(read)
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "len":
            return True
        if not isinstance(parent, ast.Subscript) or parent.value is not read:
            return False
        if keep.how == "store":
            return True
        if isinstance(parent.slice, ast.Slice):
            return parent.slice.upper is None and isinstance(parent.slice.lower, ast.UnaryOp)
        return isinstance(parent.slice, ast.UnaryOp)

    def positions_read(self, keep: Keep) -> frozenset[int] | None:
        """Which elements of the kept tuples are read; None when more than fixed positions may be."""
        found: set[int] = set()
        for read in self.reads(keep):
            positions = self._positions(read)
            if positions is None:
                return None
            found |= positions
        return frozenset(found)

    def _positions(self, read: ast.AST) -> set[int] | None:
        parent = self.module.parents.get(read)
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "len":
            return set()
        if isinstance(parent, ast.Subscript) and parent.value is read:
            if isinstance(parent.slice, ast.Slice):
                return self._positions(parent)
            return self._element_positions(parent)
        if isinstance(parent, ast.comprehension) and parent.iter is read and isinstance(parent.target, ast.Name):
            around = self.module.parents[parent]
            if isinstance(around, COMPREHENSIONS):
                return self._variable_positions(parent.target.id, around)
        if isinstance(parent, ast.comprehension | ast.For) and parent.iter is read:
            around = self.module.parents[parent] if isinstance(parent, ast.comprehension) else parent
            return self._unpacked_positions(parent.target, around)
        return None

    def _variable_positions(self, name: str, around: ast.AST) -> set[int] | None:
        found: set[int] = set()
        for node in ast.walk(around):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                positions = self._element_positions(node)
                if positions is None:
                    return None
                found |= positions
        return found

    def _element_positions(self, element: ast.AST) -> set[int] | None:
        parent = self.module.parents.get(element)
        if isinstance(parent, ast.Subscript) and parent.value is element and isinstance(parent.slice, ast.Constant):
            return {parent.slice.value} if isinstance(parent.slice.value, int) else None
        return None

    @staticmethod
    def _unpacked_positions(target: ast.expr, around: ast.AST) -> set[int] | None:
        if not isinstance(target, ast.Tuple) or any(not isinstance(each, ast.Name) for each in target.elts):
            return None
        names = {each.id: position for position, each in enumerate(target.elts) if isinstance(each, ast.Name)}
        used = {node.id for node in ast.walk(around) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        return {position for name, position in names.items() if name in used}


def _written(root: ast.expr | None) -> str:
    return ast.unparse(root) if root is not None else ""


def _inside(node: ast.AST, loop: ast.AST, module: Module) -> bool:
    return any(around is loop for around in module.ancestors(node))


def _self_attribute(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return node.attr
    return None


def _elements(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _elements(element)
    else:
        yield target


def containers_of(module: Module) -> Containers:
    """The containers of ``module``; ask through ``module.once(containers_of)``."""
    return Containers(module)
