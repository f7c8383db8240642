"""Models are found the same whether every function of a file is followed, or only those whose names lead to one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from greenfix_codemods.detecting import sites
from greenfix_codemods.finding import Smell
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models import execution, passes
from greenfix_codemods.semantics.models.leading import functions_to_follow
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import decode
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.marked_programs import Program, programs

HEAD = "import functools\nimport keras\ndef build():\n    return keras.Sequential([keras.layers.Dense(1)])\n"

WAYS = {
    "alias": ("a{n} = {e}\n", "a{n}"),
    "function": ("def f{n}():\n    return {e}()\n", "f{n}"),
    "lambda": ("l{n} = lambda: {e}()\n", "l{n}"),
    "table": ("t{n} = {{'a': {e}}}\n", "t{n}['a']"),
    "default": ("def d{n}(make={e}):\n    return make()\n", "d{n}"),
    "handed": ("def h{n}(make):\n    return make()\ndef g{n}():\n    return h{n}({e})\n", "g{n}"),
    "closure": (
        "def o{n}(make):\n    def inner():\n        return make()\n    return inner\nc{n} = o{n}({e})\n",
        "c{n}",
    ),
    "stored": (
        "class S{n}:\n    def __init__(self, make):\n        self.m{n} = make\n    def go{n}(self):\n"
        "        return self.m{n}()\ns{n} = S{n}({e})\n",
        "s{n}.go{n}",
    ),
    "called object": ("class O{n}:\n    def __call__(self):\n        return {e}()\nob{n} = O{n}()\n", "ob{n}"),
    "made by a class": ("class M{n}(keras.Model):\n    def __init__(self):\n        {e}()\n", "M{n}"),
    "inherited": (
        "class B{n}:\n    def go{n}(self):\n        return {e}()\nclass C{n}(B{n}):\n    pass\ni{n} = C{n}()\n",
        "i{n}.go{n}",
    ),
    "class attribute": ("class K{n}:\n    k{n} = staticmethod({e})\n", "K{n}.k{n}"),
    "property": (
        "class P{n}:\n    @property\n    def net{n}(self):\n        return {e}()\n"
        "def p{n}():\n    return P{n}().net{n}\n",
        "p{n}",
    ),
    "global": (
        "u{n} = None\ndef set{n}():\n    global u{n}\n    u{n} = {e}\ndef use{n}():\n    set{n}()\n    return u{n}()\n",
        "use{n}",
    ),
    "partial": ("w{n} = functools.partial({e})\n", "w{n}"),
    "computed": ("class Z{n}:\n    def go{n}(self):\n        return {e}()\n", "getattr(Z{n}(), 'go{n}')"),
    "chosen": ("def y{n}():\n    return {e}\n", "y{n}()"),
}
"""How code comes to call ``{e}``: what it defines for that, and what it calls instead."""

_GOAL = "    net = {e}()\n    net.compile(loss='mse')\n    return net.fit(x{more})\n"
_TRIAL = "def goal(trial):\n" + _GOAL
_LOOP = "for i in range(9):\n"
_EACH = (
    "class Each:\n    def __init__(self, make):\n        self.make = make\n    def go(self):\n"
    f"        {_LOOP}            net = self.make()\n            net.save('a')\n"
)
PLACES = (
    f"def run():\n    {_LOOP}        {{e}}().fit(x, epochs=3)\n",
    "def run():\n    while left:\n        net = {e}()\n        net.compile(loss='mse')\n",
    "def run():\n    return [{e}().fit(x, epochs=3) for x in xs]\n",
    f"class Run:\n    def go(self):\n        {_LOOP}            self.net = {{e}}()\n            self.net.save('a')\n",
    f"def once():\n    {{e}}().fit(x)\ndef run():\n    {_LOOP}        once()\n",
    _TRIAL.replace("{more}", "") + "def main():\n    study.optimize(goal, n_trials=9)\n",
    _TRIAL.replace("{more}", ", trial.suggest_int('n', 1, 9)"),
    "def goal():\n" + _GOAL.replace("{more}", "") + "def main():\n    map(goal, xs)\n",
    "def again(n):\n    net = {e}()\n    net.compile(loss='mse')\n    net.fit(x)\n    again(n - 1)\n",
    f"def each(make):\n    {_LOOP}        make().fit(x)\ndef main():\n    each({{e}})\n",
    _EACH + "def main():\n    Each({e}).go()\n",
    _EACH + "each = Each({e})\n",
    f"def run():\n    net = {{e}}()\n    {_LOOP}        net.compile(loss='mse')\n        net.fit(x)\n",
    "class Hold:\n    def __init__(self):\n        self.net = {e}()\n    def go(self):\n        for x in xs:\n"
    "            self.net.predict(x[None])\n",
    f"def keep(net):\n    {_LOOP}        net.compile(loss='mse')\nkeep({{e}}())\n",
    f"{_LOOP}    {{e}}().fit(x)\n",
)
"""Where ``{e}`` is called again and again."""


def every_function(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = module.once(index_of)
    return [*nodes.all(ast.FunctionDef), *nodes.all(ast.AsyncFunctionDef)]


@contextmanager
def all_followed() -> Iterator[None]:
    with mock.patch.object(passes, "functions_to_follow", every_function):
        yield


def found(folder: Path, path: str) -> list[tuple[object, ...]]:
    findings = [site.finding for site in sites(Project(folder).open(path)) if site.finding.smell is Smell.IMR]
    return [(each.rule, each.span, each.confidence, each.reason) for each in findings]


def found_in(code: str) -> list[tuple[object, ...]]:
    module = Project(Path("nowhere")).add(decode(code.encode(), "program.py"))
    return [(site.finding.rule, site.finding.span, site.finding.reason) for site in sites(module)]


def found_both_ways(code: str) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """What is found when only some functions are followed, and when all are.

    The first may be more: the frame of a closure is that of its last call, and a function that is followed for itself
    knows nothing of what its callers give it. Calls are followed to their end: where that stops at ``DEEPEST``, what is
    seen of a longer way depends on where it begins.
    """
    with mock.patch.object(execution, "DEEPEST", 50):
        narrow = set(found_in(code))
        with all_followed():
            return narrow, set(found_in(code))


def written(program: Program, folder: Path) -> Path:
    for path, text in program.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def composed(ways: list[str], place: str) -> str:
    code, called = HEAD, "build"
    for number, way in enumerate(ways):
        definition, name = WAYS[way]
        code += definition.format(n=number, e=called)
        called = name.format(n=number)
    return code + place.format(e=called)


@pytest.mark.parametrize("family", ["models", "doubtful_models"])
def test_the_marked_programs(family: str, tmp_path: Path) -> None:
    for number, program in enumerate(programs(family).values()):
        folder = written(program, tmp_path / str(number))
        for path in program:
            if path.endswith(".py"):
                narrow = found(folder, path)
                with all_followed():
                    assert narrow == found(folder, path), program


def test_the_examples_of_the_rules() -> None:
    for example in [example for rule in all_rules() if rule.smell is Smell.IMR for example in rule.examples]:
        narrow = found_in(example.code)
        with all_followed():
            assert narrow == found_in(example.code), example.code


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_every_place(way: str, place: str) -> None:
    narrow, whole = found_both_ways(composed([way], place))
    assert whole <= narrow


@given(st.lists(st.sampled_from(sorted(WAYS)), min_size=2, max_size=4), st.sampled_from(PLACES))
@settings(max_examples=100, deadline=None)
def test_ways_that_lead_to_one_another(ways: list[str], place: str) -> None:
    narrow, whole = found_both_ways(composed(ways, place))
    assert whole <= narrow


@pytest.mark.parametrize("place", PLACES)
def test_something_is_found_in_every_place(place: str) -> None:
    assert found_in(composed(["function"], place))


IDLE = "def idle():\n    for x in xs:\n        print(x)\ndef once():\n    return build().fit(x)\n"


def test_what_leads_to_no_model_again_and_again_is_not_followed() -> None:
    code = f"{HEAD}{IDLE}{PLACES[0].format(e='build')}"
    module = Project(Path("nowhere")).add(decode(code.encode(), "program.py"))
    assert [function.name for function in functions_to_follow(module)] == ["build", "run"]


BESIDE = {
    "a loop that runs what it is given": (
        "def repeat(step):\n    for i in range(9):\n        step()\n",
        "from beside import repeat\ndef once():\n    build().fit(x)\ndef main():\n    repeat(once)\n",
    ),
    "a base class that runs a method again and again": (
        "class Base:\n    def go(self):\n        for i in range(9):\n            self.once()\n",
        "from beside import Base\nclass Own(Base):\n    def once(self):\n        build().fit(x)\n"
        "def main():\n    Own().go()\n",
    ),
    "a loop that is given the object itself": (
        "def repeat(thing):\n    for i in range(9):\n        thing.once()\n",
        "import beside\nclass Own:\n    def once(self):\n        build().fit(x)\n    def go(self):\n"
        "        beside.repeat(self)\n",
    ),
    "a search": (
        "from program import goal\ndef tune(study):\n    study.optimize(goal, n_trials=9)\n",
        "def goal(trial):\n    net = build()\n    net.compile(loss='mse')\n    return net.fit(x)\n",
    ),
    "a builder under a star": (
        "import keras\ndef make():\n    return keras.Sequential()\n",
        "from beside import *\ndef main():\n    for i in range(9):\n        make().save('a')\n",
    ),
}


@pytest.mark.parametrize("case", BESIDE)
def test_what_lies_in_another_file(case: str, tmp_path: Path) -> None:
    beside, program = BESIDE[case]
    folder = written({"beside.py": beside, "program.py": HEAD + program}, tmp_path)
    narrow = found(folder, "program.py")
    assert narrow
    with all_followed():
        assert narrow == found(folder, "program.py")
