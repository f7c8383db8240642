"""How long a container lives, seen from the statement that adds to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors.eager_models import eager_models_of
from greenfix_codemods.semantics.tensors.emptying import Emptying, emptying_of
from greenfix_codemods.semantics.tensors.growing_keys import GrowingKeys
from greenfix_codemods.semantics.tensors.handed_back import handed_back_of
from greenfix_codemods.semantics.tensors.handed_life import life_through
from greenfix_codemods.semantics.tensors.handed_over import Place, handed_over_of, held_by
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.keeps import Keep, keep_of
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.life import Life, Lifetime
from greenfix_codemods.semantics.tensors.loops import Loop
from greenfix_codemods.semantics.tensors.object_lists import object_lists_of
from greenfix_codemods.semantics.tensors.recurring import CALLBACKS, Recurring
from greenfix_codemods.semantics.tensors.scopes import Binding, How

_STARTS = frozenset({"__init__", "fit", "train", "on_train_begin", "build", "compile", "learn", "run", "main"})
"""Methods that begin a whole training: a container made there lives as long as the training."""


_CONTAINERS = frozenset({Kind.SEQUENCE, Kind.MAPPING})


class ContainerLife(Recurring, GrowingKeys):
    """How long the containers of one module live."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._open: set[ast.stmt] = set()

    @cached_property
    def emptying(self) -> Emptying:
        """How they are emptied."""
        return self.module.once(emptying_of)

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
        given = [binding for binding in made if binding.how is How.PARAMETER]
        if given and (len(given) == len(made) or self.module.once(handed_over_of).ways(keep)):
            return self._of_parameter(keep)
        origins = [each for each in made if each not in given and not self.extends(each, root.id)]
        if not origins or any(binding.how is not How.ASSIGN for binding in origins):
            return Lifetime(Life.CALL)
        if any(self.emptying.bounded(binding.value) for binding in origins):
            return Lifetime(Life.BOUNDED)
        around = self.loops.around(keep.statement)
        origins = [each for each in origins if self.emptying.regular(each.statement, around)] or origins
        between = [loop for loop in around if not any(_inside(each.statement, loop, self.module) for each in origins)]
        if len(between) < len(around) and any(_inside(each.statement, around[-1], self.module) for each in origins):
            outer = around[len(between) :]
            # Made again in each pass of an outer loop: an epoch's list is freed soon, a fold's training is long.
            long = bool(between) and self.long(between[-1], keep)
            here = Lifetime(Life.PASS, between[-1] if long else outer[0])
            return here if self.emptying.emptied(around[-1], root.id, keep) else self._handed_back(keep, here)
        return self._of_loops(keep, tuple(between), root.id)

    def _of_parameter(self, keep: Keep) -> Lifetime:
        """A container that the callers hand over: told where they call."""
        if not self.grows_in(keep, self.loops.around(keep.statement)):
            return Lifetime(Life.BOUNDED)
        ways = self.module.once(handed_over_of).ways(keep)
        return life_through(ways, Place(self.module, keep), _life_in)

    def _of_loops(self, keep: Keep, between: tuple[Loop, ...], name: str) -> Lifetime:  # noqa: PLR0911 - one case each
        if not between:
            return self._handed_back(keep, Lifetime(Life.CALL))
        outermost = between[-1]
        if self.emptying.emptied(outermost, name, keep):
            return Lifetime(Life.PASS, outermost)
        if not self.grows_in(keep, between):
            return Lifetime(Life.BOUNDED, outermost)
        if not any(self.long(loop, keep) for loop in between):
            return Lifetime(Life.BOUNDED, outermost)
        function = self.module.enclosing_function(keep.statement)
        if function is None:
            return Lifetime(Life.RUN, outermost, certain=not self.loops.over_rows(outermost))
        if not self.loops.trains(outermost):
            if keep.spread or self.evaluates_once(function, outermost):
                return Lifetime(Life.RUN, outermost, certain=False)
            return self._handed_back(keep, Lifetime(Life.CALL, outermost))
        if len(between) == 1 and self.loops.only_called_in_loops(function):
            return self._handed_back(keep, Lifetime(Life.PASS, outermost))
        if self.loops.counts(outermost):
            return Lifetime(Life.RUN, outermost)
        called = bool(self.inference.calls_of(function))
        return Lifetime(Life.RUN if called else Life.CALL, outermost, certain=False)

    def _handed_back(self, keep: Keep, here: Lifetime) -> Lifetime:
        """The life that another container gives this one, here or in a caller, if it lives on; else that ``here``."""
        if keep.statement in self._open:  # containers that keep each other
            return here
        self._open.add(keep.statement)
        try:
            return next(self._lives_on(keep), here)
        finally:
            self._open.discard(keep.statement)

    def _lives_on(self, keep: Keep) -> Iterator[Lifetime]:
        for way in self.module.once(handed_back_of).ways(keep):
            module, keeping = way[-1].module, way[-1].keep
            there = _life_in(module).lifetime(keeping)
            if there.life is Life.RUN and module.once(inference_of).of(keeping.root).kind in _CONTAINERS:
                yield replace(there, caller=module, kept_by=keeping.name)

    def _of_outer(self, keep: Keep, owner: ast.Module | Function | ast.Lambda) -> Lifetime:
        """A container of the module, or of the function around, that a function adds to."""
        if not isinstance(keep.root, ast.Name):
            return Lifetime(Life.CALL)
        made = list(self.flow.bindings(owner).bound[keep.root.id])
        if any(binding.how is How.PARAMETER or self.emptying.bounded(binding.value) for binding in made):
            return Lifetime(Life.CALL)
        function = self.module.enclosing_function(keep.statement)
        if (
            self._replaced_by_functions(keep.root.id)
            or self.emptying.emptied(owner, keep.root.id, keep)
            or any(self.loops.around(each.statement) for each in made)
        ):
            return Lifetime(Life.PASS)
        if not self.grows_in(keep, self.loops.around(keep.statement)):
            return Lifetime(Life.BOUNDED)
        around = self.loops.around(keep.statement)
        if around and self.loops.trains(around[-1]):
            return Lifetime(Life.RUN, around[-1])
        repeated = function is not None and (self.loops.called_in_loop(function) or function.name in CALLBACKS)
        return Lifetime(Life.RUN if repeated else Life.CALL, None, certain=False)

    def _replaced_by_functions(self, name: str) -> bool:
        """Whether a function declares ``global name`` and binds it: each call starts it anew."""
        functions = self.module.once(index_of).all(ast.FunctionDef)
        scopes = (self.flow.bindings(function) for function in functions)
        made = (binding for scope in scopes if name in scope.shared for binding in scope.bound.get(name, ()))
        return any(not self.extends(binding, name) for binding in made)

    def _of_attribute(self, keep: Keep, root: ast.Attribute) -> Lifetime:  # noqa: C901, PLR0911, PLR0912 - one case each
        if not (isinstance(root.value, ast.Name) and root.value.id == "self"):
            return self._of_object(keep, root)
        owner = self.module.enclosing_class(keep.statement)
        method = self.module.enclosing_function(keep.statement)
        if owner is None or method is None:
            return Lifetime(Life.CALL)
        if self.module.once(eager_models_of).runs(method):
            return self._of_model(keep, root, method)
        around = self.loops.around(keep.statement)
        for write in self.attribute_writes(owner, root.attr):
            if self._grows(write, root) or write is keep.statement:
                continue
            value = getattr(write, "value", None)
            if self.emptying.bounded(value):
                return Lifetime(Life.BOUNDED)
            writer = self.module.enclosing_function(write)
            if writer is method and (not around or _inside(write, around[-1], self.module)):
                return Lifetime(Life.PASS)
            if writer is not method and writer is not None and writer.name not in _STARTS:
                return Lifetime(Life.PASS)
            if writer is not None and self.loops.around(write):
                return Lifetime(Life.PASS)
        if self.emptying.emptied(owner, f"self.{root.attr}", keep):
            return Lifetime(Life.PASS)
        if not self.grows_in(keep, around):
            return Lifetime(Life.BOUNDED)
        if around and (self.loops.trains(around[-1]) or self.loops.over_data(around[-1])):
            return Lifetime(Life.RUN, around[-1])
        if self.loops.called_in_loop(method) or method.name in CALLBACKS:
            return Lifetime(Life.RUN, None, certain=False)
        return Lifetime(Life.CALL)

    def _of_object(self, keep: Keep, root: ast.Attribute) -> Lifetime:
        """A list of another object, which its class makes once: it lives as long as the object."""
        name = held_by(keep)
        if name is None or not self.module.once(object_lists_of).made_once(keep, root):
            return Lifetime(Life.CALL)
        if self.module.once(handed_over_of).parameter_of(keep) is not None:
            return self._of_parameter(keep)
        found = self.lifetime(replace(keep, root=name))
        within = found.loop or self.module.tree
        return Lifetime(Life.PASS) if self.emptying.emptied(within, keep.name, keep) else found

    def _of_model(self, keep: Keep, root: ast.Attribute, method: Function) -> Lifetime:
        """A list of a model that runs eagerly: it lives as long as the model."""
        models = self.module.once(eager_models_of)
        if not self.module.once(object_lists_of).made_once(keep, root):
            return Lifetime(Life.PASS)
        if models.fitted(method):
            return Lifetime(Life.RUN, None, certain=False)
        found = [self.lifetime(each) for each in models.seen_from(keep, method)]
        return next((each for each in found if each.life is Life.RUN), Lifetime(Life.CALL))

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

    def extends(self, binding: Binding, name: str) -> bool:
        """Whether a binding adds to the container rather than making a new one: ``c += [x]``, ``c = c + [x]``."""
        keep = keep_of(binding.statement)
        return (keep is not None and keep.name == name) or self.module.once(handed_over_of).gives_back(binding)


def _life_in(module: Module) -> ContainerLife:
    return module.once(ContainerLife)


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
