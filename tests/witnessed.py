"""A stand-in for TensorFlow and Keras with the parts that the witness watches, and a run of a program on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from greenfix_verify.execution import Execution, execute
from greenfix_verify.witness import Facts, Look, Place, Witnessing

TENSORS = """
class Shape(tuple):
    def num_elements(self):
        number = 1
        for size in self:
            number *= size
        return number


class Float32:
    size = 4


class EagerTensor:
    dtype = Float32

    def __init__(self, *shape):
        self.shape = Shape(shape)


def zeros(shape):
    return EagerTensor(*shape)


class GradientTape:
    def __init__(self, persistent=False):
        self._hidden = Hidden()

    def __enter__(self):
        return self

    def __exit__(self, *ending):
        return None


class Hidden:
    def __init__(self):
        self.tensors = []
"""

POLYMORPHIC = """
from tensorflow.python.framework import func_graph


class Function:
    def __init__(self, python_function, name=None):
        self.python_function = python_function
        self.known = set()

    def __call__(self, argument):
        if argument not in self.known:
            self.known.add(argument)
            func_graph.func_graph_from_py_func(self.python_function.__name__, self.python_function, (argument,), {})
        return self.python_function(argument)
"""

FUNC_GRAPH = """
def func_graph_from_py_func(name, python_func, args, kwargs):
    sum(range(50000))
    if name == "outer":
        func_graph_from_py_func("branch", python_func, args, kwargs)
    return python_func(*args)
"""

MODEL = """
class Variable:
    shape = (256, 1024)
    dtype = "float32"


class Model:
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def compile(self):
        pass

    def fit(self):
        self.variables = [Variable(), Variable()]


class Functional(Model):
    pass
"""

SEQUENTIAL = """
from keras.src.models.model import Functional, Model


class Sequential(Model):
    def add(self, layer):
        self._functional = Functional()
"""

FILES = {
    "tensorflow/__init__.py": (
        "from tensorflow.python.framework.ops import GradientTape, zeros\n"
        "from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function as function\n"
    ),
    "tensorflow/python/framework/ops.py": TENSORS,
    "tensorflow/python/framework/func_graph.py": FUNC_GRAPH,
    "tensorflow/python/eager/polymorphic_function/polymorphic_function.py": POLYMORPHIC,
    "keras/__init__.py": (
        "from keras.src.models.model import Model\nfrom keras.src.models.sequential import Sequential\n"
    ),
    "keras/src/models/model.py": MODEL,
    "keras/src/models/sequential.py": SEQUENTIAL,
}


def install(site: Path, **other: str) -> Path:
    """Write the stand-in into the folder ``site``; ``other`` texts replace those of its files of this stem."""
    for name, usual in FILES.items():
        text = other.get(Path(name).stem, usual)
        file = site / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        folder = file.parent
        while folder != site:
            (folder / "__init__.py").touch()
            folder = folder.parent
    return site


def marked(source: str, what: Look, *names: str, mark: str = "# <-", function: str = "") -> Place:
    """Make a place of the line of ``source`` that ends in ``mark``; further marked lines end it."""
    lines = [number for number, line in enumerate(source.splitlines(), 1) if line.endswith(mark)]
    return Place(f"{mark}{what}", what, "program.py", lines[0], lines[-1], names, function)


def witness(
    folder: Path, source: str, places: Sequence[Place] = (), *options: str, **other: str
) -> tuple[Facts, Execution, list[str]]:
    """Run ``source`` as ``program.py`` under the witness, on the stand-in; ``options`` are the interpreter's."""
    tree, notes = folder / "tree", folder / "notes"
    tree.mkdir(exist_ok=True)
    notes.mkdir()
    (tree / "program.py").write_text(source)
    witnessing = Witnessing.of(notes, tree, places)
    site = install(folder / "packages", **other)
    environment = witnessing.environment({"PATH": os.environ["PATH"], "PYTHONPATH": str(site)})
    lines: list[str] = []
    done = execute([sys.executable, *options, "program.py"], tree, environment, tell_line=lines.append)
    return witnessing.facts(), done, lines
