"""What measuring costs: prints one Markdown table with the goals beside it.

    python benchmarks/harness_overhead.py [--keras PYTHON] [--pairs 20]

Seconds are CPU seconds unless the row says otherwise: on a shared machine they scatter by 3 % where wall time scatters
by 30 %. The energy of harness and run is attributed from CPU seconds with the same power of a thread, so the share of
CPU seconds is the share of energy. The observer's rows need an interpreter with TensorFlow.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median, stdev
from threading import Event

from greenfix_verify.command import Command
from greenfix_verify.environment import measured_environment
from greenfix_verify.events import silence
from greenfix_verify.execution import execute
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.ledger import Ledger
from greenfix_verify.machine import this_machine
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.observer import INJECTED, Observation
from greenfix_verify.policy import Policy
from greenfix_verify.run import Arm, Run
from greenfix_verify.schedule import PlannedBlock

BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"

TRAINING = """
import numpy as np, keras
keras.utils.set_random_seed(1)
x = np.random.random((2048, 32)).astype("float32")
for _ in range(3):
    model = keras.Sequential([keras.layers.Input((32,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    model.fit(x, x[:, :1], epochs=10, verbose=0)
"""

MODULES = """
import sys
{program}
print(sorted({{"codecarbon", "pandas", "pynvml", "psutil", "greenfix_verify"}} & set(sys.modules)))
"""


@dataclass(frozen=True)
class Row:
    """A line of the table; ``within`` is None where there is no goal."""

    what: str
    found: str
    goal: str = ""
    within: bool | None = None


class Harness:
    """A whole run as the experiment makes it: meter, supervisor, observer, sensors, ledger."""

    def __init__(self, folder: Path, argv: tuple[str, ...]) -> None:
        self.meter = CodeCarbonMeter()
        self.meter.describe()
        self._executor = LocalExecutor(Command(argv, None, ""), Policy(cooldown_seconds=0.0), self.meter)
        self._arm = {"original": Arm("original", folder)}
        self._ledger = Ledger(folder / "ledger.sqlite")
        self._name = str(time.monotonic_ns())
        self._ledger.begin(self._name, "{}")

    def run(self) -> Run:
        """Measure the program once."""
        (run,) = self._executor.run_block(PlannedBlock(0, False, ("original",)), self._arm, silence, Event())
        self._ledger.append(self._name, run)
        return run

    def close(self) -> None:
        """End the meter."""
        self._executor.close()
        self._ledger.close()

    def cpu_seconds(self) -> float:
        """Return what greenfix, its meter and all programs that ended have used so far, the measured ones included."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = self.meter._process
        assert process is not None  # noqa: S101  it is warm
        return time.process_time() + children.ru_utime + children.ru_stime + cpu_seconds_of(process.pid)


def cpu_seconds_of(pid: int) -> float:
    """Return the CPU seconds of another process, by its clock (``clock_getcpuclockid(3)``)."""
    return time.clock_gettime((~pid << 3) | 2)


def per_run(folder: Path, times: int) -> Iterator[Row]:
    """Time a trivial command alone and through everything a run goes through."""
    command = ("/bin/true",)
    harness = Harness(folder, command)
    harness.run()
    alone, whole = [], []
    for _ in range(times):
        alone.append(seconds_of(lambda: subprocess.run(command, check=True)))
        whole.append(seconds_of(harness.run))
    wall = median(one - other for one, other in zip(whole, alone, strict=True))
    yield Row("wall time added to a run (median)", f"{wall:.3f} s", "0.3 s", wall <= 0.3)
    before = harness.cpu_seconds()
    used = math.fsum(harness.run().counters.cpu_seconds for _ in range(times))
    cpu = (harness.cpu_seconds() - before - used) / times
    yield Row("CPU added to a run, whatever its length", f"{cpu:.3f} s", "0.3 s", cpu <= 0.3)
    harness.close()


def harness_cpu(folder: Path, seconds: float, times: int) -> float:
    """Return the CPU seconds of the harness in runs of a program that sleeps for ``seconds``, each."""
    harness = Harness(folder, (sys.executable, "-c", f"import time; time.sleep({seconds})"))
    harness.run()
    before = harness.cpu_seconds()
    used = math.fsum(harness.run().counters.cpu_seconds for _ in range(times))
    cpu = harness.cpu_seconds() - before - used
    harness.close()
    return cpu / times


def shares(folder: Path) -> Iterator[Row]:
    """Return the harness's part of the energy of a program that keeps one core busy: a part a run, a part a second."""
    short, long = 0.5, 8.5
    fixed = harness_cpu(folder, short, 8)
    rate = max(0.0, harness_cpu(folder, long, 3) - fixed) / (long - short)
    yield Row("CPU added to each second of a run", f"{1000 * rate:.1f} ms")
    for seconds in (10.0, 60.0):
        part = (fixed + rate * (seconds - short)) / seconds
        what = f"harness's share of the energy of a run that keeps one core busy for {seconds:g} s"
        yield Row(what, f"{100 * part:.2f} %", "1 %", part <= 0.01)


def seconds_of(action: Callable[[], object]) -> float:
    """Return the wall time (s) of ``action``."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def memory(folder: Path) -> Iterator[Row]:
    """Watch the processes of ``greenfix verify`` and return the largest peaks of memory."""
    git = ["git", "-C", str(folder), "-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org"]
    for number, seconds in enumerate((0.8, 0.4)):
        (folder / "work.py").write_text(BURN.format(seconds=seconds))
        for arguments in ([["init", "-q"]] if number == 0 else []) + [["add", "work.py"], ["commit", "-qm", "work"]]:
            subprocess.run([*git, *arguments], check=True)
    argv = [sys.executable, "-m", "greenfix", "verify", str(folder), "--baseline", "HEAD~1", "--max-blocks", "6"]
    whole = subprocess.Popen(
        [*argv, "--", sys.executable, "work.py"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    together, peaks = 0.0, dict[str, float]()
    while whole.poll() is None:
        living = list(harness_processes(whole.pid))
        together = max(together, sum(now for _, now, _ in living))
        for name, _, peak in living:
            peaks[name] = max(peaks.get(name, 0.0), peak)
        time.sleep(0.1)
    for name, mebibytes in peaks.items():
        yield Row(f"peak memory of {name}", f"{mebibytes:.0f} MiB")
    megabytes = together * 2**20 / 1e6
    yield Row("harness, all of it at once: peak memory", f"{megabytes:.0f} MB", "150 MB", megabytes <= 150)


def harness_processes(root: int) -> Iterator[tuple[str, float, float]]:
    """Return name, memory and peak (MiB) of greenfix, its meter and its supervisor, if they live.

    Memory is the proportional set size: a page that several processes have mapped counts once over all of them. The
    kernel keeps no peak of it, so the peak of one process is that of its resident memory.
    """
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().decode().split("\0") if entry.name.isdigit() else []
            name = "greenfix, statistics at the end included" if entry.name == str(root) else _name(words)
            if name and _descends(entry, root):
                now, peak = _kibibytes(entry / "smaps_rollup", "Pss:"), _kibibytes(entry / "status", "VmHWM")
                yield name, now / 1024, peak / 1024
        except OSError:  # it ended while we looked
            continue


def _descends(entry: Path, root: int) -> bool:
    """Whether it is greenfix or a child of it: others may be measuring on this machine too."""
    return str(root) in (entry.name, (entry / "stat").read_text().rpartition(")")[2].split()[1])


def _kibibytes(file: Path, key: str) -> int:
    lines = file.read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(key)), 0)  # 0 once it has ended


def _name(words: list[str]) -> str:
    if "greenfix_verify.meter.server" in words:
        return "the meter"
    return "the supervisor" if len(words) > 3 and words[3].endswith("supervisor.py") else ""


def imports(folder: Path, python: Path, program: str) -> Row:
    """Return what of the harness a measured process has imported."""
    lines: list[str] = []
    argv = [str(python), "-c", MODULES.format(program=program)]
    with tempfile.TemporaryDirectory() as notes:
        environment = Observation.of(Path(notes), folder).environment(environment_of(argv), 1)
        execute(argv, folder, environment, tell_line=lines.append)
    found = lines[-1] if lines else "the program failed"
    return Row("modules of the harness in the measured process", found, "none", found == "[]")


def observer(folder: Path, python: Path, pairs: int) -> Iterator[Row]:
    """Compare the CPU seconds of a short training with and without the observer: pairs, in random order by turns."""
    argv = [str(python), "-c", TRAINING]
    plain = environment_of(argv)
    ratios, seconds = [], []
    for index in range(pairs):
        cpu = {}
        for observed in (bool(index % 2), not index % 2):
            with tempfile.TemporaryDirectory() as notes:
                chosen = Observation.of(Path(notes), folder).environment(plain, 1) if observed else plain
                cpu[observed] = execute(argv, folder, chosen).counters.cpu_seconds
        ratios.append(math.log(cpu[True] / cpu[False]))
        seconds.append(cpu[False])
    low, high = interval(ratios)
    what = f"observer, {pairs} pairs of a Keras training of {median(seconds):.1f} s: 95 % interval"
    yield Row(
        what,
        f"{100 * low:+.2f} % to {100 * high:+.2f} %",
        "0.5 %",
        True if high <= 0.005 else False if low > 0.005 else None,
    )
    start, fit = observer_start(folder, python, 40), observer_fit(python)
    part = (start + 3 * fit) / median(seconds)
    yield Row("observer, added to the start of Python", f"{1000 * start:.1f} ms")
    yield Row("observer, at the end of a fit of 60 epochs", f"{1e6 * fit:.0f} us")
    yield Row("observer, these parts of the training above", f"{100 * part:.2f} %", "0.5 %", part <= 0.005)


def observer_start(folder: Path, python: Path, pairs: int) -> float:
    """Return the CPU seconds that the injected files cost when Python starts and the recorder is loaded."""
    # TensorFlow has imported all of these by then.
    code = "import atexit, functools, importlib.util, json, random, threading, time, typing, weakref"
    argv = {
        False: [str(python), "-c", code],
        True: [str(python), "-c", f"{code}; import sitecustomize as s; s.recorder()"],
    }
    plain = environment_of(argv[False])
    differences = []
    for index in range(pairs):
        cpu = {}
        for observed in (bool(index % 2), not index % 2):
            with tempfile.TemporaryDirectory() as notes:
                chosen = Observation.of(Path(notes), folder).environment(plain) if observed else plain
                cpu[observed] = execute(argv[observed], folder, chosen).counters.cpu_seconds
        differences.append(cpu[True] - cpu[False])
    return fmean(differences)


def observer_fit(python: Path, times: int = 2000) -> float:
    """Return the CPU seconds of what the recorder does at the end of a ``fit``."""
    code = (
        "import recorder, time, types\n"
        "names = ('loss', 'accuracy', 'val_loss', 'val_accuracy')\n"
        "series = {name: [0.1] * 60 for name in names}\n"
        "history = types.SimpleNamespace(history=series, epoch=range(60), params={'steps': 9})\n"
        "model = type('Model', (), {})()\n"
        "begin = time.process_time()\n"
        f"for _ in range({times}): recorder.RECORDER.fitted(model, history)\n"
        f"print((time.process_time() - begin) / {times})"
    )
    said = subprocess.run([str(python), "-c", code], cwd=INJECTED, capture_output=True, text=True, check=True)
    return float(said.stdout)


def environment_of(argv: list[str]) -> dict[str, str]:
    """Return the environment of a measured run, quiet and on one thread: thread pools make CPU seconds scatter."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    return measured_environment(Command(tuple(argv), None, ""), 1, {**os.environ, **quiet})


def interval(ratios: list[float]) -> tuple[float, float]:
    """Return the 95 % t interval of the mean ratio minus 1."""
    from scipy.stats import t

    half = float(t.ppf(0.975, len(ratios) - 1)) * stdev(ratios) / math.sqrt(len(ratios))
    return math.expm1(fmean(ratios) - half), math.expm1(fmean(ratios) + half)


def show(row: Row) -> None:
    """Print one line of the table as soon as it is known."""
    undecided = "cannot tell" if row.goal else ""
    verdict = undecided if row.within is None else "yes" if row.within else "**no**"
    print(f"| {row.what} | {row.found} | {row.goal} | {verdict} |", flush=True)  # noqa: T201  a benchmark prints


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--keras", type=Path, help="an interpreter with TensorFlow")
    options = parser.parse_args()
    machine = this_machine()
    print(  # noqa: T201
        f"{datetime.now(UTC):%Y-%m-%d}, {machine.cpu_model}, {machine.logical_cpus} logical CPUs, "
        f"{machine.gpus or 'no GPU'}, {machine.kernel}, Python {platform.python_version()}\n\n"
        "| what | found | goal | within |\n|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for row in per_run(folder, options.times):
            show(row)
        for row in shares(folder):
            show(row)
        for row in memory(folder):
            show(row)
        python = options.keras or Path(sys.executable)
        show(imports(folder, python, "import keras" if options.keras else ""))
        if options.keras:
            for row in observer(folder, options.keras, options.pairs):
                show(row)


if __name__ == "__main__":
    main()
