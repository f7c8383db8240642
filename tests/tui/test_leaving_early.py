"""Who leaves while greenfix still looks for leaks does not wait for the end of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from greenfix_codemods.events import FileScanned, PatchesWritten
from greenfix_verify.errors import Interrupted

from greenfix.events import Event
from greenfix.workflow import Request, fix
from tests.greenfix_command import LEAKING
from tests.repositories import MakeRepository, git


class Leaving:
    """Leaves at the first event of a kind; any question would fail, because there is no answer to it."""

    def __init__(self, at: type[Any]) -> None:
        self.at = at
        self.cancel = threading.Event()
        self.told: list[Event] = []

    def tell(self, event: Event) -> None:
        self.told.append(event)
        if isinstance(event, self.at):
            self.cancel.set()


@pytest.mark.parametrize("at", [FileScanned, PatchesWritten])
def test_leaving_ends_the_scan_and_the_patches_at_the_next_file(make_repository: MakeRepository, at: type[Any]) -> None:
    folder = make_repository({f"{name}.py": LEAKING for name in ("one", "two", "three")})
    person: Any = Leaving(at)
    with pytest.raises(Interrupted):
        fix(Request(folder), person, person.cancel)
    assert len([event for event in person.told if isinstance(event, at)]) == 1
    assert git(folder, "worktree", "list").count("\n") == 0
