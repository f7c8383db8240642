"""``from tensorflow import *``: the well-known names resolve, the file's own names win."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import decode


def module(code: str, root: Path) -> Module:
    return Project(root).add(decode(code.encode(), "program.py"))


def meaning(program: Module, name: str) -> str | None:
    used = [node for node in ast.walk(program.tree) if isinstance(node, ast.Name) and node.id == name]
    return program.names.resolve(used[-1])


@pytest.mark.parametrize(
    ("star", "name", "meant"),
    [
        ("tensorflow", "GradientTape", "tensorflow.GradientTape"),
        ("tensorflow.keras.layers", "Dense", "keras.layers.Dense"),
        ("keras.models", "Sequential", "keras.models.Sequential"),
        ("tensorflow.keras.backend", "clear_session", "keras.backend.clear_session"),
    ],
)
def test_a_well_known_name_of_a_library_resolves_through_a_star_import(
    star: str, name: str, meant: str, tmp_path: Path
) -> None:
    assert meaning(module(f"from {star} import *\nx = {name}()\n", tmp_path), name) == meant


def test_a_name_that_the_file_defines_is_its_own_in_spite_of_a_star_import(tmp_path: Path) -> None:
    program = module("from keras.layers import *\ndef Dense():\n    return 1\nx = Dense()\n", tmp_path)
    assert meaning(program, "Dense") is None


def test_an_explicit_import_wins_over_a_star_import(tmp_path: Path) -> None:
    program = module("from keras.models import *\nfrom mine import Model\nx = Model()\n", tmp_path)
    assert meaning(program, "Model") == "mine.Model"


def test_a_module_of_the_project_wins_over_the_library_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("def Sequential():\n    return 1\n")
    program = module("from keras import *\nx = Model()\n", tmp_path)
    assert meaning(program, "Model") is None


def test_what_lies_inside_tensorflow_is_not_read_for_its_names(tmp_path: Path) -> None:
    inside = tmp_path / "tensorflow" / "python"
    inside.mkdir(parents=True)
    (inside / "ops.py").write_text("import tensorflow as tf\n")
    program = module("from tensorflow.python.ops import *\nx = tf\n", tmp_path)
    assert meaning(program, "tf") is None
    assert ("file", "tensorflow/python/ops.py") not in program.project.consulted
