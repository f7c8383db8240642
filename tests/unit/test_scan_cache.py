from __future__ import annotations

import gc
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_codemods import looking
from greenfix_codemods.events import CacheUnusable, FileScanned, ScanEvent
from greenfix_codemods.finding import ScanResult
from greenfix_codemods.scan import scan
from greenfix_codemods.semantics.shelf import Shelf

from tests.greenfix_command import HARMLESS, LEAKING

CALLING = "from nets import build\n\nfor fold in range(9):\n    model = build()\n    model.fit([1.0], [1.0])\n"
BUILDING = "import keras\n\ndef build():\n    return keras.Sequential([])\n"
RELEASING = "import keras\n\ndef build():\n    keras.backend.clear_session()\n    return keras.Sequential([])\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    files = {"train.py": CALLING, "nets.py": BUILDING, "leak.py": LEAKING, "plain.py": HARMLESS, "broken.py": "def ("}
    for name, text in files.items():
        write(folder / name, text)
    return folder


def write(file: Path, text: str, *, seconds: int = 1_000_000_000) -> None:
    """Long ago, so that the time stamp can be trusted."""
    file.write_text(text)
    os.utime(file, (seconds, seconds))


def looked(tree: Path, cache: Path | None, monkeypatch: pytest.MonkeyPatch) -> tuple[ScanResult, list[str]]:
    """The result of a scan and the files that it really looked into."""
    seen: list[str] = []
    real = looking.look

    def look(shelf: Shelf, task: looking.Task) -> looking.Looked:
        seen.append(task.path)
        return real(shelf, task)

    with monkeypatch.context() as patch:
        patch.setattr("greenfix_codemods.processes.look", look)
        result = scan(tree, cache=cache)
    return replace(result, funnel=replace(result.funnel, cached=0)), seen


def test_a_second_scan_looks_into_nothing_and_finds_the_same(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, seen = looked(tree, tmp_path / "cache", monkeypatch)
    assert seen == ["broken.py", "leak.py", "nets.py", "plain.py", "train.py"]
    assert ([each.path for each in first.findings], len(first.errors)) == (["leak.py", "train.py"], 1)
    assert looked(tree, tmp_path / "cache", monkeypatch) == (first, [])
    assert scan(tree, cache=tmp_path / "cache").funnel.cached == 5
    assert looked(tree, None, monkeypatch)[0] == first


def test_a_change_in_an_imported_file_counts_for_the_file_that_imports_it(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(tree, cache=tmp_path / "cache")
    write(tree / "nets.py", RELEASING)
    result, seen = looked(tree, tmp_path / "cache", monkeypatch)
    assert seen == ["nets.py", "train.py"]
    assert [each.path for each in result.findings] == ["leak.py"]


def test_a_new_file_counts_for_the_file_whose_import_it_now_answers(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "nets.py").rename(tree / "other.py")
    before, _ = looked(tree, tmp_path / "cache", monkeypatch)
    write(tree / "nets.py", RELEASING)
    after, seen = looked(tree, tmp_path / "cache", monkeypatch)
    assert "train.py" in seen
    assert after == looked(tree, None, monkeypatch)[0] != before


def test_a_file_that_is_touched_and_not_changed_is_not_looked_into(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(tree, cache=tmp_path / "cache")
    write(tree / "nets.py", BUILDING, seconds=1_000_000_001)
    assert looked(tree, tmp_path / "cache", monkeypatch)[1] == []


def test_a_change_that_keeps_size_and_time_is_seen_when_the_file_was_new(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "nets.py").write_text(BUILDING)
    time = (tree / "nets.py").stat().st_mtime_ns
    scan(tree, cache=tmp_path / "cache")
    (tree / "nets.py").write_text(BUILDING.replace("build", "bulid"))
    os.utime(tree / "nets.py", ns=(time, time))
    result, _ = looked(tree, tmp_path / "cache", monkeypatch)
    assert result == looked(tree, None, monkeypatch)[0]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 1}', b"\xff\xfe", "cut"])
def test_a_broken_cache_is_ignored_told_once_and_written_anew(
    damage: bytes | str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = looked(tree, tmp_path / "cache", monkeypatch)
    [file] = (tmp_path / "cache").iterdir()
    file.write_bytes(damage if isinstance(damage, bytes) else file.read_bytes()[:-100])
    events: list[ScanEvent] = []
    assert scan(tree, events.append, cache=tmp_path / "cache") == first
    told = [event for event in events if isinstance(event, CacheUnusable)]
    assert len(told) == (0 if damage == b'{"version": 1}' else 1)
    assert looked(tree, tmp_path / "cache", monkeypatch) == (first, [])


def test_a_cache_of_other_rules_is_not_used(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(tree, cache=tmp_path / "cache")
    monkeypatch.setattr("greenfix_codemods.cache.version", lambda: "another")
    assert len(looked(tree, tmp_path / "cache", monkeypatch)[1]) == 5


def test_a_cache_folder_that_cannot_be_written_is_told_and_the_scan_is_whole(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    events: list[ScanEvent] = []
    result = scan(tree, events.append, cache=tmp_path / "file" / "cache")
    assert result == scan(tree)
    assert [type(event) for event in events].count(CacheUnusable) == 1


def test_several_processes_find_the_same_in_the_same_order(tmp_path: Path) -> None:
    for number in range(240):
        (tmp_path / f"train{number:03}.py").write_text(LEAKING if number % 3 else "def (")
    events: list[ScanEvent] = []
    result = scan(tmp_path, events.append, jobs=2)
    assert result == scan(tmp_path)
    assert len(result.errors) == 80
    told = [event.path for event in events if isinstance(event, FileScanned)]
    assert told == sorted(file.name for file in tmp_path.iterdir())


def test_a_scan_that_is_interrupted_leaves_no_process(tmp_path: Path) -> None:
    for number in range(240):
        (tmp_path / f"train{number:03}.py").write_text(LEAKING)

    def interrupt(event: ScanEvent) -> None:
        if isinstance(event, FileScanned):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(tmp_path, interrupt, jobs=2)
    assert multiprocessing.active_children() == []


def test_an_interrupted_scan_keeps_what_it_has_found(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(event: ScanEvent) -> None:
        if isinstance(event, FileScanned) and event.path == "nets.py":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(tree, interrupt, cache=tmp_path / "cache")
    assert looked(tree, tmp_path / "cache", monkeypatch)[1] == ["plain.py", "train.py"]


def test_a_scan_that_is_interrupted_at_its_start_loses_nothing_of_the_one_before(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    scan(tree, cache=tmp_path / "cache")
    with monkeypatch.context() as patch:
        patch.setattr("greenfix_codemods.scan.gates", interrupt)
        with pytest.raises(KeyboardInterrupt):
            scan(tree, cache=tmp_path / "cache")
    assert looked(tree, tmp_path / "cache", monkeypatch)[1] == []


def test_a_scan_leaves_the_garbage_collection_as_it_was(tree: Path) -> None:
    during = []
    scan(tree, lambda event: during.append(gc.isenabled()))
    assert gc.isenabled()
    assert False in during


def test_a_process_that_is_ended_from_outside_is_an_error_of_its_files(tmp_path: Path) -> None:
    for number in range(240):
        (tmp_path / f"train{number:03}.py").write_text(LEAKING)

    def kill(event: ScanEvent) -> None:
        for process in multiprocessing.active_children():
            process.kill()

    result = scan(tmp_path, kill, cache=tmp_path / "cache", jobs=2)
    lost = {error.path for error in result.errors}
    assert len(lost) + len(result.findings) == 240
    assert lost
    assert "was ended from outside" in result.errors[0].message
    assert scan(tmp_path, cache=tmp_path / "cache").errors == ()
