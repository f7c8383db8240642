"""What ``clear_session`` would break in a program, beyond the models that it shall release (measured, Keras 3.15)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from greenfix_codemods.reach import reached_from
from greenfix_codemods.semantics.models.frames import all_parameters, dotted_text
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.trace import Kind, Pass
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.names import LOOPS, Function, enclosing_scopes
from greenfix_codemods.semantics.shelf import Shelf

_POLICIES = ("set_global_policy", "set_policy", "set_dtype_policy")
_SCOPES = ("custom_object_scope", "CustomObjectScope", "get_custom_objects")
_GRAPH_MODE = ("disable_eager_execution", "disable_v2_behavior", "InteractiveSession")
_SESSIONS = ("Session", "InteractiveSession", "get_session", "set_session")
_NUMBERED = re.compile(
    r"(val_)?(auc|precision|recall|accuracy|acc|mae|mse|mean_io_u|f1|true_positives|false_positives)_(\d+|%[ids]|\{\w*\})"
)
"""A history key with its number, or with the place where its number goes: ``"auc_1"``, ``"val_auc_%d" % i``."""
_STATELESS = (
    "keras.datasets",
    "keras.utils",
    "keras.preprocessing",
    "keras.losses",
    "tensorflow.data",
    "tensorflow.io",
)


def what_clearing_breaks(module: Module, place: ast.AST) -> str | None:
    """The reason why ``clear_session`` in each pass of ``place`` could change the program, or None."""
    return next(_reasons(module, place), None)


def _reasons(module: Module, place: ast.AST) -> Iterator[str]:
    yield from global_state(module)
    if "scope" in module.once(_facts):
        yield "custom objects are registered in a scope that clear_session drops"
    if names_matter(module):
        yield "names of layers or metrics matter here (weights by name, numbered metrics); clear_session restarts them"
    if (name := _grown_from(module, place)) is not None:
        yield f"the pass builds on {name}, made outside of it, whose layers' names clear_session would give out again"
    if (name := _assembled_on(module, place)) is not None:
        yield f"the pass puts layers on {name}, made by earlier passes, whose names clear_session gives out again"
    if _keeps_some(module, place):
        yield "some of the models are kept, and clear_session gives their names out again"
    if graph_mode(module):
        yield from _graph_mode(module, place)


def names_matter(module: Module) -> bool:
    """Whether the file reads layers or metrics by names that count the models made so far."""
    return "names" in module.once(_facts)


def sets_seed(module: Module) -> bool:
    """Whether the program sets the Keras seed, which Keras 3 forgets in ``clear_session``."""
    return "seed" in module.once(_facts)


def graph_mode(module: Module) -> bool:
    """Whether the file, or one that runs with it, turns eager execution off or works with sessions."""
    return "graph" in module.once(_facts) or said_around(module, "graph") is not None


def global_state(module: Module) -> Iterator[str]:
    """A dtype policy or a distribution strategy, set here or by a file that runs with this one."""
    facts = module.once(_facts)
    if "policy" in facts:
        yield "a dtype policy is set, which clear_session resets to float32"
    elif (path := said_around(module, "policy")) is not None:
        yield f"{path} sets a dtype policy, which clear_session resets to float32"
    if "distribution" in facts:
        yield "a distribution strategy is in use, and clear_session drops it"
    elif (path := said_around(module, "distribution")) is not None:
        yield f"{path} uses a distribution strategy, and clear_session drops it"


def said_around(module: Module, fact: str) -> str | None:
    """The path of another file of the project that says so and that runs in one process with this one.

    Two files run together when one imports the other, or when a third imports both.
    """
    return next((path for path, facts in module.once(_around).items() if fact in facts), None)


_SPEAKS = re.compile(
    rb"set_global_policy|set_policy|set_dtype_policy|disable_eager_execution|disable_v2_behavior|distribute|LEGACY_KERAS"
)
MAXIMUM_FILES = 2000
"""A tree with more files is many programs: what one of them says is not looked for."""
_speaking: WeakKeyDictionary[Project | Shelf, tuple[str, ...]] = WeakKeyDictionary()
_running: WeakKeyDictionary[Project | Shelf, dict[str, frozenset[str]]] = WeakKeyDictionary()
"""Of each tree: to follow the imports of all files for each file with a finding took minutes in a large one."""


def _around(module: Module) -> dict[str, frozenset[str]]:
    """What the other files that run with this one say about the whole process."""
    project = module.project
    found: dict[str, frozenset[str]] = {}
    if project.tree not in _speaking:
        _speaking[project.tree] = _speakers(project)
    for path in _speaking[project.tree]:
        other = project.load(path) if path != module.path else None
        if other is not None and _run_together(module.path, path, project):
            legacy = {"legacy"} if b"TF_USE_LEGACY_KERAS" in other.source.data else set()
            found[path] = other.once(_facts) | legacy
    return found


def _speakers(project: Project) -> tuple[str, ...]:
    if len(project.programs) > MAXIMUM_FILES:
        return ()
    return tuple(path for path in project.programs if project.matches(path, _SPEAKS))


def _run_together(one: str, other: str, project: Project) -> bool:
    if project.tree not in _running:
        _running[project.tree] = {path: reached_from(path, project) for path in project.programs}
    return any({one, other} <= reached for reached in _running[project.tree].values())


def _facts(module: Module) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            found |= _said_by(node, module)
        elif (text := _written(node)) is not None and _NUMBERED.fullmatch(text):
            found.add("names")
    return frozenset(found)


def _written(node: ast.AST) -> str | None:
    """The text of a string, ``{}`` for each part that is computed: ``f"auc_{i}"``, ``"auc_" + str(i)``."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_written(part) or "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_written(node.left) or "{}") + (_written(node.right) or "{}")
    return None


