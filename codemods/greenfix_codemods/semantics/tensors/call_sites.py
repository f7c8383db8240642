"""Where a function of the project is called: in its own file, and in the files beside and above it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function, last_name
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.loops import loops_of

MOST_CALLS = 16
"""Calls that are looked at for one function."""
MOST_NEIGHBOURS = 100
"""Files of a folder that are searched for calls; a folder with more is a collection of programs and not one."""

Call = tuple[Module, ast.Call]
"""A call, with the file in which it stands."""


class CallSites(Analysis):
    """The calls of the functions of one module."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._found: dict[Function, tuple[Call, ...]] = {}

    def of(self, function: Function) -> tuple[Call, ...]:
        """The calls that are known to run ``function``; of the other files those that import it are looked at."""
        if function not in self._found:
            self._found[function] = (*self._in(self.module, function), *self._elsewhere(function))
        return self._found[function]

    def _elsewhere(self, function: Function) -> Iterator[Call]:
        """The calls in the scripts of the file's folder and of the folders above it that import its module."""
        called = re.compile(rb"\b" + function.name.encode() + rb"\s*\(")
        stem = self.module.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
        for path in self._neighbours():
            project = self.module.project
            if any(stem in dotted.split(".") for dotted in project.imports_of(path)) and project.matches(path, called):
                other = project.load(path)
                if other is not None:
                    yield from self._in(other, function)

    def _neighbours(self) -> Iterator[str]:
        folder = self.module.path
        while folder:
            folder = folder.rpartition("/")[0]
            scripts = self.module.project.scripts_in(folder)
            if len(scripts) <= MOST_NEIGHBOURS:
                yield from (path for path in scripts if path != self.module.path)

    @staticmethod
    def _in(module: Module, function: Function) -> Iterator[Call]:
        loops = module.once(loops_of)
        for call in module.once(inference_of).calls_of(function)[:MOST_CALLS]:
            runs = any(helper[1] is function for helper in loops.helpers(call))
            if runs and module.enclosing_function(call) is not function:
                yield module, call


def argument_for(function: Function, parameter: str, call: ast.Call, module: Module) -> ast.expr | None:
    """What ``call`` gives for ``parameter`` of ``function``, a function of ``module``; None when it does not say so."""
    keyword = next((each.value for each in call.keywords if each.arg == parameter), None)
    names = _positional(function, module)
    if keyword is not None or parameter not in names:
        return keyword
    before = call.args[: names.index(parameter) + 1]
    given = len(before) > names.index(parameter) and not any(isinstance(each, ast.Starred) for each in before)
    return before[-1] if given else None


def parameter_for(function: Function, argument: ast.AST, call: ast.Call, module: Module) -> str | None:
    """The parameter of ``function``, which stands in ``module``, for which ``call`` gives ``argument``."""
    names = (*_positional(function, module), *(each.arg for each in function.args.kwonlyargs))
    return next((each for each in names if argument_for(function, each, call, module) is argument), None)


def _positional(function: Function, module: Module) -> list[str]:
    """The parameters that a call gives by their place: not ``self``."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    method = isinstance(module.parents.get(function), ast.ClassDef)
    return names[1:] if method and "staticmethod" not in map(last_name, function.decorator_list) else names


def call_sites_of(module: Module) -> CallSites:
    """The calls of the functions of ``module``; ask through ``module.once(call_sites_of)``."""
    return CallSites(module)
