"""How long a person waits for the first screen of ``greenfix fix``.

    python benchmarks/first_paint.py [--repository FOLDER] [--runs N] [--against CHECKOUT]

The real command is started on a pseudo-terminal of 120 x 40 cells; the time goes from the start of the process until
the list of findings has been written to the terminal, empty still, for the scan begins with it. Beside it stands a
Textual program that shows one word, the least that is possible. The first start of each warms caches and does not
count. FOLDER is a git repository, by default a small one that is made for this. CHECKOUT is a folder with another
state of greenfix, started in turn with this one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pseudo_terminal import terminal

PAINTED = b"Findings"
TARGET_SECONDS = 0.6
PROGRAM = """\
import keras

for fold in range(10):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit([[1.0]], [[1.0]])
"""
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self): yield Static("Findings")
Bare().run()
"""


def main() -> int:
    """Print every start, the medians and the target; return 1 when the median misses it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repository", type=Path, help="a git repository with a commit")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        repository = arguments.repository or small_repository(Path(scratch))
        command = [sys.executable, "-m", "greenfix", "fix", str(repository)]
        programs: dict[str, tuple[Sequence[str], Path | None]] = {
            "a Textual program with one word": ([sys.executable, "-c", BARE], None),
            **({"greenfix fix, before": (command, arguments.against)} if arguments.against else {}),
            "greenfix fix": (command, None),
        }
        say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        starts = [[first_paint(*program) for program in programs.values()] for _ in range(arguments.runs + 1)][1:]
    for name, paints in zip(programs, zip(*starts, strict=True), strict=True):
        seconds, busy = zip(*paints, strict=True)
        say(f"first paint, {name}, s: {' '.join(f'{each:.2f}' for each in seconds)}")
        best, median = min(seconds), statistics.median(seconds)
        say(f"  best {best:.2f}, median {median:.2f} s; of it CPU {statistics.median(busy):.2f} s")
    say(f"the target is below {TARGET_SECONDS} s; load {os.getloadavg()[0]:.1f} at the end")
    return int(median >= TARGET_SECONDS)


def say(text: str) -> None:
    """One line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def first_paint(words: Sequence[str], checkout: Path | None) -> tuple[float, float]:
    """Seconds (s) from the start of the command until the screen is there, and how many of them it computed.

    On a machine that others use the second number is the one to compare. The command is then ended.
    """
    started = time.perf_counter()
    with terminal(words, checkout) as screen:
        painted = screen.until(lambda written: PAINTED in written)
        return painted - started, _cpu_seconds(screen.process.pid)


def _cpu_seconds(pid: int) -> float:
    """User and system time (s) of a running process, ``proc_pid_stat(5)``."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def small_repository(folder: Path) -> Path:
    """A repository with one leaking program."""
    (folder / "train.py").write_text(PROGRAM)
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message=first"]):
        subprocess.run(["git", *command], cwd=folder, check=True)  # noqa: S607  git is found on PATH
    return folder


if __name__ == "__main__":
    sys.exit(main())
