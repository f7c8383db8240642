"""What measuring costs a run: seconds beside the program, and what the observer adds inside it.

``python benchmarks/harness_overhead.py`` prints a table. Goals: at most 0.3 s a run for the harness, under 0.5 % of a
run for the observer. With ``--keras PYTHON`` the observer is timed on a real Keras training in that interpreter too.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from greenfix_verify.command import Command
from greenfix_verify.environment import measured_environment
from greenfix_verify.events import silence
from greenfix_verify.execution import execute
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.ledger import Ledger
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.observer import INJECTED, Observation
from greenfix_verify.policy import Policy
from greenfix_verify.run import Arm
from greenfix_verify.schedule import PlannedBlock

TRAINING = """
import numpy as np, keras
keras.utils.set_random_seed(1)
x = np.random.random((2048, 32)).astype("float32")
for _ in range(3):
    model = keras.Sequential([keras.layers.Input((32,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    model.fit(x, x[:, :1], epochs=20, verbose=0)
"""


def median_seconds(action: Callable[[], object], times: int) -> float:
    """Return the median wall time (s) of ``action``."""
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def harness(folder: Path, times: int) -> None:
    """Time a trivial command alone and through everything a run goes through."""
    command = Command(("/bin/true",), None, "")
    environment = measured_environment(command, 1)
    alone = median_seconds(lambda: subprocess.run(command.argv, check=True), times)
    supervised = median_seconds(lambda: execute(command.argv, folder, environment), times)
    meter = CodeCarbonMeter()
    warm_up = median_seconds(meter.describe, 1)
    executor = LocalExecutor(command, Policy(), meter)
    block, arms = PlannedBlock(0, False, ("original",)), {"original": Arm("original", folder)}
    with Ledger(folder / "ledger.sqlite") as ledger:
        ledger.begin("benchmark", "{}")

        def whole_run() -> None:
            for run in executor.run_block(block, arms, silence, Event()):
                ledger.append("benchmark", run)

        whole = median_seconds(whole_run, times)
    executor.close()
    print(f"meter, warm-up, once an experiment {warm_up:8.3f} s")  # noqa: T201  a benchmark prints
    print(f"the program alone                  {alone:8.3f} s")  # noqa: T201
    print(f"supervised                         {supervised:8.3f} s")  # noqa: T201
    print(f"measured, observed, in the ledger  {whole:8.3f} s")  # noqa: T201
    print(f"harness                            {whole - alone:8.3f} s a run (goal: 0.3)")  # noqa: T201


def observer(folder: Path, argv: list[str], title: str, times: int) -> None:
    """Compare the CPU seconds of a program with and without the observer, in alternation."""
    environment = measured_environment(Command(tuple(argv), None, ""), 1)
    cpu: dict[bool, list[float]] = {True: [], False: []}
    for index in range(2 * times):
        observed = bool(index % 2)
        with tempfile.TemporaryDirectory() as notes:
            chosen = Observation.of(Path(notes), folder).environment(environment) if observed else environment
            cpu[observed].append(execute(argv, folder, chosen).counters.cpu_seconds)
    without, with_it = statistics.median(cpu[False]), statistics.median(cpu[True])
    print(f"observer, {title:<24} {with_it - without:+8.3f} s on {without:.2f} s of CPU")  # noqa: T201


def recorder(times: int) -> None:
    """Time what the observer does at the end of a ``fit``: on a shared machine CPU seconds of runs scatter by more."""
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
    said = subprocess.run([sys.executable, "-c", code], cwd=INJECTED, capture_output=True, text=True, check=True)
    print(f"observer, one fit of 60 epochs     {float(said.stdout) * 1e6:8.0f} us of CPU")  # noqa: T201


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--keras", type=Path, help="an interpreter with TensorFlow")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        harness(Path(folder), options.times)
        observer(Path(folder), [sys.executable, "-c", "pass"], "Python without Keras", options.times)
        recorder(1000)
        if options.keras:
            observer(Path(folder), [str(options.keras), "-c", TRAINING], "Keras, 60 epochs", 5)


if __name__ == "__main__":
    main()
