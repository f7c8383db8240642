"""UTR003: persistent GradientTape never released."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tapes import tapes_of
from greenfix_codemods.strategies.delete_tape import DeleteTape


class PersistentTapeNeverReleased(Rule):
    """A persistent ``tf.GradientTape`` keeps all activations of its forward pass alive after its last gradient."""

    code = "UTR003"
    title = "Persistent GradientTape never released"
    smell = Smell.UTR
    strategies = (DeleteTape,)

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the ``with`` statements."""
        for tape in module.once(tapes_of).unreleased:
            if tape.work is not None:
                work = ast.unparse(tape.work).partition("\n")[0]
                line = getattr(tape.work, "lineno", tape.statement.lineno)
                reason = f"`{tape.name}` still holds its forward pass while `{work[:60]}` (line {line}) runs"
                confidence = Confidence.HIGH
            else:
                reason = f"nothing but light work runs before `{tape.name}` goes, so little is gained"
                confidence = Confidence.LOW
            target = tape.statement.items[0].context_expr
            yield self.site(module, tape.statement, target, (tape.name,), confidence, reason)
