"""Statements that keep a value in a container: ``append``, ``extend``, ``+=``, a store, a sum in the newest entry."""

from __future__ import annotations

import ast
from dataclasses import dataclass

SUM = "sum"
"""How ``history[-1] += loss`` keeps: what another statement appended becomes a tensor."""
_ADDING = {"append": 0, "appendleft": 0, "add": 0, "insert": 1, "extend": 0}


@dataclass(frozen=True, eq=False, slots=True)
class Keep:
    """A statement that adds a value to a container.

    Attributes:
        statement: the statement.
        value: the expression that is kept.
        container: the expression of what it is added to, ``logs["loss"]`` in ``logs["loss"].append(loss)``.
        root: the name or attribute that holds the container, ``logs``.
        how: ``append``, ``extend``, ``store``, ``+=``, ``sum`` ...
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
        case ast.AugAssign(target=ast.Subscript(value=container) as target, op=ast.Add(), value=value) if _newest(
            target
        ) and not isinstance(value, ast.List | ast.ListComp | ast.Tuple):
            return _sum(statement, container, value)
        case ast.Assign(targets=[ast.Subscript(value=container) as target], value=ast.BinOp(op=ast.Add()) as sum_) if (
            _newest(target) and ast.unparse(sum_.left) == ast.unparse(target)
        ):
            return _sum(statement, container, sum_.right)
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


def _sum(statement: ast.stmt, container: ast.expr, value: ast.expr) -> Keep | None:
    root = root_of(container)
    return Keep(statement, value, container, root, SUM) if root is not None else None


def _newest(target: ast.Subscript) -> bool:
    return isinstance(target.slice, ast.UnaryOp) and ast.unparse(target.slice) == "-1"


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
