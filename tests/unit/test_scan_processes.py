"""What a process of a scan does with its share of the files."""

from __future__ import annotations

import multiprocessing
import threading
from ctypes import c_byte, c_int
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
    cancelled, looked = c_byte(0), []

    def look(shelf: Shelf, task: Task) -> Looked:
        looked.append(task.path)
        cancelled.value = 1
        return real_look(shelf, task)

    monkeypatch.setattr(processes, "look", look)
    monkeypatch.setattr(processes, "_shelf", Shelf(tmp_path), raising=False)
    monkeypatch.setattr(processes, "_collector", Collector(), raising=False)
    monkeypatch.setattr(processes, "_cancelled", cancelled, raising=False)
    assert len(processes._look(tasks)) == 1
    assert looked == ["one.py"]


def ask(flag: c_byte, asked: c_int) -> None:
    processes._cancelled = flag
    while processes._wanted():
        asked.value += 1


@pytest.mark.parametrize("attempt", range(3))  # an event's lock is in its hands about half of the time
def test_a_process_that_is_killed_as_it_asks_does_not_hold_up_the_scan(attempt: int) -> None:
    context = multiprocessing.get_context("spawn")
    flag, asked = processes._flag(context), context.RawValue("i", 0)
    process = context.Process(target=ask, args=(flag, asked))
    process.start()
    while asked.value < 100 and process.is_alive():
        pass
    process.kill()
    process.join()
    setting = threading.Thread(target=setattr, args=(flag, "value", 1), daemon=True)
    setting.start()
    setting.join(timeout=10)
    assert not setting.is_alive()
