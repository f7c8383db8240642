"""Every strategy on every file of the corpus, however it is saved: no byte changes that was not asked to change."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from greenfix_codemods.edits import Edits, Insert, Move, Replace, ReplaceStatement
from greenfix_codemods.errors import SourceError, StrategyError
from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategy import Strategy
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import CORPUS

FILES = sorted(file for file in CORPUS.glob("*/*.py"))
SAVED: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "with carriage returns": lambda text: text.replace("\n", "\r\n").encode(),
    "with tabs": lambda text: text.replace("    ", "\t").encode(),
    "with a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "in latin-1": lambda text: f"# -*- coding: latin-1 -*-\n# caf\xe9\n{text}".encode("latin-1", "replace"),
    "without a final line end": lambda text: text.rstrip("\n").encode(),
    "with form feeds": lambda text: text.replace("\n\n", "\n\x0c\n").encode(),
    "with type comments": lambda text: text.replace("(\n", "(  # type: ignore\n").encode(),
    "with trailing spaces": lambda text: text.replace(":\n", ":  \n").encode(),
}


def offered(data: bytes, path: Path) -> Iterator[tuple[Strategy, Site]]:
    module = Project(path.parent).add(decode(data, path.name))
    for rule in all_rules():
        for site in rule.sites(module):
            for strategy in (kind() for kind in rule.strategies):
                if strategy.obstacle(site) is None:
                    yield strategy, site


def edited_lines(edits: Edits) -> set[int]:
    """The lines, from 1, that an edit may change or move."""
    nodes: list[ast.stmt | ast.expr] = []
    for edit in edits:
        match edit:
            case Move(statements=statements):
                nodes += statements
            case Replace(expression=expression):
                nodes.append(expression)
            case ReplaceStatement(statement=statement):
                nodes.append(statement)
    return {line for node in nodes for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def check(strategy: Strategy, site: Site) -> None:
    """Parses, keeps every other line in its order, adds as many statements as were asked for, and mends the finding."""
    edits = strategy.edits(site)
    try:
        edit = apply(strategy, site)
    except StrategyError:
        return  # withheld: nothing is edited
    compile(edit.after, edit.path, "exec", dont_inherit=True)
    touched = edited_lines(edits)
    mark = b"\xef\xbb\xbf"
    assert edit.after.startswith(mark) == edit.before.startswith(mark)
    before = edit.before.removeprefix(mark).split(b"\n")
    kept = [line for number, line in enumerate(before, 1) if number not in touched and line.strip()]
    after = iter(edit.after.removeprefix(mark).split(b"\n"))
    for line in kept[:-1]:
        assert line in after, f"{strategy.name} lost or moved {line!r}"
    assert kept[-1].rstrip(b"\r") in {line.rstrip(b"\r") for line in edit.after.split(b"\n")}
    assert statements(edit.after) - statements(edit.before) == sum(isinstance(each, Insert) for each in edits)
    again = Project(site.module.project.root).add(decode(edit.after, edit.path))
    rule = next(rule for rule in all_rules() if rule.code == site.finding.rule)
    prints = [each.finding.fingerprint for each in rule.sites(again)]
    assert prints.count(site.finding.fingerprint) < [
        each.finding.fingerprint for each in rule.sites(site.module)
    ].count(site.finding.fingerprint)


def statements(data: bytes) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(data)))


@given(st.sampled_from(FILES), st.sampled_from(sorted(SAVED)), st.randoms(use_true_random=False))
def test_no_byte_changes_that_was_not_asked_to(file: Path, saved: str, choose: random.Random) -> None:
    data = SAVED[saved](file.read_bytes().decode().replace("\r\n", "\n"))
    found = list(offered(data, file))
    if found:
        check(*choose.choice(found))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_mending_all_of_a_file_ends_and_imports_each_module_once(file: Path) -> None:
    data, mended = file.read_bytes(), 0
    while (found := next(offered(data, file), None)) is not None and mended < 10:
        data, mended = apply(*found).after, mended + 1
    assert mended < 10
    imports = [line for line in data.splitlines() if line.startswith((b"import gc", b"from")) and b"backend as" in line]
    assert len(imports) == len(set(imports))


def test_a_file_in_utf_16_is_no_python(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not text in its declared encoding"):
        decode("import keras\n".encode("utf-16"), "a.py")
