"""How often a real program that is compared with itself is called a saving: real TensorFlow, real CodeCarbon.

``python benchmarks/real_aa.py --python .venv-tensorflow/bin/python`` runs ``greenfix verify`` again and again with one
commit in both arms, each time with another seed for the order of the runs, and prints a Markdown table. Every ``saves``
is false here, and every interval should hold 0. Finished experiments are kept in ``--folder``: start it again and it
goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binomtest

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
GIT_USER = ("-c", "user.name=A/A", "-c", "user.email=aa@localhost")


@dataclass(frozen=True, slots=True)
class Experiment:
    """One comparison of the program with itself. Savings are fractions (0.05 is 5 %)."""

    seed: int
    verdict: str
    blocks: int
    saving: float
    low: float
    high: float
    p: float


def repository(case: str, folder: Path) -> Path:
    """Return a git repository that holds the corpus program ``case``, made once."""
    path = folder / case
    if not path.exists():
        shutil.copytree(CORPUS / case, path)
        for words in (("init", "-q"), ("add", "."), ("commit", "-qm", case)):
            subprocess.run(["git", *GIT_USER, "-C", path, *words], check=True)  # noqa: S607  git is found on PATH
    return path


def entrypoint(case: str, python: str) -> tuple[str, ...]:
    """Return the command of the corpus program ``case`` under the interpreter ``python``."""
    program, *rest = tomllib.loads((CORPUS / case / "case.toml").read_text())["entrypoint"]
    return (str(Path(python).absolute()) if program == "python" else program, *rest)


def compared_with_itself(path: Path, seed: int, options: Sequence[str], command: Sequence[str]) -> Experiment:
    """Run one experiment through the real command."""
    words = ["verify", str(path), "--baseline", "HEAD", "--seed", str(seed), "--allow-estimated", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "greenfix", *words, *options, "--", *command],
        check=False,
        capture_output=True,
        text=True,
    )
    result = json.loads(done.stdout or "{}")
    if result.get("p") is None:
        raise SystemExit(f"experiment {seed} could not be judged (exit code {done.returncode}):\n{done.stderr}")
    return Experiment(seed, *(result[key] for key in ("verdict", "blocks", "saving", "low", "high", "p")))


def series(
    case: str, number: int, folder: Path, options: Sequence[str], command: Sequence[str]
) -> Iterator[Experiment]:
    """Yield ``number`` experiments, the finished ones from ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = repository(case, folder)
    kept = folder / f"{case}.jsonl"
    finished = [Experiment(**json.loads(line)) for line in kept.read_text().splitlines()] if kept.exists() else []
    yield from finished[:number]
    for seed in range(len(finished) + 1, number + 1):
        experiment = compared_with_itself(path, seed, options, command)
        with kept.open("a") as file:
            file.write(json.dumps({name: getattr(experiment, name) for name in Experiment.__slots__}) + "\n")
        yield experiment


def summary(experiments: Sequence[Experiment]) -> str:
    """Say in one paragraph what the table says."""
    verdicts = Counter(each.verdict for each in experiments)
    false = verdicts["saves"]
    bound = binomtest(false, len(experiments)).proportion_ci(0.95, method="exact").high
    holding = sum(each.low <= 0 <= each.high for each in experiments)
    mean = sum(each.blocks for each in experiments) / len(experiments)
    counted = ", ".join(f"{count} `{verdict}`" for verdict, count in verdicts.most_common())
    return (
        f"{len(experiments)} experiments: {counted}. False `saves`: {false} ({false / len(experiments):.1%}; "
        f"at most {bound:.1%} with 97.5 % confidence, exact). The interval holds 0 in {holding}. "
        f"Mean number of blocks: {mean:.1f}."
    )


def main() -> None:
    """Print the table, row by row as the experiments end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="an interpreter with TensorFlow")
    parser.add_argument("--case", default="utr-scalar-losses")
    parser.add_argument("--experiments", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=Path("build/aa"))
    parser.add_argument("--option", action="append", default=[], help="handed to `greenfix verify` as it is")
    asked = parser.parse_args()
    print("| seed | verdict | blocks | saving | 95 % interval | p |")  # noqa: T201  a benchmark prints
    command = entrypoint(asked.case, asked.python)
    done = []
    for each in series(asked.case, asked.experiments, asked.folder.absolute(), asked.option, command):
        interval = f"{each.low:+.1%} to {each.high:+.1%}"
        cells = (each.seed, each.verdict, each.blocks, f"{each.saving:+.1%}", interval, f"{each.p:.3f}")
        print("|", " | ".join(map(str, cells)), "|", flush=True)  # noqa: T201
        done.append(each)
    print(f"\n{summary(done)}")  # noqa: T201


if __name__ == "__main__":
    main()
