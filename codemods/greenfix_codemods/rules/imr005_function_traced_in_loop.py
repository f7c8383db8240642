"""IMR005: a tf.function is made in every pass of a loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Example, Rule, Site, clean, smelly
from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models.repetition import holds_tests, is_test_code, runs_once
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS


class FunctionTracedInLoop(Rule):
    """A ``tf.function`` is made in every pass of a loop, so every pass traces it again.

    ## What it does
    Finds ``@tf.function`` on a function that is defined in a loop, and ``tf.function(f)`` called in one.

    ## Why is this bad
    A ``tf.function`` keeps the graphs that it traced. One made afresh in each pass finds none: it traces again, which
    takes longer than many steps, and each pass leaves its graphs behind.

    ## Example
    ```python
    for epoch in range(10):
        @tf.function
        def step(batch): ...
    ```

    ## Use instead
    ```python
    @tf.function
    def step(batch): ...

    for epoch in range(10):
        step(batch)
    ```

    ## Fix safety
    Explained only: the function may read names of the loop, which become parameters when it moves out.
    """

    code: ClassVar[str] = "IMR005"
    title: ClassVar[str] = "tf.function made in every pass of a loop"
    smell: ClassVar[Smell] = Smell.IMR
    examples: ClassVar[tuple[Example, ...]] = (
        smelly(
            """
import tensorflow as tf

for epoch in range(10):  # <-
    @tf.function
    def step(batch):
        return batch
    step(data)
"""
        ),
        smelly(
            """
from tensorflow import function

while training:  # <-
    step = function(train_step)
    step(data)
"""
        ),
        clean(
            """
import tensorflow as tf

@tf.function
def step(batch):
    for item in batch:
        tf.print(item)

for epoch in range(10):
    step(data)
""",
            because="made once, before the loop",
        ),
        clean(
            """
import tensorflow as tf

steps = {}
for name in names:
    steps[name] = tf.function(functions[name])
    kept.append(tf.function(functions[name]))
""",
            because="each is kept on purpose",
        ),
    )

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop that makes a tf.function in each pass."""
        found: dict[ast.AST, Site] = {}
        if b"function" not in module.source.data:
            return
        for node in module.once(index_of).all(ast.FunctionDef, ast.Call):
            name = _made(node, module)
            loop = _loop_around(node, module) if name is not None else None
            if name is not None and loop is not None and not runs_once(loop):
                found.setdefault(loop, self._found(module, loop, node, name))
        yield from sorted(found.values(), key=lambda site: site.finding.span)

    def _found(self, module: Module, loop: ast.AST, node: ast.AST, name: str) -> Site:
        reason = f"each pass makes a new tf.function ({name}), which traces again"
        if is_test_code(module.path, holds_tests(module.tree)):
            return self.site(module, loop, node, (name,), Confidence.LOW, f"{reason}; but this is test code")
        return self.site(module, loop, node, (name,), Confidence.HIGH, reason)


def _made(node: ast.AST, module: Module) -> str | None:
    """The name of the function, when ``node`` makes a tf.function that nothing keeps."""
    if isinstance(node, ast.FunctionDef):
        marks = (mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list)
        return node.name if any(_is_tf_function(mark, module) for mark in marks) else None
    if isinstance(node, ast.Call) and _is_tf_function(node.func, module) and node.args:
        parent = module.parents[node]
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return ast.unparse(node.args[0])
    return None


def _is_tf_function(node: ast.expr, module: Module) -> bool:
    return module.names.resolve(node) in ("tensorflow.function", "tensorflow.compat.v1.function")


def _loop_around(node: ast.AST, module: Module) -> ast.AST | None:
    """The innermost loop whose body runs ``node``: not through a function that is only defined there."""
    for around in module.ancestors(node):
        if isinstance(around, LOOPS):
            return around
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return None
    return None
