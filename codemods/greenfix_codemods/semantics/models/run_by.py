"""What one pass of a loop runs, as far as the file itself tells."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.models.frames import dotted_text
from greenfix_codemods.semantics.module import Module


def run_by(module: Module, place: ast.AST) -> list[ast.AST]:
    """The place, and the functions and methods of the module that it calls, by their names."""
    functions = module.once(functions_by_name)
    run = [place]
    for part in run:  # grows while it is read
        for node in ast.walk(part):
            if isinstance(node, ast.Call):
                name = (dotted_text(node.func) or "").rpartition(".")[2]
                run += [function for function in functions.get(name, ()) if function not in run]
    return run


def functions_by_name(module: Module) -> dict[str, list[ast.AST]]:
    """Every function and method of the file, nested ones too."""
    found: dict[str, list[ast.AST]] = {}
    for node in module.parents:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(node.name, []).append(node)
    return found
