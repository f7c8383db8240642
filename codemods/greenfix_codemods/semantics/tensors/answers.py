"""Answers to questions about expressions that may come back to themselves: each is found once, and cycles end."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from greenfix_codemods.semantics.tensors import kinds
from greenfix_codemods.semantics.tensors.kinds import Value

MAXIMUM_DEPTH = 40
MAXIMUM_WORK = 3000
"""Expressions evaluated for one question: a stop for generated code, far above what people write."""
_LIMIT = 1
"""The bit of an answer that leans on one of these limits. The bits above are for the questions that are still open."""


class Answers:
    """What ``evaluate`` says of each expression.

    A question that comes back to itself gets "unknown" there. What was answered on the way leans on that, and holds
    only until the question it came back to is answered: to answer it anew each time was six sevenths of the work in a
    large tree.
    """

    def __init__(self, evaluate: Callable[[ast.expr], Value]) -> None:
        self._evaluate = evaluate
        self._final: dict[ast.AST, Value] = {}
        self._provisional: dict[ast.AST, tuple[Value, int, int]] = {}
        self._open: dict[ast.AST, int] = {}
        self._leaning = 0
        self._work = 0

    def of(self, node: ast.expr) -> Value:
        """The value of ``node``; unknown when it is too deep or too much work."""
        if not self._open:
            self._work = 0
        if node in self._final:
            return self._final[node]
        if node in self._provisional:
            value, leaning, depth = self._provisional[node]
            if not leaning & _LIMIT or len(self._open) >= depth:  # from less deep, the limit lies further away
                self._leaning |= leaning
                return value
        self._work += 1
        if node in self._open or len(self._open) > MAXIMUM_DEPTH or self._work > MAXIMUM_WORK:
            self._leaning |= self._open.get(node, _LIMIT)
            return kinds.UNKNOWN
        return self._answered(node)

    def is_open(self, node: ast.AST) -> bool:
        """Whether the question of ``node`` is being answered."""
        return node in self._open

    @contextmanager
    def opened(self, node: ast.AST) -> Iterator[int]:
        """Within, the question of ``node`` counts as open; gives its bit."""
        own = self._open[node] = _LIMIT << len(self._open) + 1
        try:
            yield own
        finally:
            del self._open[node]

    def _answered(self, node: ast.expr) -> Value:
        outer, self._leaning = self._leaning, 0
        with self.opened(node) as own:
            value = self._evaluate(node)
        leaning = self._leaning & ~own
        if not self._open:
            self._provisional.clear()
        elif self._leaning & own:
            self._provisional = {each: known for each, known in self._provisional.items() if not known[1] & own}
        if not leaning or not self._open:
            self._final[node] = value
        else:
            self._provisional[node] = value, leaning, len(self._open)
        self._leaning = leaning | outer
        return value
