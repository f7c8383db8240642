"""Whether somebody who reads a container needs the tensors in it as tensors, or only numbers of them."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.call_sites import call_sites_of, parameter_for
from greenfix_codemods.semantics.tensors.emptying import emptying_of
from greenfix_codemods.semantics.tensors.handed_back import handed_back_of
from greenfix_codemods.semantics.tensors.keeps import Keep, keep_of
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.readers import NUMBER_READERS, readers_of
from greenfix_codemods.semantics.tensors.scopes import Step

_COMPUTING = ("tensorflow.", "keras.", "tensorflow_probability.", "tensorflow_addons.")
_SHOWING = ("tensorflow.summary.", "tensorflow.print", "tensorflow.get_static_value")
_PASSING = frozenset({"zip", "list", "tuple", "enumerate", "reversed", "sorted"})
"""Functions whose result holds the same elements."""
_DEPTH = 4
"""Names, calls and other containers through which a value is followed."""


class CallerReads(Analysis):
    """The readers of the containers of one module that are filled elsewhere."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._open: set[ast.expr] = set()

    def needs(self, keep: Keep, depth: int = _DEPTH) -> bool:
        """Whether any read of the container takes the tensors out of sight or computes with them."""
        return not all(self.numbers(read, depth) for read in self.module.once(readers_of).reads(keep))

    def emptied(self, keep: Keep) -> bool:
        """Whether the container is given to a function of the project that empties it."""
        return any(self._emptied_in(read, keep) for read in self.module.once(readers_of).reads(keep))

    def _emptied_in(self, read: ast.expr, keep: Keep) -> bool:
        given, parent = read, self.module.parents.get(read)
        while isinstance(parent, ast.Subscript) and parent.value is given:  # the list under a key
            given, parent = parent, self.module.parents.get(parent)
        call = self.module.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        helper = self.loops.helper(call) if isinstance(call, ast.Call) and call.func is not given else None
        if helper is None or not isinstance(call, ast.Call):
            return False
        module, function = helper
        name = parameter_for(function, given, call, module)
        return name is not None and module.once(emptying_of).emptied(function, name, keep)

    def needs_result(self, call: ast.Call, steps: tuple[Step, ...], depth: int = _DEPTH) -> bool:
        """The same of what ``call`` gives, or of what stands at ``steps`` in it."""
        if isinstance(self.module.parents[call], ast.Assign):
            reads = self.module.once(handed_back_of).reads(call, steps)
            return not all(self.numbers(read, depth) for read in reads)
        return not self.numbers(call, depth)

    def numbers(self, read: ast.expr, depth: int = _DEPTH) -> bool:
        """Whether ``read`` ends where numbers do as well: drawn, printed, saved, compared, counted."""
        if read in self._open:  # handed back to where it came from: the other reads decide
            return True
        self._open.add(read)
        try:
            return self._ends_in_numbers(read, depth)
        finally:
            self._open.discard(read)

    def _ends_in_numbers(self, read: ast.expr, depth: int) -> bool:  # noqa: C901, PLR0911 - one case each
        node: ast.AST = read
        for around in self.module.ancestors(read):
            match around:
                case ast.Call() if node is not around.func and last_name(around.func) not in _PASSING:
                    return self._takes_numbers(around, node, depth)
                case ast.JoinedStr() | ast.Compare() | ast.Attribute(attr="numpy"):
                    return True
                case ast.For() | ast.comprehension() if around.iter is node:
                    return self._iterated(around, depth)
                case ast.BinOp():
                    return isinstance(around.op, ast.Mod) and self.inference.of(around.left).kind is Kind.TEXT
                case ast.Return() if depth:
                    return self._returned(read, around, depth)
                case ast.Lambda():
                    return False
                case ast.Assign(targets=[ast.Name() as target]) if depth:
                    loads = self.flow.bindings(self.flow.scope(around)).loads.get(target.id, ())
                    return all(self.numbers(load, depth - 1) for load in loads if not self._fills(load))
                case ast.AugAssign() | ast.Assign():
                    return self._kept(around, node, depth)
                case ast.stmt():
                    return isinstance(around, ast.Expr | ast.Assert | ast.Delete | ast.If | ast.While)
                case _:
                    node = around
        return False

    def _returned(self, read: ast.expr, statement: ast.Return, depth: int) -> bool:
        """Whether the callers of the function that returns ``read`` are known, and take numbers of what they get."""
        function = self.module.enclosing_function(statement)
        calls = self.module.once(call_sites_of).of(function) if function is not None else ()
        elements = statement.value.elts if isinstance(statement.value, ast.Tuple) else []
        place = next(
            (index for index, each in enumerate(elements) if any(node is read for node in ast.walk(each))), None
        )
        steps = () if place is None else (place,)
        callers = ((module.once(caller_reads_of), call) for module, call in calls)
        return bool(calls) and not any(reads.needs_result(call, steps, depth - 1) for reads, call in callers)

    def _fills(self, read: ast.expr) -> bool:
        return self.module.once(readers_of).adds(read)

    def _iterated(self, loop: ast.For | ast.comprehension, depth: int) -> bool:
        """Whether each use of what the loop binds does."""
        names = {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
        around = loop if isinstance(loop, ast.For) else self.module.parents[loop]
        uses = (each for each in ast.walk(around) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
        return all(self.numbers(use, depth) for use in uses if use.id in names)

    def _kept(self, statement: ast.AST, node: ast.AST, depth: int) -> bool:
        """Whether ``node`` is kept in a container whose readers take numbers."""
        keep = keep_of(statement)
        return keep is not None and depth > 0 and keep.value is node and not self.needs(keep, depth - 1)

    def _takes_numbers(self, call: ast.Call, argument: ast.AST, depth: int) -> bool:
        if keep_of(self.module.parents[call]) is not None:
            return self._kept(self.module.parents[call], argument, depth)
        dotted = self.module.names.resolve(call.func)
        if dotted is not None and dotted.startswith(_COMPUTING):
            return dotted.startswith(_SHOWING)
        helper = self.loops.helper(call)
        if helper is None:
            return dotted is not None or last_name(call.func) in NUMBER_READERS
        given = argument.value if isinstance(argument, ast.keyword) else argument
        module, function = helper
        name = parameter_for(function, given, call, module)
        reads = module.once(flow_of).bindings(function).loads.get(name, ()) if name is not None else ()
        others = module.once(caller_reads_of)
        return (
            name is not None
            and depth > 0
            and all(others._fills(each) or others.numbers(each, depth - 1) for each in reads)
        )


def caller_reads_of(module: Module) -> CallerReads:
    """The readers of what is filled elsewhere; ask through ``module.once(caller_reads_of)``."""
    return CallerReads(module)
