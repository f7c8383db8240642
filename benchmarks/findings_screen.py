"""How quickly the findings screen answers, in a real pseudo-terminal: what a person waits for.

    python benchmarks/findings_screen.py [--findings N] [--keys N]

First paint is from the start of ``greenfix fix`` to the first line of the screen; beside it stands a Textual program
that shows one word, the least that is possible. A key's answer is from the byte that is sent to the first byte that
comes back, with N findings listed and the cursor on its way through them, once with nothing else going on and once
while an experiment tells a thousand events a second. A diff's time is what it takes to compare, lay out and draw what
is in view. Wall seconds depend on what else the machine does: the load is printed, and so is the CPU time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import resource
import select
import statistics
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from greenfix_codemods.finding import Candidates, Confidence, FileEdit, Finding, Patch, Safety, Smell, Span

SIZE = (40, 120)
LEAK = """import tensorflow as tf

for fold in range(3):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y)
"""
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self): yield Static("Findings")
Bare().run()
"""


def main() -> None:
    """Measure and print; with ``--child`` be the program that is measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--child", choices=["quiet", "measuring"])
    arguments = parser.parse_args()
    if arguments.child:
        show(arguments.findings, measuring=arguments.child == "measuring")
        return
    say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        repository = leaking_repository(Path(folder, "project"))
        first_paint("a Textual program with one word", [sys.executable, "-c", BARE])
        first_paint("greenfix fix", [sys.executable, "-m", "greenfix", "fix", str(repository)])
    for child, what in (("quiet", "nothing else going on"), ("measuring", "an experiment telling 1,000 events/s")):
        words = [sys.executable, __file__, "--child", child, "--findings", str(arguments.findings)]
        answers(f"{arguments.findings:,} findings, {what}", words, arguments.keys)
    asyncio.run(open_diff())
    say(f"load {os.getloadavg()[0]:.1f} at the end")


def say(text: str) -> None:
    """One line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def first_paint(what: str, words: list[str]) -> None:
    """Start three times, print the best and the median: the first start fills the caches."""
    times = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(4):
        begun = time.perf_counter()
        with terminal(words) as screen:
            until(screen, b"Findings")
            times.append(time.perf_counter() - begun)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(times)
    best, median = min(times[1:]), statistics.median(times[1:])
    say(f"first paint, {what}: best {best:.2f} s, median {median:.2f} s; CPU of a whole run {cpu:.2f} s")


def answers(what: str, words: list[str], keys: int) -> None:
    """Press ``j`` and half pages down, print how long the screen took to answer."""
    with terminal(words) as screen:
        until(screen, b"fold_1.py", limit=120)
        drain(screen, quiet=1.0, limit=10)
        times = []
        for number in range(keys):
            drain(screen, quiet=0.02, limit=0.5)
            begun = time.perf_counter()
            os.write(screen, b"j" if number % 4 else b" ")
            if not select.select([screen], [], [], 10)[0]:
                raise SystemExit("a key had no answer within 10 s")
            os.read(screen, 65536)
            times.append(time.perf_counter() - begun)
    times.sort()
    median, slow, worst = (1000 * each for each in (statistics.median(times), times[int(0.95 * len(times))], times[-1]))
    say(f"key, {what}: median {median:.0f} ms, 95 % within {slow:.0f} ms, worst {worst:.0f} ms")


async def open_diff() -> None:
    """Open the diff of a long file as the screen does when the cursor comes to it."""
    from textual.app import App

    from greenfix.tui.diff.view import DiffView

    class Only(App[None]):
        def compose(self) -> Iterator[DiffView]:
            yield DiffView()

    body = [f"    value_{number % 3000} = compute({number % 700}, other[{number}])" for number in range(13_000)]
    after = ["import gc", *body[:12_000], "    gc.collect()", *body[12_000:]]
    edit = FileEdit("big.py", "\n".join(body).encode(), "\n".join(after).encode())
    app = Only()
    async with app.run_test(size=SIZE[::-1]) as pilot:
        view = app.query_one(DiffView)
        begun, cpu = time.perf_counter(), time.process_time()
        view.show((edit,))
        await pilot.pause()
        for y in range(view.size.height):
            view.render_line(y)
        say(
            f"diff of a file of 13,000 lines, folded: {time.perf_counter() - begun:.2f} s, "
            f"CPU {time.process_time() - cpu:.2f} s"
        )


