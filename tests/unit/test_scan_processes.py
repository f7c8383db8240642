"""What a process of a scan does with its share of the files."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from greenfix_codemods import processes
from greenfix_codemods.garbage import Collector
from greenfix_codemods.looking import Looked, Task
from greenfix_codemods.looking import look as real_look
from greenfix_codemods.semantics.shelf import Shelf


def test_a_cancelled_scan_ends_with_the_file_and_not_with_the_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [Task(f"{name}.py", worth=True, rules=True, shut=frozenset()) for name in ("one", "two", "three")]
    for task in tasks:
        (tmp_path / task.path).write_text("import keras\n")
    cancelled, looked = threading.Event(), []

    def look(shelf: Shelf, task: Task) -> Looked:
        looked.append(task.path)
        cancelled.set()
        return real_look(shelf, task)

    monkeypatch.setattr(processes, "look", look)
    monkeypatch.setattr(processes, "_shelf", Shelf(tmp_path), raising=False)
    monkeypatch.setattr(processes, "_collector", Collector(), raising=False)
    monkeypatch.setattr(processes, "_cancelled", cancelled, raising=False)
    assert len(processes._look(tasks)) == 1
    assert looked == ["one.py"]
