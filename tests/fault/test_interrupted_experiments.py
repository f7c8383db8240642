"""Ctrl-C and kill -9 at any moment: children dead, meter stopped, finished runs kept."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from greenfix_verify.ledger import Ledger
from greenfix_verify.run import Run

ROOT = Path(__file__).resolve().parent.parent.parent

GREENFIX = """
import os, sys
from pathlib import Path
from greenfix_verify.errors import Interrupted
from greenfix_verify.events import RunFinished, RunOutput
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.policy import Policy
from tests.measuring import arms, experiment

folder, last = Path(sys.argv[1]), int(sys.argv[2])
source = "import os, time; print(os.getpid(), flush=True); time.sleep(600 if os.path.exists('../hang') else 0)"
finished = 0

def tell(event):
    global finished
    if isinstance(event, RunOutput):
        print("running" if finished == last else "passing", event.line, flush=True)
    if isinstance(event, RunFinished):
        finished += 1
        if finished == last:
            (folder / "hang").touch()

meter = CodeCarbonMeter()
meter.describe()
print("meter", meter._process.pid, flush=True)
try:
    experiment(folder, arms(folder, original=source, patch=source), Policy(), tell=tell, meter=meter)
except Interrupted as error:
    print("interrupted", error, flush=True)
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for_end(pid: int) -> None:
    """Wait for a process that is not ours."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    with os.fdopen(descriptor):
        signalled, _, _ = select.select([descriptor], [], [], 20)
    assert signalled, f"process {pid} lives on"


def start(folder: Path, last: int) -> tuple[subprocess.Popen[str], int, int]:
    """Start greenfix and read until the run after ``last`` hangs; return it, the meter's pid and the run's pid."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-c", GREENFIX, str(folder), str(last)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    meter = int(process.stdout.readline().split()[1])
    for line in process.stdout:
        if line.startswith("running"):
            return process, meter, int(line.split()[1])
    raise AssertionError("greenfix ended early")


def kept(folder: Path) -> tuple[Run, ...]:
    with Ledger(folder / "ledger.sqlite") as ledger:
        (digest,) = ledger._connection.execute("SELECT digest FROM experiments").fetchone()
        return ledger.runs(digest)


@pytest.mark.parametrize("last", [1, 3], ids=["in warm-up", "in a block"])
def test_ctrl_c_leaves_nothing_alive_and_keeps_finished_runs(tmp_path: Path, last: int) -> None:
    process, meter, program = start(tmp_path, last)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "interrupted" in said
    assert not alive(program)
    assert not alive(meter)
    assert len(kept(tmp_path)) == last


def test_kill_9_leaves_nothing_alive_and_a_readable_ledger(tmp_path: Path) -> None:
    process, meter, program = start(tmp_path, 3)
    process.kill()
    process.communicate(timeout=30)
    wait_for_end(program)
    wait_for_end(meter)
    runs = kept(tmp_path)
    assert [run.block for run in runs] == [0, 0, 1]
    assert all(run.usable for run in runs)
