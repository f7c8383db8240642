"""Who reads a container, and what of it: the newest element, some places of its tuples, all for a gradient."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import COMPREHENSIONS, Function
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.call_sites import parameter_for
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.keeps import Keep, keep_of

NUMBER_READERS = frozenset(
    {"plot", "mean", "average", "print", "len", "sum", "min", "max", "float", "format", "append", "median", "std"}
    | {"semilogy", "scatter", "round", "reduce_mean", "info", "log", "write", "scalar", "savetxt", "save", "dump"}
    | {"array", "asarray", "nanmean", "plot_loss", "DataFrame", "argmin", "argmax", "range", "enumerate", "str"}
)
"""Calls that take the numbers of a list, whatever they are kept as."""


class Readers(Analysis):
    """The readers of the containers of one module."""

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
        handed = set(ast.walk(keep.container))
        return tuple(node for node in nodes if not self.adds(node) and node not in handed)

    def adds(self, node: ast.expr) -> bool:
        """Whether a read of a container is there to add to it."""
        statement: ast.AST = node
        while not isinstance(statement, ast.stmt):
            statement = self.module.parents[statement]
        keep = keep_of(statement)
        return keep is not None and any(each is node for each in ast.walk(keep.container))

    def feeds_gradient(self, keep: Keep) -> bool:
        """Whether a tape differentiates what is computed from the container, here or perhaps in a caller."""
        return any(self._differentiated(read) or self._computed_and_returned(read) for read in self.reads(keep))

    def _computed_and_returned(self, read: ast.expr) -> bool:
        """Whether TensorFlow computes from it what the function returns: ``return tf.reduce_mean(losses)``."""
        computed = False
        for around in self.module.ancestors(read):
            if isinstance(around, ast.Call):
                computed = computed or (self.module.names.resolve(around.func) or "").startswith("tensorflow.")
            elif isinstance(around, ast.stmt):
                return computed and (isinstance(around, ast.Return) or self._returns_target(around))
        return False

    def _returns_target(self, statement: ast.stmt) -> bool:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return False
        loads = self.flow.bindings(self.flow.scope(statement)).loads.get(statement.targets[0].id, ())
        return any(isinstance(around, ast.Return) for load in loads for around in self.module.ancestors(load))

    def _differentiated(self, read: ast.expr) -> bool:
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
        return any(
            _records(helper) and not self._only_filled(helper, call, argument) for helper in self.loops.helpers(call)
        )

    @staticmethod
    def _only_filled(helper: tuple[Module, Function], call: ast.Call, argument: ast.AST) -> bool:
        """Whether a function to which the container is given does nothing but add to it."""
        module, function = helper
        given = argument.value if isinstance(argument, ast.keyword) else argument
        name = parameter_for(function, given, call, module)
        reads = module.once(flow_of).bindings(function).loads.get(name, ()) if name is not None else ()
        return bool(reads) and all(module.once(readers_of).adds(read) for read in reads)

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


def _records(helper: tuple[Module, Function]) -> bool:
    """Whether a function records gradients."""
    inference = helper[0].once(inference_of)
    return any(isinstance(node, ast.With) and inference.is_tape(node) for node in ast.walk(helper[1]))


def readers_of(module: Module) -> Readers:
    """The readers of the containers of ``module``; ask through ``module.once(readers_of)``."""
    return Readers(module)
