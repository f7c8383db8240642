"""Adding an import once, in the right place, unless the file can already say what is needed."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from greenfix_codemods.edits import Insert, Where
from greenfix_codemods.semantics.models.handles import Spelling, gc_at
from greenfix_codemods.semantics.module import Module


def spelled(spelling: Spelling, module: Module) -> tuple[Insert, ...]:
    """The import that ``spelling`` needs, if any.

    It comes under the statement that the spelling names; else in alphabetical order into the first run of plain
    imports; in a file without imports after the docstring and ``from __future__``.
    """
    if not spelling.import_line:
        return ()
    return (_insert(spelling.import_line, spelling.after or _before_it(spelling.import_line, module), module),)


def gc_obstacle(module: Module, place: ast.AST) -> str | None:
    """Why ``import gc`` cannot be added where the file has none: the name already means something else here."""
    if not gc_at(module, place).import_line:
        return None
    taken = any("gc" in bound for bound in module.names.bound.values())
    if taken or module.names.imports.get("gc", "gc") != "gc":
        return "`gc` is already another name in this file"
    return None


def _insert(line: str, after: ast.stmt | None, module: Module) -> Insert:
    body = module.tree.body
    if after is not None:
        return Insert(_first_on_line(after, body), Where.AFTER, line)
    first = next((each for each in body if isinstance(each, ast.Import | ast.ImportFrom) and not _future(each)), None)
    if first is not None:
        return Insert(_first_on_line(first, body), Where.HEAD, line)
    prologue = _prologue(body)
    if prologue:
        return Insert(_first_on_line(prologue[-1], body), Where.AFTER, line)
    return Insert(body[0], Where.BEFORE, line)


def _before_it(line: str, module: Module) -> ast.stmt | None:
    """The last of the first run of plain imports that comes before ``line`` in the alphabet."""
    found: ast.stmt | None = None
    name = line.removeprefix("import ")
    for statement in module.tree.body:
        if isinstance(statement, ast.Import):
            if max(item.name for item in statement.names) > name:
                break
            found = statement
        elif found is not None or (isinstance(statement, ast.ImportFrom) and not _future(statement)):
            break
    return found


def _first_on_line(statement: ast.stmt, body: Sequence[ast.stmt]) -> ast.stmt:
    """``a; b`` is one line of statements: what goes below ``b`` is anchored to ``a``."""
    at = next(number for number, each in enumerate(body) if each is statement)
    while at and body[at - 1].end_lineno == body[at].lineno:
        at -= 1
    return body[at]


def _prologue(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The docstring and the ``from __future__`` imports."""
    found: list[ast.stmt] = []
    for number, each in enumerate(body):
        text = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str)
        if not (number == 0 and text) and not _future(each):
            break
        found.append(each)
    return found


def _future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
