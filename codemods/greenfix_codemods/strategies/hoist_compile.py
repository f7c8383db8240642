"""``hoist-compile``: compile once, before the loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar

from greenfix_codemods.edits import Edits, Move, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.recompiles import names_read, needs_compile
from greenfix_codemods.semantics.models.trace import Kind, Pass
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site

_PURE = ("keras.optimizers", "keras.losses", "keras.metrics", "tensorflow.compat.v1.train", "tensorflow.train")
Loop = ast.For | ast.AsyncFor | ast.While


class HoistCompile(Strategy):
    """Moves ``model.compile(...)`` before the loop.

    The training function is then traced once. The optimizer's state (Adam's moments, momentum, the step count of a
    schedule) is no longer reset in each pass; that changes results unless the optimizer has none.
    """

    name: ClassVar[str] = "hoist-compile"
    safety: ClassVar[Safety] = Safety.UNSAFE
    summary: ClassVar[str] = "moves compile() before the loop; the optimizer's state then lives on from pass to pass"

    def safety_of(self, site: Site) -> Safety:
        """Safe when nothing is reset by compiling again."""
        optimizer = _optimizer(site.target)
        return Safety.SAFE if optimizer is not None and _keeps_nothing(optimizer, site) else self.safety

    def obstacle(self, site: Site) -> str | None:
        """The call must be a plain statement of the loop whose arguments the loop does not change."""
        loop, call = site.place, site.target
        if not isinstance(loop, Loop) or not isinstance(call, ast.Call):
            return "it does not happen in a loop statement"
        statement = site.module.parents.get(call)
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "compile":
            return "compile is called in a function that the loop calls"
        if not isinstance(statement, ast.Expr) or statement not in loop.body:
            return "compile does not stand by itself in the loop's body: it may not run in each pass"
        if len(loop.body) == 1:
            return "nothing but compile stands in the loop"
        if any(_shares_line(statement, other) for other in (*loop.body, loop) if other is not statement):
            return "compile shares its line with other code"
        return _depends(site, loop, call)

    def edits(self, site: Site) -> Edits:
        """Move the statement."""
        statement = site.module.parents[site.target]
        assert isinstance(statement, ast.stmt)  # noqa: S101  # obstacle() saw both
        assert isinstance(site.place, Loop)  # noqa: S101
        return (Move((statement,), site.place, Where.BEFORE),)


def _shares_line(statement: ast.stmt, other: ast.stmt) -> bool:
    if isinstance(other, Loop) and statement in other.body:
        return statement.lineno == other.lineno
    return other.end_lineno == statement.lineno or other.lineno == statement.end_lineno


def _depends(site: Site, loop: Loop, call: ast.Call) -> str | None:
    for item in site.module.once(passes_of):
        if item.place is loop and (reason := _changed_by(item, call)) is not None:
            return reason
    for node in ast.walk(call):
        if isinstance(node, ast.Call) and node is not call and not _pure(node, site.module):
            return f"{ast.unparse(node.func)}() may give another value in each pass"
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return "its arguments do more than name values"
    return None


def _changed_by(item: Pass, call: ast.Call) -> str | None:
    if changing := sorted(names_read(call) & {name.partition(".")[0] for name in item.rebound}):
        return f"its arguments change in the loop ({', '.join(changing)})"
    compile_step = next((step for step in item.steps if step.node is call), None)
    if compile_step is not None and needs_compile(item, compile_step):
        return "the loop changes the model's layers or what trains, which needs a new compile"
    if any(step.kind is Kind.RELEASE for step in item.steps):
        return "the loop clears the session"
    return None


def _pure(call: ast.Call, module: Module) -> bool:
    dotted = module.names.resolve(call.func) or ""
    return dotted.startswith(_PURE)


def _optimizer(call: ast.AST) -> ast.expr | None:
    if not isinstance(call, ast.Call):
        return None
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "optimizer"), None)
    return named or (call.args[0] if call.args else None)


def _keeps_nothing(optimizer: ast.expr, site: Site) -> bool:
    if isinstance(optimizer, ast.Constant):
        return isinstance(optimizer.value, str) and optimizer.value.lower() == "sgd"
    if isinstance(optimizer, ast.Call):
        return _plain_sgd(optimizer, site.module)
    return isinstance(optimizer, ast.Name) and _made_once(optimizer.id, site)


def _plain_sgd(call: ast.Call, module: Module) -> bool:
    """SGD with a constant rate and no momentum: the step count changes nothing."""
    name = (module.names.resolve(call.func) or "").rpartition(".")[2]
    constant = all(isinstance(value, ast.Constant) for value in (*call.args, *(word.value for word in call.keywords)))
    return (
        name == "SGD"
        and constant
        and len(call.args) <= 1
        and {word.arg for word in call.keywords} <= {"learning_rate", "lr"}
    )


def _made_once(name: str, site: Site) -> bool:
    """The name is bound once, outside the loop, to an optimizer: compiling again reuses that object and its state."""
    function = site.module.enclosing_function(site.place) or site.module.tree
    made = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    if len(made) != 1 or not isinstance(made[0].value, ast.Call):
        return False
    return (site.module.names.resolve(made[0].value.func) or "").startswith("keras.optimizers.")
