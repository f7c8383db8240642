"""Programs that end badly are kept as runs that say how, and nothing of them lives on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from greenfix_verify import execution
from greenfix_verify.execution import Execution, execute
from greenfix_verify.run import Ending

SLEEP = "import time; time.sleep(600)"


def execute_python(source: str, folder: Path, timeout: float | None = None) -> Execution:
    return execute([sys.executable, "-c", source], folder, {"PATH": os.environ["PATH"]}, timeout=timeout)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_failing_run_is_kept_with_its_last_lines(tmp_path: Path) -> None:
    done = execute_python("print('starting'); raise ValueError('no data')", tmp_path)
    assert (done.ending, done.exit_code) == (Ending.FAILED, 1)
    assert done.detail.startswith("exit code 1\n")
    assert done.detail.endswith("ValueError: no data")


def test_a_killed_run_names_its_signal(tmp_path: Path) -> None:
    done = execute_python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", tmp_path)
    assert (done.ending, done.exit_code) == (Ending.KILLED, -11)
    assert done.detail.startswith("killed by SIGSEGV")


def test_a_hanging_run_is_stopped_at_its_time_out(tmp_path: Path) -> None:
    done = execute_python(SLEEP, tmp_path, timeout=0.3)
    assert done.ending is Ending.TIMED_OUT
    assert done.detail.startswith("stopped after 0.3 s")
    assert done.counters.wall_seconds < 10


def test_a_run_that_ignores_its_time_out_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "GRACE_SECONDS", 0.2)
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
    done = execute_python(stubborn, tmp_path, timeout=0.3)
    assert (done.ending, done.exit_code) == (Ending.TIMED_OUT, -9)


@pytest.mark.parametrize("detached", [False, True], ids=["same session", "own session"])
def test_a_grandchild_left_behind_is_killed(tmp_path: Path, detached: bool) -> None:
    source = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}], start_new_session={detached})\n"
        "open('pid', 'w').write(str(child.pid)); child.returncode = 0"
    )
    done = execute_python(source, tmp_path)
    assert done.ending is Ending.COMPLETED
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_daemon_whose_parent_is_gone_is_killed_and_its_cpu_seconds_count(tmp_path: Path) -> None:
    daemon = (
        "import os, time\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "while time.process_time() < 0.5: pass\n"
        "open('pid', 'w').write(str(os.getpid())); os.write(int(os.environ['READY']), b'x'); time.sleep(600)"
    )
    source = (
        "import os, subprocess, sys\n"
        "reader, writer = os.pipe()\n"
        "ready = {**os.environ, 'READY': str(writer)}\n"
        f"subprocess.run([sys.executable, '-c', {daemon!r}], pass_fds=[writer], env=ready)\n"
        "os.read(reader, 1)"
    )
    done = execute_python(source, tmp_path)
    assert done.ending is Ending.COMPLETED
    assert not alive(int((tmp_path / "pid").read_text()))
    assert done.counters.cpu_seconds >= 0.5


def test_the_death_of_its_watcher_ends_the_run(tmp_path: Path) -> None:
    done = execute_python(f"import os, signal; os.kill(os.getppid(), signal.SIGKILL); {SLEEP}", tmp_path)
    assert done.ending is Ending.KILLED
    assert "watches the run" in done.detail