def leaking_repository(folder: Path) -> Path:
    """A repository with one leak."""
    folder.mkdir()
    (folder / "train.py").write_text(LEAK)
    for words in (
        ["init", "-q"],
        ["config", "user.name", "a"],
        ["config", "user.email", "a@b"],
        ["add", "."],
        ["commit", "-qm", "leak"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S607  # the person's git
    return folder


def listed(number: int) -> tuple[Candidates, ...]:
    """So many findings, each with a patch."""
    before, made = LEAK.encode(), []
    after = before.replace(b"    model = tf", b"    tf.keras.backend.clear_session()\n    model = tf")
    for each in range(number):
        finding = Finding(
            "IMR001", Smell.IMR, f"src/fold_{each // 2}.py", Span(3 + each % 2, 1, 6, 20), ("model",), Confidence.HIGH,
            "each pass builds a model and trains it; nothing releases the one before", f"{each:016x}",
        )  # fmt: skip
        edit = FileEdit(finding.path, before, after)
        made.append(Candidates(finding, (Patch("clear-session", Safety.SAFE, (finding,), (edit,)),), ()))
    return tuple(made)


def show(number: int, *, measuring: bool) -> None:
    """The screen over an invented story: the review, or an experiment beside it."""
    from greenfix_codemods.finding import Funnel, ScanResult
    from greenfix_verify.events import RunOutput

    from greenfix.events import Scanned
    from greenfix.front import Front
    from greenfix.outcome import Outcome
    from greenfix.tui.app import ReviewApp

    offered = listed(number)
    result = ScanResult(tuple(each.finding for each in offered), (), Funnel(1, 1, 1, 1))

    def story(front: Front, cancel: threading.Event) -> Outcome:
        front.tell(Scanned(result))
        told = threading.Thread(target=talk, args=(front, cancel), daemon=True)
        if measuring:
            told.start()
        front.review(offered)
        return Outcome(result)

    def talk(front: Front, cancel: threading.Event) -> None:
        while not cancel.wait(0.01):
            for step in range(10):
                front.tell(RunOutput(f"step {step}: loss 0.5"))

    ReviewApp(story, "benchmark").review()


@contextmanager
def terminal(words: list[str]) -> Iterator[int]:
    """Run ``words`` in a terminal of its own; ended at the end, whatever it does."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, SIZE)
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True)
    os.close(theirs)
    try:
        yield ours
    finally:
        process.terminate()
        collected = threading.Thread(target=drain, args=(ours, 30.0, 30.0), daemon=True)
        collected.start()  # a full terminal would hold the program in its last write
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(ours)


def until(screen: int, text: bytes, limit: float = 60.0) -> None:
    """Read until ``text`` is on the screen."""
    seen, end = b"", time.monotonic() + limit
    while text not in seen:
        if time.monotonic() > end:
            raise SystemExit(f"{text!r} never came; the last was {seen[-500:]!r}")
        if select.select([screen], [], [], 0.5)[0]:
            seen += os.read(screen, 65536)


def drain(screen: int, quiet: float, limit: float) -> None:
    """Read until nothing has come for ``quiet`` seconds, at most ``limit`` seconds."""
    end = time.monotonic() + limit
    try:
        while time.monotonic() < end and select.select([screen], [], [], quiet)[0]:
            os.read(screen, 65536)
    except OSError:  # the program has closed its side
        return


if __name__ == "__main__":
    main()
