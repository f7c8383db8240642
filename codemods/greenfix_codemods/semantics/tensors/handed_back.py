"""Containers that another one keeps, here or in a caller: the lists of an epoch in the list of all epochs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.call_sites import call_sites_of
from greenfix_codemods.semantics.tensors.handed_over import Place, Way
from greenfix_codemods.semantics.tensors.keeps import Keep, keep_of
from greenfix_codemods.semantics.tensors.readers import readers_of
from greenfix_codemods.semantics.tensors.scopes import Step

Result = tuple[Module, ast.Call, tuple[Step, ...]]
"""A call, with its file, and the way into what it gives."""


class HandedBack(Analysis):
    """The containers that functions of one module return, and the results that it keeps itself."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._ways: dict[Keep, tuple[Way, ...]] = {}

    def ways(self, keep: Keep) -> tuple[Way, ...]:
        """Each way from the container that ``keep`` fills to a statement that keeps it, here or in a caller."""
        if keep not in self._ways:
            self._ways[keep] = self._found(keep)
        return self._ways[keep]

    def _found(self, keep: Keep) -> tuple[Way, ...]:
        own = tuple(self._through(self.module.once(readers_of).reads(keep), keep))
        results = self.results(keep)
        return own + tuple(
            way for module, call, steps in results for way in module.once(handed_back_of).kept(call, steps, keep)
        )

    def results(self, keep: Keep) -> tuple[Result, ...]:
        """The calls that give the container which ``keep`` fills, and where in their result it is."""
        function = self.module.enclosing_function(keep.statement)
        places = [] if function is None else list(self._returned(keep))
        if function is None or not places:
            return ()
        calls = self.module.once(call_sites_of).of(function)
        return tuple((module, call, steps) for steps in places for module, call in calls)

    def _returned(self, keep: Keep) -> Iterator[tuple[Step, ...]]:
        """Where in what the function returns the container itself stands."""
        for read in self.module.once(readers_of).reads(keep):
            parent = self.module.parents.get(read)
            above = self.module.parents.get(parent) if isinstance(parent, ast.Tuple | ast.Dict) else parent
            if isinstance(above, ast.Return):
                yield (parent.elts.index(read),) if isinstance(parent, ast.Tuple) else ()

    def kept(self, call: ast.Call, steps: tuple[Step, ...], filled: Keep) -> Iterator[Way]:
        """Each way from ``call``, whose result holds the container at ``steps``, to a statement that keeps it."""
        statement = next(each for each in self.module.ancestors(call) if isinstance(each, ast.stmt))
        keep = keep_of(statement)
        if keep is not None and keep.value is call:
            yield (Place(self.module, keep),)
        yield from self._through(self.reads(call, steps), filled)

    def _through(self, reads: Iterable[ast.expr], filled: Keep) -> Iterator[Way]:
        """The ways over those of ``reads`` that another container keeps."""
        for read in reads:
            keep = self._keep_of(read) if isinstance(read, ast.Name) else None
            if keep is not None and isinstance(read, ast.Name):
                result = replace(filled, statement=keep.statement, container=keep.value, root=read, spread=False)
                yield Place(self.module, result), Place(self.module, keep)

    def reads(self, call: ast.Call, steps: tuple[Step, ...]) -> Iterator[ast.Name]:
        """The reads of the names that are bound to the result of ``call``, or to what is at ``steps`` in it."""
        statement = self.module.parents[call]
        if not isinstance(statement, ast.Assign):
            return
        bindings = self.flow.bindings(self.flow.scope(statement))
        for name, bound in bindings.bound.items():
            if any(each.statement is statement and each.steps in ((), steps) for each in bound):
                loads = bindings.loads.get(name, ())
                yield from (each for each in loads if any(b.statement is statement for b in self.flow.reaching(each)))

    def _keep_of(self, read: ast.Name) -> Keep | None:
        """The statement that keeps ``read``, alone or in a tuple."""
        parent = self.module.parents.get(read)
        kept = parent if isinstance(parent, ast.Tuple) else read
        statement = next(each for each in self.module.ancestors(read) if isinstance(each, ast.stmt))
        keep = keep_of(statement)
        return keep if keep is not None and keep.value is kept else None


def handed_back_of(module: Module) -> HandedBack:
    """What functions of ``module`` return; ask through ``module.once(handed_back_of)``."""
    return HandedBack(module)
