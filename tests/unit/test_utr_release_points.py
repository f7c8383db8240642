"""Where a ``del`` may stand, and each obstacle that forbids it."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.semantics.tensors.lifetimes import (
    Alive,
    Release,
    always_assigns,
    leaves,
    release_point,
    shares_line,
    written_elsewhere,
)
from greenfix_codemods.semantics.tensors.paths import always_binds


def parsed(code: str, folder: Path) -> Module:
    return Project(folder).add(decode(dedent(code).encode(), "program.py"))


def found(code: str, folder: Path, *, name: str = "x") -> Release | Alive:
    """The release point of ``name`` in the body of the first loop or function of ``code``, else of the module."""
    module = parsed(code, folder)
    scope: ast.AST = module.tree
    block = module.tree.body
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef) and node.name == "run":
            scope, block = node, node.body
    loop = next((node for node in ast.walk(scope) if isinstance(node, ast.For)), None)
    return release_point(module, loop.body if loop is not None else block, name, scope)


RELEASED = {
    "after the last read": ("x = f()\nuse(x)\nrest()\n", 2),
    "bound and never read": ("x = f()\nrest()\n", 1),
    "bound on both branches": ("if a:\n    x = 1\nelse:\n    x = 2\nuse(x)\n", 5),
    "bound by an annotation": ("x: int = f()\nuse(x)\n", 2),
    "bound in a tuple with a star": ("a, *x = f()\nuse(x)\n", 2),
    "bound by with": ("with f() as x:\n    pass\nuse(x)\n", 3),
    "bound inside a with that swallows nothing": ("with open('f') as file:\n    x = file.read()\nuse(x)\n", 3),
    "bound in try and in its handler": ("try:\n    x = f()\nexcept E:\n    x = 0\nuse(x)\n", 5),
    "bound in finally": ("try:\n    f()\nfinally:\n    x = 0\nuse(x)\n", 5),
    "bound or gone": ("if a:\n    x = 1\nelse:\n    raise E\nuse(x)\n", 5),
    "the target of the loop": ("for x in data:\n    use(x)\n    rest()\n", 2),
    "read again after it is bound again": ("for i in data:\n    x = f()\n    use(x)\n    rest()\n", 3),
    "a sum of a generator": ("x = f()\nuse(sum(each + x for each in a))\nrest()\n", 2),
    "the first iterable of a generator": ("x = f()\nuse(each for each in x)\nrest()\n", 2),
    "in a function": ("def run():\n    x = f()\n    use(x)\n    return 1\n", 3),
}


@pytest.mark.parametrize("name", RELEASED)
def test_a_dead_name_may_be_deleted(name: str, tmp_path: Path) -> None:
    code, line = RELEASED[name]
    point = found(code, tmp_path)
    assert isinstance(point, Release), point
    assert point.after.lineno == line


HELD = {
    "global": ("def run():\n    global x\n    x = f()\n    use(x)\n", "declared global"),
    "read by a closure": (
        "def run():\n    x = f()\n    def inner():\n        return x\n    use(inner)\n",
        "function or class",
    ),
    "already deleted": ("x = f()\nuse(x)\ndel x\n", "already deleted"),
    "an import": ("import x\nx = f()\nuse(x)\n", "import"),
    "a late generator": ("x = f()\nuse(each + x for each in a)\n", "generator"),
    "locals": ("def run():\n    x = f()\n    use(locals())\n", "run time"),
    "bound on one path": ("if a:\n    x = f()\nuse(1)\n", "x"),
    "bound in a with that may swallow": ("with suppress(E):\n    x = f()\nuse(1)\n", "x"),
    "bound in a with of a name": ("with lock:\n    x = f()\nuse(1)\n", "x"),
    "bound in a loop": ("while a:\n    x = f()\nuse(1)\n", "x"),
    "bound in try only": ("try:\n    x = f()\nexcept E:\n    pass\nuse(1)\n", "x"),
    "declared only": ("x: int\nuse(1)\n", "x"),
    "read in the next pass": ("x = 0\nfor i in a:\n    use(x)\n    x = f()\n", "x"),
    "read after the loop": ("for i in a:\n    x = f()\n    use(x)\nuse(x)\n", "x"),
    "read by a handler": ("try:\n    for i in a:\n        x = f()\n        use(x)\nexcept E:\n    use(x)\n", "x"),
    "returned": ("def run():\n    x = f()\n    return x\n", "x"),
}


@pytest.mark.parametrize("name", HELD)
def test_a_name_that_something_may_still_read_is_held(name: str, tmp_path: Path) -> None:
    code, reason = HELD[name]
    point = found(code, tmp_path)
    assert isinstance(point, Alive), point
    assert reason in point.reason


def test_a_lambda_has_no_block(tmp_path: Path) -> None:
    module = parsed("f = lambda x: x\n", tmp_path)
    scope = next(node for node in ast.walk(module.tree) if isinstance(node, ast.Lambda))
    assert isinstance(release_point(module, module.tree.body, "x", scope), Alive)


@pytest.mark.parametrize(
    "other",
    ["from program import x\n", "import program\nprogram.x\n", "from program import *\nx\n", "import program\nx = (\n"],
)
def test_a_name_of_the_module_that_another_file_reads_is_held(other: str, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(other)
    assert isinstance(found("x = f()\nuse(x)\n", tmp_path), Alive)


@pytest.mark.parametrize("other", ["import program\ny = 'x'\n", "from elsewhere import x\n# program\n", "x = 1\n"])
def test_a_file_that_only_names_the_same_word_holds_nothing(other: str, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(other)
    assert isinstance(found("x = f()\nuse(x)\n", tmp_path), Release)


def test_too_many_files_hold_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenfix_codemods.semantics.tensors.obstacles.MAXIMUM_NEIGHBOURS", 1)
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("")
    assert isinstance(found("x = f()\nuse(x)\n", tmp_path), Alive)
    assert written_elsewhere(parsed("x = 1\n", tmp_path), "grads", "Agent") == "one of more files than were searched"


@pytest.mark.parametrize(
    ("other", "held"),
    [
        ("agent.grads\n", True),
        ("class Agent:\n    def f(self):\n        return self.grads\n", True),
        ("class Other:\n    def f(self):\n        return self.grads\n", False),
        ("grads = 1\n", False),
    ],
)
def test_an_attribute_that_another_file_reads_is_held(other: str, held: bool, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(other)
    assert (written_elsewhere(parsed("x = 1\n", tmp_path), "grads", "Agent") == "other.py") is held


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return_ = 1", False),
        ("raise E", True),
        ("if a:\n    raise E\nelse:\n    raise F", True),
        ("if a:\n    raise E", False),
        ("with a:\n    raise E", True),
        ("with a:\n    f()", False),
    ],
)
def test_whether_anything_runs_after_a_statement(code: str, expected: bool) -> None:
    assert leaves(ast.parse(code).body[0]) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1; y = 2\n", True),
        ("if a: x = 1\n", True),
        ("for i in (\n    1,\n): x = 1\n", True),
        ("for i in a:\n    x = 1\n", False),
        ("x = 1\ny = 2\n", False),
        ("try:\n    x = 1\nfinally:\n    y = 2\n", False),
    ],
)
def test_whether_a_statement_shares_its_line(code: str, expected: bool, tmp_path: Path) -> None:
    module = parsed(code, tmp_path)
    statement = next(node for node in ast.walk(module.tree) if isinstance(node, ast.Assign))
    parent = module.parents[statement]
    block = getattr(parent, "body")  # noqa: B009 - a module, a loop, a try: each has one
    assert shares_line(module, statement, block) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("self.x = 1\n", True),
        ("with tf.GradientTape() as tape:\n    self.x = 1\n", True),
        ("with suppress(E):\n    self.x = 1\n", False),
        ("if a:\n    self.x = 1\n", False),
    ],
)
def test_whether_an_assignment_runs_whenever_its_statement_ends(code: str, expected: bool, tmp_path: Path) -> None:
    module = parsed("import tensorflow as tf\n" + code, tmp_path)
    assignment = next(node for node in ast.walk(module.tree) if isinstance(node, ast.Assign))
    assert always_assigns(module, module.tree.body[1], assignment) is expected


def test_an_augmented_assignment_binds(tmp_path: Path) -> None:
    module = parsed("x += 1\n", tmp_path)
    assert always_binds(module, module.tree.body[0], "x")
    assert not always_binds(module, module.tree.body[0], "y")
