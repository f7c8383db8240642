"""Stores under keys: whether each pass adds an entry, or replaces what the pass before stored."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.keeps import Keep
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.loops import Loop


class GrowingKeys(Analysis):
    """The keys under which the containers of one module are filled."""

    def grows_in(self, keep: Keep, between: tuple[Loop, ...]) -> bool:
        """Whether each pass adds an entry: not where ``c[key] = value`` replaces what was there under the key."""
        return keep.how != "store" or self._growing_key(keep, between)

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
