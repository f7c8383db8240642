"""The names of the functions that train."""

from __future__ import annotations

from pathlib import Path

from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.semantics.tensors.trainings import training_names


def names(code: str) -> frozenset[str]:
    return training_names(Project(Path("nowhere")).add(decode(code.encode(), "program.py")))


def test_a_function_trains_by_what_it_calls_and_by_what_is_defined_in_it() -> None:
    code = "def outer():\n    def inner():\n        model.fit(x)\n    return inner\ndef other():\n    print(1)\n"
    assert names(code) == {"outer", "inner"}


def test_a_function_that_calls_or_runs_one_that_trains_does_so_too() -> None:
    code = (
        "def step():\n    optimizer.minimize(loss)\ndef by_call():\n    step()\ndef by_strategy():\n"
        "    strategy.run(step)\ndef by_default(value=step()):\n    pass\nstep()\n"
    )
    assert names(code) == {"step", "by_call", "by_strategy", "by_default"}
