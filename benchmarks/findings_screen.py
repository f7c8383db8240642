"""How quickly the findings screen answers keys, in a real pseudo-terminal: what a person waits for.

    python benchmarks/findings_screen.py [--findings N] [--keys N] [--against CHECKOUT]

With N findings listed the cursor goes down (``j``), and every fourth is accepted (``space``), once with nothing else
going on and once while an experiment tells a thousand events a second. A key is *answered* when the row of the finding
that it is about has come back as the highlighted one, with the sign of its state. *The diff stands* when the code of
that finding has come, with the panel that explains it. Then ``j`` is held down, 30 times a second: a key is answered
when the cursor has come to its row or beyond. The last line is the diff of a long file, compared, laid out and drawn.

CHECKOUT is a folder with another state of greenfix. Both are measured key by key in turn, so that whatever else the
machine does slows both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from greenfix_codemods.finding import FileEdit
from listed_findings import model, place
from pseudo_terminal import COLUMNS, ROWS, Terminal, terminal

PROGRAM = Path(__file__).with_name("listed_findings.py")
GOAL_MS = 50
ACCEPTED_EVERY = 4
HELD_SECONDS = 1 / 30
LIMIT_SECONDS = 10.0
ESCAPES = re.compile(rb"\x1b\[(?P<style>1[0-9;]*m)|\x1b\[[0-9;?]*[A-Za-z]")
BOLD = "\x02"
ROW = re.compile(f"([·✓]) *{BOLD}IMR001 *{BOLD}(src/fold_[0-9]+[.]py:[0-9])  ")
"""The cursor is on this row: no other row is bold. The title of the diff names the place too, but otherwise."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=120)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    arguments = parser.parse_args()
    checkouts = [None] if arguments.against is None else [arguments.against, None]
    names = [""] if arguments.against is None else ["before: ", "now:    "]
    say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for option, what in (((), "nothing else going on"), (("--measuring",), "an experiment telling 1,000 events/s")):
        say(f"{arguments.findings:,} findings, {what}")
        words = [sys.executable, str(PROGRAM), str(arguments.findings), *option]
        with ExitStack() as stack:
            screens = [stack.enter_context(terminal(words, checkout)) for checkout in checkouts]
            pressed = press_in_turn(screens, arguments.keys)
            for name, (answers, diffs) in zip(names, pressed, strict=True):
                say(f"  {name}a key is answered: {summary(answers)}")
                say(f"  {name}its diff stands:   {summary(diffs)}")
            for name, screen in zip(names, screens, strict=True):
                lags, diff = hold(screen, arguments.keys, first=moves(arguments.keys) + 1)
                say(f"  {name}j held down:       {summary(lags)}; the last diff after {diff:.0f} ms")
    asyncio.run(open_diff())
    say(f"load {os.getloadavg()[0]:.1f} at the end")


def say(text: str) -> None:
    """One line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def summary(times: Sequence[float]) -> str:
    """Times in ms, in words."""
    ordered = sorted(times)
    late = sum(each > GOAL_MS for each in ordered)
    median, slow, worst = statistics.median(ordered), ordered[int(0.95 * len(ordered))], ordered[-1]
    return f"median {median:.0f}, 95 % within {slow:.0f}, worst {worst:.0f} ms; {late} of {len(ordered)} over {GOAL_MS}"


def moves(keys: int) -> int:
    """How many of so many keys move the cursor."""
    return keys - (keys + ACCEPTED_EVERY - 1) // ACCEPTED_EVERY


def press_in_turn(screens: Sequence[Terminal], keys: int) -> list[tuple[list[float], list[float]]]:
    """Of each screen, how long (ms) each key had no answer, and how long each diff was not there."""
    for screen in screens:
        screen.until(partial(shows, 0), limit=120)
        screen.drain(quiet=1.0, limit=10)
    times: list[tuple[list[float], list[float]]] = [([], []) for _ in screens]
    at = 0
    for number in range(keys):
        accepts = number % ACCEPTED_EVERY == 0
        at += not accepts
        for screen, (answers, diffs) in zip(screens, times, strict=True):
            begun = screen.press(" " if accepts else "j")
            answers.append(1000 * (screen.until(partial(on_row, at, accepted=accepts)) - begun))
            if not accepts:
                diffs.append(1000 * (screen.until(partial(shows, at)) - begun))
            screen.drain(quiet=0.02, limit=0.5)
    return times


def shows(number: int, written: bytes) -> bool:
    """Whether the diff of a finding has been painted."""
    return model(number) in plain(written)


def on_row(at: int, written: bytes, *, accepted: bool) -> bool:
    """Whether the cursor has been painted on the row of a finding, in its state."""
    return ("✓" if accepted else "·", place(at)) in ROW.findall(plain(written))


def plain(written: bytes) -> str:
    """What was written without escapes, only that ``BOLD`` stands where bold text begins."""
    return ESCAPES.sub(lambda escape: BOLD.encode() if escape["style"] else b"", written).decode(errors="replace")


def hold(screen: Terminal, keys: int, first: int) -> tuple[list[float], float]:
    """Hold ``j``. How long (ms) each key had no answer, and how long after the last one its diff was not there."""
    numbers = {place(first + number): number for number in range(keys)}
    pressed: list[float] = []
    answered: list[float] = []
    begun = time.perf_counter()
    while len(answered) < keys:
        due = begun + len(pressed) * HELD_SECONDS - time.perf_counter() if len(pressed) < keys else LIMIT_SECONDS
        if due <= 0:
            pressed.append(time.perf_counter())
            os.write(screen.side, b"j")
        elif screen.read(due):
            come = [numbers.get(where, -1) for _, where in ROW.findall(plain(screen.written))]
            answered += [time.perf_counter()] * (max(come, default=-1) + 1 - len(answered))
    stood = screen.until(partial(shows, first + keys - 1))
    lags = [1000 * (then - sent) for sent, then in zip(pressed, answered, strict=True)]
    return lags, 1000 * (stood - pressed[-1])


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
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
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


if __name__ == "__main__":
    main()
