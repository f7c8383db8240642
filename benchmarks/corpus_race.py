"""``make corpus``: race the strategies of corpus programs for real and write ``docs/corpus.md``. Hours.

Every program goes through ``greenfix fix`` in a git repository of its own, exactly as a person would run it. What comes
out is printed as it is. Finished cases are kept in ``--folder``: start it again and it goes on where it stopped.

    python benchmarks/corpus_race.py --python .venv-tensorflow/bin/python --budget 15m imr-kfold-graph utr-activations

Afterwards ``python benchmarks/corpus_race.py --update-cases`` writes the winners into each program's ``case.toml``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
TABLE = CORPUS.parent / "docs" / "corpus.md"

RACED = (
    *("imr-kfold-graph", "imr-kfold-eager", "imr-compile-epoch", "utr-activations", "utr-scalar-losses"),
    *("imr-grid-helpers", "imr-graph-method", "imr-ga-fitness", "imr-load-model", "imr-tf-function-in-loop"),
    *("utr-concat-growth", "utr-pinn-persistent-tape", "utr-activations-list", "utr-metric-result", "utr-dead-arrays"),
)
"""What is raced unless other names are given: every rule that has a strategy, both modes, winners and losers."""

_LOADS = "loads.txt"

HEADER = """\
---
hide: [toc]
---

# What the strategies really save on the corpus

`make corpus` wrote this page: every program goes through `greenfix fix`, real TensorFlow, real CodeCarbon. All
strategies that apply race on few blocks (the column "in the race": only to choose, too good for the best one), then
the best one is measured against the original on fresh blocks, and only those count ("saving"). It has won if the
verdict is `saves`; else nothing has, and it stands in brackets.

{machine}

| program | mode | verdict | winner | saving | 95 % interval | blocks | energy | behaviour | in the race |
|---|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Race the cases that are not finished yet, and write the table after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=RACED)
    parser.add_argument("--python", default="python3", help="an interpreter with TensorFlow")
    parser.add_argument("--budget", default="30m", help="of each program (default 30m)")
    parser.add_argument("--folder", type=Path, default=CORPUS.parent / "build" / "corpus")
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--update-cases", action="store_true", help="only write finished winners into case.toml")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.update_cases:
        for file in sorted(asked.folder.glob("*.json")):
            print(update_case(file.stem, json.loads(file.read_text())))  # noqa: T201  a benchmark prints
        return
    for case in asked.cases:
        result = asked.folder / f"{case}.json"
        if not result.exists():
            print(f"== {case}", file=sys.stderr, flush=True)  # noqa: T201  a benchmark prints
            race(case, Path(asked.python).absolute(), asked.budget, asked.folder.absolute())
        asked.table.write_text(
            table([name for name in asked.cases if (asked.folder / f"{name}.json").exists()], asked.folder)
        )


