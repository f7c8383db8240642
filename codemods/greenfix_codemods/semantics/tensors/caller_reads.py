"""Whether somebody who reads a container needs the tensors in it as tensors, or only numbers of them."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.call_sites import parameter_for
from greenfix_codemods.semantics.tensors.keeps import Keep
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.readers import NUMBER_READERS, readers_of

_COMPUTING = ("tensorflow.", "keras.", "tensorflow_probability.", "tensorflow_addons.")
_SHOWING = ("tensorflow.summary.", "tensorflow.print", "tensorflow.get_static_value")
_PASSING = frozenset({"zip", "list", "tuple", "enumerate", "reversed", "sorted"})
"""Functions whose result holds the same elements."""
_DEPTH = 2


class CallerReads(Analysis):
    """The readers of the containers of one module that are filled elsewhere."""

    def needs(self, keep: Keep) -> bool:
        """Whether any read of the container takes the tensors out of sight or computes with them."""
        return not all(self.numbers(read) for read in self.module.once(readers_of).reads(keep))

    def numbers(self, read: ast.expr, depth: int = _DEPTH) -> bool:  # noqa: PLR0911 - one case each
        """Whether ``read`` ends where numbers do as well: drawn, printed, saved, compared, counted."""
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
                case ast.Lambda():
                    return False
                case ast.stmt():
                    return isinstance(around, ast.Expr | ast.Assert | ast.Delete | ast.If | ast.While)
                case _:
                    node = around
        return False

    def _iterated(self, loop: ast.For | ast.comprehension, depth: int) -> bool:
        """Whether each use of what the loop binds does."""
        names = {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
        around = loop if isinstance(loop, ast.For) else self.module.parents[loop]
        uses = (each for each in ast.walk(around) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
        return all(self.numbers(use, depth) for use in uses if use.id in names)

    def _takes_numbers(self, call: ast.Call, argument: ast.AST, depth: int) -> bool:
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
        fills, others = module.once(readers_of).adds, module.once(caller_reads_of)
        return name is not None and depth > 0 and all(fills(read) or others.numbers(read, depth - 1) for read in reads)


def caller_reads_of(module: Module) -> CallerReads:
    """The readers of what is filled elsewhere; ask through ``module.once(caller_reads_of)``."""
    return CallerReads(module)
