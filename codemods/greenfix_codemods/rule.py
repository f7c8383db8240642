"""What a rule is: a page, examples, a detector, and the strategies that may mend it.

Adding a rule is one new file in ``rules/``; nothing else changes. The class docstring is the rule's page and what
``greenfix explain`` shows, the examples are its tests.
"""

from __future__ import annotations

import ast
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from greenfix_codemods.facts import Evidence
from greenfix_codemods.finding import Confidence, Finding, Smell, Span
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.test_code import is_test_code
from greenfix_codemods.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Example:
    """A program that the rule must flag at the lines marked ``# <-``, or must leave alone (no mark)."""

    code: str
    because: str = ""

    @property
    def lines(self) -> tuple[int, ...]:
        """The marked lines, from 1."""
        return tuple(number for number, line in enumerate(self.code.splitlines(), 1) if line.rstrip().endswith("# <-"))


def smelly(code: str) -> Example:
    """An example with at least one line that ends in ``# <-``."""
    return Example(code)


def clean(code: str, because: str) -> Example:
    """An example that must not be flagged, and why."""
    return Example(code, because)


@dataclass(frozen=True, eq=False)
class Site:
    """A finding together with the syntax it stands on: what strategies look at.

    ``place`` is the node at the finding's line (a loop, a statement, a function); ``target`` the node of what leaks
    (the build call, the kept expression, the tape).
    """

    finding: Finding
    module: Module
    place: ast.AST
    target: ast.AST


class Rule(ABC):
    """One rule. ``code`` is its name for ever (``IMR001``); ``title`` one line."""

    code: ClassVar[str]
    title: ClassVar[str]
    smell: ClassVar[Smell]
    strategies: ClassVar[tuple[type[Strategy], ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()

    @abstractmethod
    def sites(self, module: Module) -> Iterator[Site]:
        """Find every place in ``module``."""

    def may_find(self, evidence: Evidence) -> bool:
        """Whether the rule can find anything in a file of which this is known before it is parsed.

        It says no only where what the rule looks for stands neither in the file nor in what it follows from there. A
        rule without a gate of its own looks at every file that names a word of Keras or of training.
        """
        return True

    def site(
        self,
        module: Module,
        place: ast.AST,
        target: ast.AST,
        names: tuple[str, ...],
        confidence: Confidence,
        reason: str,
    ) -> Site:
        """Make a site, of low confidence in test code.

        The fingerprint comes from the rule, the file, the function around it and the code itself.
        """
        if confidence is not Confidence.LOW and module.once(is_test_code):
            confidence, reason = Confidence.LOW, f"{reason}; but this is test code"
        span = span_of(place, module)
        function = module.enclosing_function(place)
        context = (self.code, module.path, function.name if function else "", *names, _head(place), ast.dump(target))
        fingerprint = hashlib.sha256("\x1f".join(context).encode()).hexdigest()[:16]
        finding = Finding(self.code, self.smell, module.path, span, names, confidence, reason, fingerprint)
        return Site(finding, module, place, target)


def span_of(node: ast.AST, module: Module) -> Span:
    """The place of ``node``, in characters from 1. For a decorated function the ``def`` line."""
    line, column = node.lineno, node.col_offset  # type: ignore[attr-defined]  # only located nodes become places
    end_line, end_column = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]  # same
    lines = module.lines
    return Span(
        line,
        len(lines[line - 1][:column].decode(errors="replace")) + 1,
        end_line,
        len(lines[end_line - 1][:end_column].decode(errors="replace")) + 1,
    )


def _head(place: ast.AST) -> str:
    """The statement's own code without its body, so that edits elsewhere in a loop keep the fingerprint."""
    if isinstance(place, ast.For | ast.AsyncFor):
        return f"for {ast.dump(place.target)} in {ast.dump(place.iter)}"
    if isinstance(place, ast.While):
        return f"while {ast.dump(place.test)}"
    if isinstance(place, ast.FunctionDef | ast.AsyncFunctionDef):
        return f"def {place.name}"
    return ast.dump(place)
