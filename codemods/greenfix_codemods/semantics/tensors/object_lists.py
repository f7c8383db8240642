"""Lists and dicts that are made where they are assigned, and objects whose class makes them once for each object."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.classes import classes_of
from greenfix_codemods.semantics.tensors.emptying import emptying_of
from greenfix_codemods.semantics.tensors.keeps import Keep
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.scopes import Step

_MAKERS = frozenset({"list", "dict", "defaultdict", "OrderedDict", "deque"})


def written_at(value: ast.expr | None, steps: Sequence[Step]) -> ast.expr | None:
    """The expression at the end of ``steps`` into ``value``, where it is written out: ``[]`` of ``[], 0``."""
    for step in steps:
        if not isinstance(value, ast.Tuple | ast.List) or not isinstance(step, int) or step >= len(value.elts):
            return None
        value = value.elts[step]
    return value


def made_by(value: ast.expr | None, steps: Sequence[Step] = ()) -> bool:
    """Whether an assignment makes a list or a dict: ``[]``, ``losses, count = [], 0``, ``defaultdict(list)``."""
    value = written_at(value, steps)
    if isinstance(value, ast.Call):
        return last_name(value.func) in _MAKERS or _field_made(value)
    return isinstance(value, ast.List | ast.Dict | ast.ListComp | ast.DictComp)


class ObjectLists(Analysis):
    """The attributes of objects that one module fills."""

    def made_once(self, keep: Keep, root: ast.Attribute) -> bool:
        """Whether ``root``, which ``keep`` fills, is a list that the class of its object makes in ``__init__`` only."""
        holder = self.inference.of(root.value)
        module, owner = holder.definition or (None, None)
        if module is None or not isinstance(owner, ast.ClassDef) or holder.kind is Kind.CLASS:
            return False
        writes = module.once(classes_of).writes(owner).get(root.attr, [])
        if not writes or not all(made_by(value, steps) and _at_start(module, value) for value, steps in writes):
            return False
        emptied = module.once(emptying_of).emptied(owner, f"self.{root.attr}", keep)
        return not emptied and not any(
            _replaces(each, root.attr) for each in self.module.once(index_of).all(ast.Attribute)
        )


def _field_made(call: ast.Call) -> bool:
    """Whether ``call`` is the field of a dataclass that gives each object a list: ``field(default_factory=list)``."""
    factory = next((each.value for each in call.keywords if each.arg == "default_factory"), None)
    return last_name(call.func) == "field" and factory is not None and last_name(factory) in _MAKERS


def _at_start(module: Module, value: ast.expr) -> bool:
    function = module.enclosing_function(value)
    if isinstance(value, ast.Call) and _field_made(value):
        return True
    return function is not None and function.name == "__init__"


def _replaces(node: ast.Attribute, name: str) -> bool:
    """Whether an object's attribute is assigned or deleted from outside."""
    own = isinstance(node.value, ast.Name) and node.value.id == "self"
    return node.attr == name and not own and not isinstance(node.ctx, ast.Load)


def object_lists_of(module: Module) -> ObjectLists:
    """The attributes of objects that ``module`` fills; ask through ``module.once(object_lists_of)``."""
    return ObjectLists(module)
