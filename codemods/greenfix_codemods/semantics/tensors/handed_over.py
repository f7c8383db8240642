"""Containers that a caller hands to the function which fills them: the calls, seen as if they kept themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.call_sites import argument_for, call_sites_of, parameter_for
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.keeps import Keep, root_of
from greenfix_codemods.semantics.tensors.kinds import UNKNOWN, Value
from greenfix_codemods.semantics.tensors.object_lists import written_at
from greenfix_codemods.semantics.tensors.scopes import Binding, How

_DEPTH = 3
"""Calls through which a container is followed."""


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A statement on the way from where a container is made to where it is filled, with its file.

    The keep of a call is its statement and the argument that it hands over; ``call`` is the call itself.
    """

    module: Module
    keep: Keep
    call: ast.Call | None = None


Way = tuple[Place, ...]
"""The calls through which a container comes to a keep, innermost first; the last stands where it is made."""


def held_by(keep: Keep) -> ast.Name | None:
    """The variable that holds the container, or the object whose attribute it is: ``log`` of ``log.losses``."""
    root = keep.root.value if isinstance(keep.root, ast.Attribute) else keep.root
    return root if isinstance(root, ast.Name) and root.id != "self" else None


class HandedOver(Analysis):
    """The parameters of one module to which containers are handed over."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._ways: dict[Keep, tuple[Way, ...]] = {}

    def parameter_of(self, keep: Keep) -> Function | None:
        """The function around whose parameter ``keep`` fills."""
        name = held_by(keep)
        if name is None or keep.how == "+":  # c = c + [x] leaves the caller's list as it is
            return None
        function = self.flow.scope(keep.statement)
        if not isinstance(function, Function) or self.flow.owner(name) is not function:
            return None
        filled = any(binding.how is How.PARAMETER for binding in self.flow.reaching(name))
        return function if filled else None

    def ways(self, keep: Keep, depth: int = _DEPTH) -> tuple[Way, ...]:
        """Each way on which a container comes to ``keep``; none when it fills no parameter, or nobody calls."""
        if keep not in self._ways:
            function = self.parameter_of(keep)
            self._ways[keep] = () if function is None or not depth else tuple(self._followed(keep, function, depth))
        return self._ways[keep]

    def given(self, keep: Keep, parameter: str) -> list[Value]:
        """What the calls that hand over the container of ``keep`` give for another parameter of its function."""
        function = self.parameter_of(keep)
        first = dict.fromkeys(way[0] for way in self.ways(keep))
        found = []
        for place in first:
            if function is not None and place.call is not None:
                argument = argument_for(function, parameter, place.call, self.module)
                found.append(UNKNOWN if argument is None else place.module.once(inference_of).of(argument))
        return found

    def gives_back(self, binding: Binding) -> bool:
        """Whether the name stays what it was: ``losses = run(x, losses)``, where ``run`` returns what it was given."""
        call = binding.value
        helper = self.loops.helper(call) if isinstance(call, ast.Call) else None
        if helper is None or not isinstance(call, ast.Call):
            return False
        module, function = helper
        values = (*call.args, *(each.value for each in call.keywords))
        given = next((each for each in values if isinstance(each, ast.Name) and each.id == binding.name), None)
        name = parameter_for(function, given, call, module) if given is not None else None
        returns = [each for each in ast.walk(function) if isinstance(each, ast.Return)]
        flow = module.once(flow_of)
        results = [written_at(each.value, binding.steps) for each in returns]
        return bool(results) and all(
            isinstance(each, ast.Name) and each.id == name and flow.reaching(each)[0].how is How.PARAMETER
            for each in results
        )

    def _followed(self, keep: Keep, function: Function, depth: int) -> Iterator[Way]:
        for module, call in self.module.once(call_sites_of).of(function):
            place = self._place(keep, function, module, call)
            if place is None:
                continue
            caller = module.once(handed_over_of)
            if caller.parameter_of(place.keep) is None:
                yield (place,)
            else:
                yield from ((place, *way) for way in caller.ways(place.keep, depth - 1))

    def _place(self, keep: Keep, function: Function, module: Module, call: ast.Call) -> Place | None:
        """The call as a keep in its own function; None when it hands nothing over, or while a graph is traced."""
        name = held_by(keep)
        given = argument_for(function, name.id, call, self.module) if name is not None else None
        root = root_of(given) if given is not None else None
        if given is None or root is None or module.once(handed_over_of).inference.execution.in_graph(call):
            return None
        if isinstance(keep.root, ast.Attribute):  # the list of an object: the object is handed over
            if given is not root:
                return None
            root = ast.Attribute(root, keep.root.attr, ast.Load())
        statement = next(each for each in module.ancestors(call) if isinstance(each, ast.stmt))
        return Place(module, replace(keep, statement=statement, container=given, root=root, spread=False), call)


def handed_over_of(module: Module) -> HandedOver:
    """The parameters of ``module`` that are filled; ask through ``module.once(handed_over_of)``."""
    return HandedOver(module)