def _said_by(node: ast.Call, module: Module) -> set[str]:
    name = dotted_text(node.func) or ""
    name = name.rpartition(".")[2]
    dotted = module.names.resolve(node.func) or name
    said = {
        "names": (name == "load_weights" and _by_name(node)) or (name == "get_layer" and _counted(node)),
        "policy": name in _POLICIES,
        "distribution": dotted.startswith(("tensorflow.distribute.", "keras.distribution."))
        or (name == "scope" and "strategy" in ast.unparse(node.func).lower()),
        "scope": name in _SCOPES,
        "seed": name == "set_random_seed" and dotted.startswith("keras."),
        "session": name in _SESSIONS and dotted.startswith(("tensorflow.", "keras.")),
        "graph": name in _GRAPH_MODE or (name in _SESSIONS and dotted.startswith(("tensorflow.", "keras."))),
    }
    return {fact for fact, true in said.items() if true}


def _by_name(node: ast.Call) -> bool:
    return any(
        word.arg == "by_name" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
        for word in node.keywords
    )


def _counted(node: ast.Call) -> bool:
    """``get_layer(f"dense_{i}")``: the number goes on from pass to pass."""
    given = [*node.args, *(word.value for word in node.keywords if word.arg == "name")]
    return any(isinstance(item, ast.JoinedStr | ast.BinOp) for item in given)


def _graph_mode(module: Module, place: ast.AST) -> Iterator[str]:
    if "session" in module.once(_facts):
        yield "the program manages TensorFlow sessions itself, and clear_session replaces the session"
    for item in module.once(passes_of):
        if item.place is place and (name := _outer_model(item)) is not None:
            yield f"in graph mode {name}, built outside the loop, would not survive clear_session"
    if (name := _made_outside(module, place)) is not None:
        yield f"in graph mode {name}, made outside the loop, lives in the graph that clear_session drops"
    if isinstance(place, ast.For | ast.AsyncFor | ast.While) and (name := _kept_best(place)) is not None:
        yield f"in graph mode the model kept in {name} would not survive clear_session"


_ENDS = ("input", "inputs", "output", "outputs")


def _grown_from(module: Module, place: ast.AST) -> str | None:
    """A model from outside the pass whose graph the pass goes on with (``Dense(1)(base.output)``).

    A model with two layers of one name raises ValueError, in Keras 2 and 3: after ``clear_session`` the new ``dense``
    meets the one that ``base`` has.
    """
    run = run_by(module, place)
    for part in run:
        for node in ast.walk(part):
            root = _root(node) if isinstance(node, ast.Attribute) and node.attr in _ENDS else None
            if root is not None and _from_outside(root, part, run, module):
                return root
    return None


def _assembled_on(module: Module, place: ast.AST) -> str | None:
    """The tensor of one functional model that grows from pass to pass: ``x = Dense(8)(x)``."""
    if not isinstance(place, LOOPS):
        return None
    names = [node for node in ast.walk(place) if isinstance(node, ast.Name)]
    first: dict[str, int] = {}
    for name in sorted(names, key=lambda name: name.lineno):
        if isinstance(name.ctx, ast.Store):
            first.setdefault(name.id, name.lineno)
    for node in ast.walk(place):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Call):
            continue
        if not (module.names.resolve(node.func.func) or "").startswith("keras.layers."):
            continue
        for given in (name for argument in node.args for name in ast.walk(argument) if isinstance(name, ast.Name)):
            if first.get(given.id, 0) >= node.lineno:  # bound in the pass, and not before it is read
                return given.id
    return None


