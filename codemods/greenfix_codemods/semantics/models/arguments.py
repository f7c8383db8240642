"""What a call is given."""

from __future__ import annotations

from dataclasses import dataclass

from greenfix_codemods.semantics.models.model_values import Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call is given. ``texts`` holds how the caller writes an argument, where that is a plain name."""

    positional: tuple[Value, ...]
    named: dict[str, Value]
    texts: dict[int | str, str | None]
    words: frozenset[str]

    @property
    def values(self) -> tuple[Value, ...]:
        """All of them."""
        return (*self.positional, *self.named.values())
