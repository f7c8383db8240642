"""What is a test: nothing that leaks there wastes energy for long."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name


def is_test_code(module: Module) -> bool:
    """Whether a file is a test: by its folder, or by its name if it also holds tests (``test.py`` often evaluates).

    Ask through ``module.once(is_test_code)``.
    """
    path = PurePosixPath(module.path)
    folders = {part.lower() for part in path.parts[:-1]}
    if folders & {"tests", "unittests"} or path.name == "conftest.py":
        return True
    by_name = path.name.startswith("test_") or path.stem.endswith("_test") or path.stem in ("test", "tests")
    return (by_name or bool(folders & {"test", "testing"})) and _holds_tests(module.tree)


def _holds_tests(tree: ast.Module) -> bool:
    """Whether the file imports a test framework or defines test functions; what it calls with arguments is none."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and (node.args or node.keywords))
    given = {last_name(call.func) for call in calls}
    for node in tree.body:
        if isinstance(node, ast.Import) and any(
            item.name.split(".")[0] in ("pytest", "unittest") for item in node.names
        ):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("pytest", "unittest"):
            return True
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name not in given:
            return True
        if isinstance(node, ast.ClassDef) and any("TestCase" in ast.unparse(base) for base in node.bases):
            return True
    return False