def _keeps_some(module: Module, place: ast.AST) -> bool:
    """Whether some passes store their model: one made of several later must not have two layers of one name."""
    return any(
        step.kind is Kind.BUILD and step.model is not None and item.keeps(step.model, guarded=True)
        for item in module.once(passes_of)
        if item.place is place
        for step in item.steps
    )


def _root(node: ast.expr) -> str | None:
    """``base`` of ``base.get_layer("pool").output``, ``self.base`` of ``self.base.output``."""
    text = ""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        text = f".{node.attr}" if isinstance(node, ast.Attribute) else text
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return None
    return f"self{text}" if node.id == "self" else node.id


def _from_outside(name: str, part: ast.AST, run: list[ast.AST], module: Module) -> bool:
    """Whether ``name`` in ``part`` is bound by none of what a pass runs; what a call gives a parameter is followed."""
    if name.startswith("self."):
        return name not in {text for each in run for text in _stored(each)}
    if name in module.names.imports or name in _stored(part):
        return False
    parameters = [each.arg for each in all_parameters(part.args)] if isinstance(part, Function) else []
    if name not in parameters:
        return True
    others = [each for each in run if each is not part]
    return any(
        isinstance(given, ast.Name) and _from_outside(given.id, caller, others, module)
        for caller in others
        for given in _given(name, parameters, getattr(part, "name", ""), caller)
    )


def _stored(part: ast.AST) -> set[str | None]:
    nodes = (node for node in ast.walk(part) if isinstance(node, ast.Name | ast.Attribute))
    return {dotted_text(node) for node in nodes if isinstance(node.ctx, ast.Store)}


def _given(name: str, parameters: list[str], function: str, caller: ast.AST) -> Iterator[ast.expr | None]:
    """What the calls of ``function`` in ``caller`` give to its parameter ``name``."""
    for call in ast.walk(caller):
        if isinstance(call, ast.Call) and (dotted_text(call.func) or "").rpartition(".")[2] == function:
            named = {word.arg: word.value for word in call.keywords if word.arg}
            yield named.get(name) or dict(zip(parameters, call.args, strict=False)).get(name)


def _outer_model(item: Pass) -> str | None:
    built = {step.model.origin for step in item.steps if step.kind is Kind.BUILD and step.model}
    for step in item.steps:
        work = step.kind in (Kind.TRAIN, Kind.USE, Kind.COMPILE)
        if work and step.model and step.model.made is not Made.SUGGESTED and step.model.origin not in built:
            return step.receiver or step.model.label
    return None


def _made_outside(module: Module, place: ast.AST) -> str | None:
    """A variable that a pass reads and that a Keras or TensorFlow call outside of it has bound."""
    run = run_by(module, place)
    inside = {node for part in run for node in ast.walk(part)}
    read = {_variable(node, module) for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign) and node not in inside and isinstance(node.value, ast.Call):
            dotted = module.names.resolve(node.value.func) or ""
            if dotted.startswith(("keras.", "tensorflow.")) and not dotted.startswith(_STATELESS):
                for target in node.targets:
                    if isinstance(target, ast.Name) and _variable(target, module) in read:
                        return target.id
    return None


def _variable(node: ast.Name, module: Module) -> tuple[ast.AST | None, str]:
    """The scope that binds the name where it stands, and the name: a local of another function is another variable."""
    shared = module.once(_shared)
    for scope in enclosing_scopes(node, module.parents):
        if node.id in module.names.bound[scope] and (scope, node.id) not in shared:
            return scope, node.id
    return None, node.id


def _shared(module: Module) -> frozenset[tuple[ast.AST | None, str]]:
    """The names that functions declare ``global``, and every name of the module's own scope: those are one variable."""
    found: set[tuple[ast.AST | None, str]] = {(module.tree, name) for name in module.names.bound[module.tree]}
    for node in module.parents:
        if isinstance(node, ast.Global):
            found |= {(module.enclosing_function(node), name) for name in node.names}
    return frozenset(found)


def run_by(module: Module, place: ast.AST) -> list[ast.AST]:
    """The place, and the functions and methods of the module that it calls, by their names."""
    functions = module.once(_functions_by_name)
    run = [place]
    for part in run:  # grows while it is read
        for node in ast.walk(part):
            if isinstance(node, ast.Call):
                name = (dotted_text(node.func) or "").rpartition(".")[2]
                run += [function for function in functions.get(name, ()) if function not in run]
    return run


def _functions_by_name(module: Module) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}
    for node in module.parents:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def _kept_best(place: ast.For | ast.AsyncFor | ast.While) -> str | None:
    """``best = model`` in the loop."""
    for node in ast.walk(place):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and "model" in node.value.id.lower():
            return dotted_text(node.targets[0])
    return None
