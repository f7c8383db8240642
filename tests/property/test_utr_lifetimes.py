"""A ``del`` where the analysis allows one never changes what a generated program does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import libcst
from greenfix_codemods import editing
from greenfix_codemods.concrete import Concrete
from greenfix_codemods.edits import Insert, Where
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.semantics.tensors.lifetimes import Release, release_point
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

NAMES = ("a", "b")
STEPS = 400


class Stopped(Exception):
    """The program took too long: both versions stop at the same event."""


@st.composite
def simple(draw: st.DrawFn) -> list[str]:
    name, other = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    return [
        draw(
            st.sampled_from(
                (
                    f"{name} = make()",
                    f"{name} = make()",
                    f"use({name})",
                    f"use({name})",
                    f"{name} = change({other})",
                    f"{name}, {other}x = make(), make()",
                    f"kept = [{name} for _ in range(2)]",
                    f"kept = sum({name} for _ in range(2))",
                    f"later = ({name} for _ in range(1))",
                    "risky()",
                    "if choose(): return",
                    f"{name} += 1",
                    "pass",
                )
            )
        )
    ]


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


@st.composite
def compound(draw: st.DrawFn, depth: int, in_loop: bool) -> list[str]:
    body = draw(block(depth - 1, in_loop))
    other = draw(block(depth - 1, in_loop))
    inner = draw(block(depth - 1, True))
    name = draw(st.sampled_from(NAMES))
    jumps = [["if choose():", "    break"], ["if choose():", "    continue"]] if in_loop else []
    return draw(
        st.sampled_from(
            [
                ["if choose():", *indented(body), "else:", *indented(other)],
                ["if choose():", *indented(body)],
                ["for i in range(3):", *indented(inner)],
                [f"for {name} in range(3):", *indented(inner)],
                ["for i in range(2):", *indented(inner), "else:", *indented(other)],
                ["while choose():", *indented(inner)],
                ["try:", *indented(body), "except ValueError:", *indented(other)],
                ["try:", *indented(body), "finally:", *indented(other)],
                ["with swallow():", *indented(body)],
                ["def inner():", f"    return use({name})", "if choose():", "    inner()"],
                *jumps,
            ]
        )
    )


def block(depth: int, in_loop: bool) -> st.SearchStrategy[list[str]]:
    piece = simple() if depth <= 0 else st.one_of(simple(), simple(), compound(depth, in_loop))
    return st.lists(piece, min_size=1, max_size=4).map(lambda parts: [line for part in parts for line in part])


class World:
    """What the programs call: decisions come from a list, every event is written down."""

    def __init__(self, choices: list[bool]) -> None:
        self.choices = choices
        self.trace: list[object] = []

    def event(self, what: object) -> None:
        self.trace.append(what)
        if len(self.trace) > STEPS:
            raise Stopped

    def choose(self) -> bool:
        self.event("choose")
        return self.choices[len(self.trace) % len(self.choices)]

    def make(self) -> int:
        self.event("make")
        return len(self.trace)

    def use(self, value: int) -> int:
        self.event(("use", value))
        return value

    def change(self, value: int) -> int:
        self.event(("change", value))
        return value + 1

    def risky(self) -> None:
        self.event("risky")
        if self.choices[(len(self.trace) * 7) % len(self.choices)]:
            raise ValueError

    def run(self, code: str) -> list[object]:
        class Swallow:
            def __enter__(self) -> None:
                pass

            def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
                return kind is not None and issubclass(kind, ValueError)

        scope = {name: getattr(self, name) for name in ("choose", "make", "use", "change", "risky")}
        try:
            exec(compile(code, "program", "exec"), {**scope, "swallow": Swallow})  # noqa: S102 - the generated program
        except (ValueError, Stopped) as error:
            self.trace.append(type(error).__name__)
        except NameError:
            self.trace.append("NameError")
        return self.trace


def blocks(function: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for field in ("body", "orelse", "finalbody"):
            found = getattr(node, field, None)
            if isinstance(found, list) and found and isinstance(node, ast.stmt | ast.ExceptHandler):
                yield found


def parsed(code: str) -> Module:
    return Project(Path("nowhere")).add(decode(code.encode(), "program.py"))


@settings(suppress_health_check=list(HealthCheck))
@given(block(3, False), st.lists(st.booleans(), min_size=3, max_size=9))
def test_no_generated_program_reads_a_name_after_its_del(lines: list[str], choices: list[bool]) -> None:
    code = "\n".join(["def main():", *indented(lines), "main()", ""])
    original = World(choices).run(code)
    assume("NameError" not in original)
    module = parsed(code)
    (main,) = (node for node in module.tree.body if isinstance(node, ast.FunctionDef))
    for found in blocks(main):
        if isinstance(module.parents.get(found[0]), ast.FunctionDef) and module.parents[found[0]] is not main:
            continue
        for name in NAMES:
            point = release_point(module, found, name, main)
            if isinstance(point, Release):
                edits = [Insert(point.after, Where.AFTER, f"del {point.name}")]
                patched = editing.make(edits, Concrete(libcst.parse_module(code)), module).code
                assert World(choices).run(patched) == original, f"{code}\n----\n{patched}"