def race(case: str, python: Path, budget: str, folder: Path) -> None:
    """Run ``greenfix fix`` on one program; its narration goes to ``<case>.log``, its result to ``<case>.json``."""
    program, *words = tomllib.loads((CORPUS / case / "case.toml").read_text())["entrypoint"]
    command = [str(python) if program == "python" else program, *words]
    options = ["--yes", "--allow-estimated", "--format", "json", "--budget", budget]
    options += ["--evidence", str(folder / f"{case}.evidence")]
    _note_load(folder)
    with (folder / f"{case}.log").open("w") as log:
        done = subprocess.run(
            [sys.executable, "-m", "greenfix", "fix", _repository(case, folder), *options, "--", *command],
            check=False,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    _note_load(folder)
    if done.stdout:
        (folder / f"{case}.json").write_text(done.stdout)
    else:
        print(f"   no result (exit code {done.returncode}), see {folder / case}.log", file=sys.stderr)  # noqa: T201


def _note_load(folder: Path) -> None:
    """Keep the machine's load of the last minute: what else ran there says how far absolute times can be trusted."""
    with (folder / _LOADS).open("a") as file:
        file.write(f"{os.getloadavg()[0]:.2f}\n")


def _load(folder: Path) -> str:
    loads = [float(line) for line in (folder / _LOADS).read_text().split()] if (folder / _LOADS).exists() else []
    return f", the machine's load {min(loads):.0f} to {max(loads):.0f}" if loads else ""


def _repository(case: str, folder: Path) -> Path:
    path = folder / case
    if not path.exists():
        shutil.copytree(CORPUS / case, path)
        user = ("-c", "user.name=corpus", "-c", "user.email=corpus@localhost")
        for words in (
            ("init", "-q"),
            ("config", "user.name", "corpus"),
            ("config", "user.email", "corpus@localhost"),
            ("add", "."),
            ("commit", "-qm", case),
        ):
            subprocess.run(["git", *user, "-C", path, *words], check=True)  # noqa: S607  git is found on PATH
    return path


def table(cases: list[str], folder: Path) -> str:
    """The page: where it was measured, and a row a program."""
    rows = [row(case, json.loads((folder / f"{case}.json").read_text()), folder) for case in cases]
    cores = len(os.sched_getaffinity(0))
    machine = (
        f"{datetime.date.today():%Y-%m-%d}, {platform.machine()}, {cores} cores, Python {platform.python_version()}"
        f"{_load(folder)}; whether the energy was measured by a counter or estimated stands in each row."
    )
    return HEADER.format(machine=machine) + "".join(rows)


def row(case: str, result: dict[str, Any], folder: Path) -> str:
    """One program in one line."""
    mode = tomllib.loads((CORPUS / case / "case.toml").read_text())["mode"]
    tried = "; ".join(
        f"{each['strategy']} {_percent(each.get('saving'))}" + (f" ({each['fate']})" if each["fate"] in _OUT else "")
        for each in result["tried"]
        if each["fate"] is not None
    )
    interval = "" if result["low"] is None else f"{_percent(result['low'])} to {_percent(result['high'])}"
    cells = (
        case,
        mode,
        result["verdict"] or "nothing to measure",
        _winner(result),
        _percent(result["saving"]),
        interval,
        result["blocks"] or "",
        result["provenance"] or "",
        _behaviour(folder / f"{case}.evidence", result),
        tried or ("only one applies" if result["verdict"] else "nothing applies"),
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def _winner(result: dict[str, Any]) -> str:
    """Only what saves has won; what was the best and does not save is named in brackets."""
    strategy = result["strategy"]
    return strategy if result["verdict"] == "saves" else f"none ({strategy})" if strategy else "none"


def update_case(case: str, result: dict[str, Any], corpus: Path = CORPUS) -> str:
    """Write what was measured into the case's ``winner``; returns what was done, in words.

    An inconclusive or invalid race says nothing, a patch of several strategies has no word in a case, and a winner that
    the case counts among its ties is no news.
    """
    file = corpus / case / "case.toml"
    text = file.read_text(encoding="utf-8")
    known = tomllib.loads(text)
    winner = {"saves": result["strategy"], "no saving": "none", "costs": "none"}.get(result["verdict"])
    offered = {name for finding in known.get("expect", []) for name in finding.get("strategies", [])} | {"none"}
    if winner not in offered:
        return f"{case}: left {known['winner']} ({result['verdict']}, {result['strategy']})"
    if winner in (known["winner"], *known.get("ties", [])):
        return f"{case}: {known['winner']} stands"
    file.write_text(re.sub(r'(?m)^winner = ".*"$', f'winner = "{winner}"', text, count=1), encoding="utf-8")
    return f"{case}: {known['winner']} -> {winner}"


_OUT = ("changes behaviour", "failed")


def _behaviour(evidence: Path, result: dict[str, Any]) -> str:
    if not evidence.exists() or result["strategy"] is None:
        return ""
    return str(json.loads(evidence.read_text())["verdicts"][result["strategy"]]["behaviour"])


def _percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.1f} %"


if __name__ == "__main__":
    main()
