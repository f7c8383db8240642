"""What was seen in this process, and its way out: one JSON file a process, written now and then and at the end."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

MOST_EVENTS = 20_000
"""Builds, traces, calls of ``fit`` ... that are kept one by one; a run with more has shown what it does."""


class Notes:
    """Facts, in the shape of the JSON file."""

    def __init__(self, folder: str) -> None:
        self._path = Path(folder, f"{os.getpid()}.notes.json")
        self._stacks: dict[tuple[Any, ...], int] = {}
        self.began = time.monotonic()
        self.facts: dict[str, Any] = {
            "started": time.time_ns(),
            "stacks": [],
            "events": [],
            "places": {},
            "holders": [],
            "memory": [],
            "collections": {"count": 0, "seconds": 0.0},
            "complete": False,
            "unfollowed": "",
            "dropped": 0,
            "error": "",
        }

    def stack_id(self, stack: list[list[Any]]) -> int:
        """Return the number of a stack, which is told once."""
        key = tuple(tuple(frame) for frame in stack)
        number = self._stacks.get(key)
        if number is None:
            number = self._stacks[key] = len(self.facts["stacks"])
            self.facts["stacks"].append(stack)
        return number

    def event(self, kind: str, stack: list[list[Any]], name: str, seconds: float = 0.0, **more: Any) -> None:
        """Note that something happened now; ``seconds`` are the CPU seconds that it took."""
        if len(self.facts["events"]) >= MOST_EVENTS:
            self.facts["dropped"] += 1
            return
        self.facts["events"].append(
            {
                "kind": kind,
                "stack": self.stack_id(stack),
                "name": name,
                "at": time.process_time(),
                "seconds": seconds,
                **more,
            }
        )

    def failed(self, error: BaseException) -> None:
        """Keep the first of our own errors."""
        self.facts["error"] = self.facts["error"] or f"{type(error).__name__}: {error}"

    def write(self, *, complete: bool = True) -> None:
        """Write everything so far; a reader never sees half a file."""
        try:
            self.facts["complete"] = complete
            self.facts["cpu_seconds"] = time.process_time()
            self.facts["seconds"] = time.monotonic() - self.began
            text = json.dumps(self.facts)
            part = self._path.with_suffix(".part")
            part.write_text(text, encoding="utf-8")
            part.replace(self._path)
        except Exception as error:  # a list grew while it was written, or the folder is gone: the next try may do
            self.failed(error)
