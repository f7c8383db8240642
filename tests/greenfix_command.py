"""What the tests of the command line run it on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

Greenfix = Callable[..., subprocess.CompletedProcess[str]]

KERAS = """
graph = []

class Sequential:
    def __init__(self, layers=()):
        graph.append(self)

    def compile(self, *args, **kwargs):
        pass

    def fit(self, *args, **kwargs):
        sum(sum(range(20000)) for _ in graph)

class backend:
    clear_session = staticmethod(graph.clear)

class utils:
    clear_session = staticmethod(graph.clear)
"""

LEAKING = """\
import keras

for fold in range(30):
    model = keras.Sequential([])
    model.compile("sgd", "mse")
    model.fit([1.0], [1.0])
print("trained")
"""

HARMLESS = """\
import keras

model = keras.Sequential([])
model.compile("sgd", "mse")
for epoch in range(30):
    model.fit([1.0], [1.0])
"""
