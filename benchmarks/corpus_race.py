"""``make corpus``: race the strategies of corpus programs for real and write ``docs/corpus.md``. Hours.

Every program goes through ``greenfix fix`` in a git repository of its own, exactly as a person would run it. What comes
out is printed as it is. Finished cases are kept in ``--folder``: start it again and it goes on where it stopped.

    python benchmarks/corpus_race.py --python .venv-tensorflow/bin/python --budget 15m imr-kfold-graph imr-kfold-eager
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
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

HEADER = """\
# What the strategies really save on the corpus

`make corpus` wrote this table: every program goes through `greenfix fix`, real TensorFlow, real CodeCarbon. All
strategies that apply race on few blocks (the column "in the race": only to choose, too good for the best one), then
the winner is measured against the original on fresh blocks, and only those count ("saving").

{machine}

| program | mode | verdict | winner | saving | 95 % interval | blocks | energy | behaviour | in the race |
|---|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Race the cases that are not finished yet, and write the table after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=RACED)
    parser.add_argument("--python", required=True, help="an interpreter with TensorFlow")
    parser.add_argument("--budget", default="30m", help="of each program (default 30m)")
    parser.add_argument("--folder", type=Path, default=CORPUS.parent / "build" / "corpus")
    parser.add_argument("--table", type=Path, default=TABLE)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
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
    with (folder / f"{case}.log").open("w") as log:
        done = subprocess.run(
            [sys.executable, "-m", "greenfix", "fix", _repository(case, folder), *options, "--", *command],
            check=False,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    if done.stdout:
        (folder / f"{case}.json").write_text(done.stdout)
    else:
        print(f"   no result (exit code {done.returncode}), see {folder / case}.log", file=sys.stderr)  # noqa: T201


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
        f"{datetime.date.today():%Y-%m-%d}, {platform.machine()}, {cores} cores, Python {platform.python_version()}; "
        "whether the energy was measured by a counter or estimated stands in each row."
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
        result["strategy"] or "",
        _percent(result["saving"]),
        interval,
        result["blocks"] or "",
        result["provenance"] or "",
        _behaviour(folder / f"{case}.evidence", result),
        tried or "only one applies",
    )
    return f"| {' | '.join(map(str, cells))} |\n"


_OUT = ("changes behaviour", "failed")


def _behaviour(evidence: Path, result: dict[str, Any]) -> str:
    if not evidence.exists() or result["strategy"] is None:
        return ""
    return str(json.loads(evidence.read_text())["verdicts"][result["strategy"]]["behaviour"])


def _percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.1f} %"


if __name__ == "__main__":
    main()
