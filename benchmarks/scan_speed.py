"""How much a scan costs beside other tools with one simple rule, on the same tree in one run.

    python benchmarks/scan_speed.py [TREE] [--tools FOLDER]

TREE is a folder, by default this interpreter's site-packages. FOLDER holds the commands ``ast-grep``, ``semgrep`` and
``fixit`` (``make bench-scan`` installs them into an environment of their own). A tool that is not there is listed as
missing, one that needs more than ``--limit`` seconds as stopped. The other tools look for the call of something called
``*model*`` in a ``for`` loop that clears no session: far less than greenfix does, but the same files are read.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

AST_GREP = """\
id: model-in-loop
language: python
rule:
  kind: call
  has: {field: function, regex: '(?i)model'}
  inside:
    kind: for_statement
    stopBy: end
    not: {has: {kind: identifier, regex: clear_session, stopBy: end}}
"""
SEMGREP = """\
rules:
  - id: model-in-loop
    languages: [python]
    severity: WARNING
    message: model built in a loop
    patterns:
      - pattern-inside: |
          for $X in $Y:
            ...
      - pattern-not-inside: |
          for $X in $Y:
            ...
            $K.clear_session()
            ...
      - pattern: $F(...)
      - metavariable-regex: {metavariable: $F, regex: '(?i).*model.*'}
"""
FIXIT = """\
import libcst as cst
from fixit import Invalid, LintRule, Valid


class ModelInLoop(LintRule):
    MESSAGE = "model built in a loop"
    VALID = [Valid("make_model()")]
    INVALID = [Invalid("for i in x:\\n    make_model()")]

    def __init__(self):
        super().__init__()
        self.loops = []

    def visit_For(self, node):
        self.loops.append("clear_session" in cst.Module([]).code_for_node(node))

    def leave_For(self, original_node):
        self.loops.pop()

    def visit_Call(self, node):
        if self.loops and not any(self.loops) and "model" in cst.Module([]).code_for_node(node.func).lower():
            self.report(node)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: CPU and wall seconds of all its processes, peak RSS of the largest one in MiB.

    ``code`` is its exit code, 1 for what finds something.
    """

    cpu: float
    wall: float
    memory: float
    stopped: bool
    code: int


def cost_of(command: Sequence[str | Path], folder: Path, limit: float, environment: dict[str, str]) -> Cost:
    """Run ``command`` to its end, or for ``limit`` seconds; what it says is thrown away."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    ended = threading.Event()

    def stop() -> None:
        ended.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, stop)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    wall = time.perf_counter() - start
    return Cost(
        usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, ended.is_set(), os.waitstatus_to_exitcode(status)
    )


def commands(tree: Path, tools: Path, scratch: Path) -> dict[str, list[str | Path]]:
    """The command of each tool, by the name of its row."""
    (scratch / "rule.yml").write_text(AST_GREP)
    (scratch / "semgrep.yml").write_text(SEMGREP)
    (scratch / "model_in_loop.py").write_text(FIXIT)
    (scratch / "pyproject.toml").write_text(
        '[tool.fixit]\nroot = true\nenable = [".model_in_loop"]\ndisable = ["fixit.rules"]\n'
    )
    greenfix: list[str | Path] = [sys.executable, "-m", "greenfix", "scan", tree, "--fail-on", "none"]
    semgrep: list[str | Path] = ["scan", "--metrics=off", "--disable-version-check", "--no-git-ignore"]
    return {
        "greenfix, cold": greenfix,
        "greenfix, warm": greenfix,
        "greenfix, cold, one process": [*greenfix, "--jobs", "1", "--no-cache"],
        "ast-grep": [tools / "ast-grep", "scan", "--no-ignore", "hidden", "--rule", scratch / "rule.yml", tree],
        "semgrep": [tools / "semgrep", *semgrep, "--config", scratch / "semgrep.yml", tree],
        "fixit": [tools / "fixit", "--config-file", scratch / "pyproject.toml", "lint", tree],
    }


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path, nargs="?", default=Path(sysconfig.get_path("purelib")))
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds a tool may take")
    options = parser.parse_args()
    tree, tools = options.tree.resolve(), options.tools.resolve()
    files = list(tree.rglob("*.py"))
    lines = sum(file.read_bytes().count(b"\n") for file in files)
    print(f"{len(files)} files, {lines} lines, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")  # noqa: T201  # a benchmark prints
    print("| tool | CPU s | wall s | peak RSS MiB (largest process) | CPU beside greenfix cold |")  # noqa: T201  # a benchmark prints
    print("|---|---:|---:|---:|---:|")  # noqa: T201  # a benchmark prints
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        environment = {"GREENFIX_CACHE_DIR": str(scratch / "cache"), "PYTHONPATH": _path(scratch)}
        base = 0.0
        for name, command in commands(tree, tools, scratch).items():
            if not Path(command[0]).exists():
                print(f"| {name} | missing | | | |")  # noqa: T201  # a benchmark prints
                continue
            cost = cost_of(command, scratch, options.limit, environment)
            if cost.stopped:
                print(f"| {name} | stopped after {cost.wall:.0f} s | | | |")  # noqa: T201  # a benchmark prints
                continue
            if cost.code > (0 if name.startswith("greenfix") else 1):
                print(f"| {name} | failed with exit code {cost.code} | | | |")  # noqa: T201  # a benchmark prints
                continue
            base = base or cost.cpu
            row = f"{cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory:.0f} | {cost.cpu / base:.2f}"
            print(f"| {name} | {row} |", flush=True)  # noqa: T201  # a benchmark prints


def _path(scratch: Path) -> str:
    return os.pathsep.join([str(scratch), *filter(None, [os.environ.get("PYTHONPATH")])])


if __name__ == "__main__":
    main()
