"""What a program sets for its whole process, which ``clear_session`` or another mode of Keras would meet."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from greenfix_codemods.reach import reached_from
from greenfix_codemods.semantics.models.frames import dotted_text
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.shelf import Shelf

_POLICIES = ("set_global_policy", "set_policy", "set_dtype_policy")
_SCOPES = ("custom_object_scope", "CustomObjectScope", "get_custom_objects")
_GRAPH_MODE = ("disable_eager_execution", "disable_v2_behavior", "InteractiveSession")
_SESSIONS = ("Session", "InteractiveSession", "get_session", "set_session")
_NUMBERED = re.compile(
    r"(val_)?(auc|precision|recall|accuracy|acc|mae|mse|mean_io_u|f1|true_positives|false_positives)_(\d+|%[ids]|\{\w*\})"
)
"""A history key with its number, or with the place where its number goes: ``"auc_1"``, ``"val_auc_%d" % i``."""


def names_matter(module: Module) -> bool:
    """Whether the file reads layers or metrics by names that count the models made so far."""
    return "names" in module.once(_facts)


def sets_seed(module: Module) -> bool:
    """Whether the program sets the Keras seed, which Keras 3 forgets in ``clear_session``."""
    return "seed" in module.once(_facts)


def manages_sessions(module: Module) -> bool:
    """Whether the file works with TensorFlow sessions of its own."""
    return "session" in module.once(_facts)


def registers_objects(module: Module) -> bool:
    """Whether the file registers custom objects in a scope."""
    return "scope" in module.once(_facts)


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
