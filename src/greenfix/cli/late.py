"""Commands that are imported when somebody asks for one: the others would cost each start 50 ms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import typer
from typer.core import TyperGroup


def group_of(names: Sequence[str], load: Callable[[str], typer.Typer]) -> type[TyperGroup]:
    """A group for ``typer.Typer(cls=...)`` whose commands are called ``names``; ``load`` makes an app of only one."""

    class LateGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes | {"commands": LateCommands(names, load)})

    return LateGroup


class LateCommands(Mapping[str, Any]):  # a command is of a class that typer keeps to itself
    """The commands by name, in order, each made once."""

    def __init__(self, names: Sequence[str], load: Callable[[str], typer.Typer]) -> None:
        self._names = names
        self._made = cache(lambda name: typer.main.get_command(load(name)))

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._made(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
