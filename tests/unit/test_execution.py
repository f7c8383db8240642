"""A command runs whole, is heard line by line, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Event

import pytest
from greenfix_verify.errors import CommandError, Interrupted
from greenfix_verify.execution import Execution, execute
from greenfix_verify.run import Ending

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def execute_python(source: str, folder: Path, **options: object) -> Execution:
    return execute([sys.executable, "-c", source], folder, ENVIRONMENT, **options)  # type: ignore[arg-type]


def test_output_is_told_line_by_line_and_stdout_is_hashed(tmp_path: Path) -> None:
    lines: list[str] = []
    done = execute_python(
        "import sys; print('one'); print('two', flush=True); print('warned', file=sys.stderr)",
        tmp_path,
        tell_line=lines.append,
    )
    assert sorted(lines) == ["one", "two", "warned"]
    assert done.stdout_sha256 == hashlib.sha256(b"one\ntwo\n").hexdigest()
    assert done.ending is Ending.COMPLETED
    assert done.detail == ""


def test_a_progress_bar_is_one_line_with_its_last_state(tmp_path: Path) -> None:
    lines: list[str] = []
    execute_python(r"print('1/3\r2/3\r3/3\r'); print('no end', end='')", tmp_path, tell_line=lines.append)
    assert lines == ["3/3", "no end"]


def test_bytes_that_are_no_utf8_are_shown_and_hashed_as_they_are(tmp_path: Path) -> None:
    lines: list[str] = []
    done = execute_python(r"import os; os.write(1, b'\xff\n')", tmp_path, tell_line=lines.append)
    assert lines == ["�"]
    assert done.stdout_sha256 == hashlib.sha256(b"\xff\n").hexdigest()


def test_nothing_but_the_given_environment_reaches_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    done = execute_python("import os; raise SystemExit('GITHUB_TOKEN' in os.environ)", tmp_path)
    assert done.exit_code == 0


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert execute_python("import sys; raise SystemExit(len(sys.stdin.read()))", tmp_path).exit_code == 0


def signal_masks(status: Iterable[str]) -> dict[str, int]:
    fields = (line.split(":") for line in status)
    return {name: int(value, 16) for name, value in fields if name in ("SigIgn", "SigBlk")}


def test_signals_are_as_a_shell_gives_them(tmp_path: Path) -> None:
    """What whoever started us ignores (a job in the background: Ctrl-C) stays so; what Python ignores does not."""
    lines: list[str] = []
    execute(["/bin/cat", "/proc/self/status"], tmp_path, ENVIRONMENT, tell_line=lines.append)
    ours = signal_masks(Path("/proc/self/status").read_text().splitlines())
    pythons = 1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1)
    assert ours["SigIgn"] & pythons == pythons
    assert signal_masks(lines) == {**ours, "SigIgn": ours["SigIgn"] & ~pythons}


def test_nothing_of_ours_is_open_in_the_program(tmp_path: Path) -> None:
    lines: list[str] = []
    execute(["/bin/ls", "/proc/self/fd"], tmp_path, ENVIRONMENT, tell_line=lines.append)
    assert set(lines) == {"0", "1", "2", "3"}  # 3 is the folder that ls reads


def test_cpu_seconds_of_children_count(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    done = execute_python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])", tmp_path)
    assert 0.3 <= done.counters.cpu_seconds < 1.0


def test_peak_memory_is_the_programs_own_and_not_that_of_greenfix(tmp_path: Path) -> None:
    ballast = b"x" * 150_000_000  # what a forked child would seem to have needed
    small = execute_python("pass", tmp_path).counters.peak_rss_bytes
    assert len(ballast) > 100_000_000 > small > 1_000_000
    assert execute_python("x = b'x' * 200_000_000", tmp_path).counters.peak_rss_bytes > 200_000_000


def test_a_missing_program_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no-such-program"):
        execute(["no-such-program"], tmp_path, ENVIRONMENT)


def test_a_missing_directory_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="gone"):
        execute([sys.executable], tmp_path / "gone", ENVIRONMENT)


def test_a_cancelled_run_is_interrupted(tmp_path: Path) -> None:
    cancel = Event()
    with pytest.raises(Interrupted):
        execute_python(
            "import time; print('here', flush=True); time.sleep(600)",
            tmp_path,
            tell_line=lambda line: cancel.set(),
            cancel=cancel,
        )
