"""The program that ``findings_screen.py`` presses keys on: the screens over an invented story.

python benchmarks/listed_findings.py FINDINGS [--measuring]
"""

from __future__ import annotations

import argparse
import threading

from greenfix_codemods.finding import (
    Candidates,
    Confidence,
    FileEdit,
    Finding,
    Funnel,
    Patch,
    Safety,
    ScanResult,
    Smell,
    Span,
)
from greenfix_verify.events import RunOutput

from greenfix.events import Scanned
from greenfix.front import Front
from greenfix.outcome import Outcome
from greenfix.tui.app import ReviewApp

LEAK = """import tensorflow as tf

for fold in range(3):
    {model} = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    {model}.compile("sgd", "mse")
    {model}.fit(x, y)
"""
REASON = "each pass builds a model and trains it; nothing releases the one before"


def main() -> None:
    """Show the review, or an experiment beside it that tells a thousand events a second."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("findings", type=int)
    parser.add_argument("--measuring", action="store_true")
    arguments = parser.parse_args()
    offered = tuple(listed(number) for number in range(arguments.findings))
    result = ScanResult(tuple(each.finding for each in offered), (), Funnel(1, 1, 1, 1))

    def story(front: Front, cancel: threading.Event) -> Outcome:
        front.tell(Scanned(result))
        if arguments.measuring:
            threading.Thread(target=talk, args=(front, cancel), daemon=True).start()
        front.review(offered)
        return Outcome(result)

    ReviewApp(story, "benchmark").review()


def place(number: int) -> str:
    """Where a finding is: no two are at the same place."""
    return f"src/fold_{number // 2}.py:{3 + number % 2}"


def model(number: int) -> str:
    """A name that only the diff of one finding holds."""
    return f"model_{number}_"


def listed(number: int) -> Candidates:
    """A finding with its patch; one diff is longer than the other, and one reason too."""
    path, _, line = place(number).partition(":")
    before = (LEAK.format(model=model(number)) + "    print(fold)\n" * (number % 7)).encode()
    after = before.replace(b"    model", b"    tf.keras.backend.clear_session()\n    model", 1)
    finding = Finding(
        "IMR001", Smell.IMR, path, Span(int(line), 1, 6, 20), ("model",), Confidence.HIGH,
        REASON + ", though it could" * (number % 3), f"{number:016x}",
    )  # fmt: skip
    edit = FileEdit(path, before, after)
    return Candidates(finding, (Patch("clear-session", Safety.SAFE, (finding,), (edit,)),), ())


def talk(front: Front, cancel: threading.Event) -> None:
    """What an experiment tells."""
    while not cancel.wait(0.01):
        for step in range(10):
            front.tell(RunOutput(f"step {step}: loss 0.5"))


if __name__ == "__main__":
    main()
