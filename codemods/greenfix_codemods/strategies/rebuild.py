"""``rebuild``: make the model afresh in each fold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.edits import Edits, Insert, Move, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.models.builders import flavour_at
from greenfix_codemods.semantics.models.handles import clear_session_at
from greenfix_codemods.semantics.models.session import what_clearing_breaks
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.construction import Loop, assembles, changing, loaded, shares_line, stored
from greenfix_codemods.strategies.imports import spelled
from greenfix_codemods.strategies.purity import definition, made_of_layers
from greenfix_codemods.strategies.release_and_collect import block_of
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class Rebuild(Strategy):
    """Moves what builds and compiles the model into the fold loop, after a ``clear_session()``.

    Each fold then trains a model that has not seen its test data. **The reported scores change**, nearly always for the
    worse, because the old ones were too good; so it is unsafe, the behaviour check will say so, and a person has to
    want it. It does not save energy by itself: the finding is about wrong scores.

    It is stopped by: a model that is no plain name, or is not built and compiled right before the loop in the same
    block; a model or a part of it that is used anywhere but in the loop (after it, the model that has seen all folds is
    meant); layers from elsewhere, which the folds would share; building that reads what the loop binds or changes;
    lines that hold more than one statement; and whatever forbids ``clear_session``, without which the models would
    pile up.
    """

    name: ClassVar[str] = "rebuild"
    safety: ClassVar[Safety] = Safety.UNSAFE
    summary: ClassVar[str] = "builds and compiles the model afresh in each fold; the reported scores change"

    def obstacle(self, site: Site) -> str | None:
        """See the class."""
        return next(_reasons(site), None)

    def edits(self, site: Site) -> Edits:
        """The move, below a ``clear_session()``, and the import that this needs."""
        loop = site.place
        assert isinstance(loop, Loop)  # noqa: S101  # folds are a loop
        spelling = clear_session_at(site.module, loop, flavour_at(site))
        statements = tuple(_statements(loop, site.finding.names[0], site.module))
        return (
            Insert(loop, Where.FIRST, f"{spelling.call}()"),
            Move(statements, loop, Where.FIRST),
            *spelled(spelling, site.module),
        )


def _statements(loop: Loop, name: str, module: Module) -> list[ast.stmt]:
    """What builds and compiles ``name`` in the block of the loop, with the layers and the optimizer made for it."""
    block = block_of(loop, module)
    above = block[: block.index(loop)]
    builds = [each for each in above if isinstance(each, ast.Assign) and name in stored(each)]
    if len(builds) != 1:
        return []
    chosen = {builds[0], *(each for each in above if assembles(each, name))}
    while True:
        names = {each for statement in chosen for each in (*loaded(statement), *stored(statement))}
        parts = {each for each in names if made_of_layers(each, module)}
        more = {each for each in above if isinstance(each, ast.Assign) and stored(each) & parts}
        if more <= chosen:
            return [each for each in above if each in chosen]
        chosen |= more


def _reasons(site: Site) -> Iterator[str]:
    loop, name, module = site.place, site.finding.names[0], site.module
    assert isinstance(loop, Loop)  # noqa: S101  # folds are a loop
    if not name.isidentifier():
        yield "the model is an attribute, which others may have as well"
    statements = _statements(loop, name, module)
    if not statements or not _compiles(statements, module):
        yield "the model is not built and compiled once, right before the loop"
        return
    yield from _uses(loop, statements, module)
    read = {each for statement in statements for each in loaded(statement)}
    change = changing(loop, loop.body, module)
    made = {each for statement in statements for each in stored(statement)}
    if depends := sorted((read | made) & (change.bound | change.changed - made)):
        yield f"the loop itself changes {', '.join(depends)}"
    if shared := sorted(each for each in read - made if made_of_layers(each, module)):
        yield f"{', '.join(shared)}, made elsewhere, may be a layer that all folds would share"
    for statement in statements:
        if shares_line(statement, block_of(loop, module)):
            yield f"line {statement.lineno} holds more than one statement"
    if loop.body[0].lineno == loop.lineno:
        yield "the loop's body stands on one line"
    if reason := what_clearing_breaks(module, loop):
        yield reason


def _compiles(statements: list[ast.stmt], module: Module) -> bool:
    """Whether the statements compile the model, or call a function of the project that may."""
    code: list[ast.AST] = [*statements]
    for call in (node for part in code[:] for node in ast.walk(part) if isinstance(node, ast.Call)):
        found = definition(call.func.id, module) if isinstance(call.func, ast.Name) else None
        code += [found[1]] if found is not None else []
    calls = (node.func for part in code for node in ast.walk(part) if isinstance(node, ast.Call))
    return any(isinstance(func, ast.Attribute) and func.attr == "compile" for func in calls)


def _uses(loop: Loop, statements: list[ast.stmt], module: Module) -> Iterator[str]:
    """Uses of what the statements make, beyond them and the body of the loop."""
    made = {each for statement in statements for each in stored(statement)}
    own = {node for statement in (*statements, *loop.body) for node in ast.walk(statement)}
    function = module.enclosing_function(loop)
    for node in ast.walk(function or module.tree):
        if isinstance(node, ast.Name) and node.id in made and node not in own:
            inner = module.enclosing_function(node)
            if inner is None or inner is function or node.id not in module.names.bound[inner]:
                yield f"{node.id} is used outside the loop too (line {node.lineno})"
