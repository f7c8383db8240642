"""A scan says the same whatever the processes, the hash seed and the addresses in memory are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from greenfix_codemods.processes import FILES_EACH
from greenfix_codemods.scan import scan

_BUILDERS = "\n".join(
    f"def build_{name}():\n    model = keras.Sequential()\n    model.compile(loss='mse')\n    return model\n"
    for name in ("alpha", "beta", "gamma", "delta")
)
CHOICE = f"""
import keras

{_BUILDERS}
builders = {{"a": build_alpha, "b": build_beta, "c": build_gamma, "d": build_delta}}
for name in builders:
    model = builders[name]()
    model.fit(x, y)
"""
"""One loop and four builders that are equally good reasons: the first in the source is told."""

_SCAN = """
import sys
from pathlib import Path
from greenfix_codemods.scan import scan
if __name__ == "__main__":
    print([each for each in scan(Path(sys.argv[1]), jobs=int(sys.argv[2])).findings])
"""


def test_of_equal_builders_the_first_in_the_source_is_told_wherever_they_lie_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "choice.py"
    file.write_text(CHOICE)
    ballast: list[list[object]] = []
    told = set()
    for turn in range(12):
        ballast.append([object() for _ in range(37 * turn)])  # the trees of each turn lie elsewhere
        told |= {(each.names, each.reason) for each in scan(file).findings}
    assert len(told) == 1
    ((_, reason),) = told
    assert "build_alpha()" in reason


def test_neither_the_hash_seed_nor_the_number_of_processes_changes_what_is_found(tmp_path: Path) -> None:
    for number in range(2 * FILES_EACH):
        (tmp_path / f"choice_{number}.py").write_text(CHOICE if number % 40 == 0 else "import keras\nModel = 1\n")
    program = tmp_path.parent / "scan_it.py"
    program.write_text(_SCAN)
    said = {_said(program, tmp_path, seed, jobs) for seed, jobs in (("0", 1), ("1", 1), ("2", 2))}
    assert len(said) == 1
    assert "IMR001" in said.pop()


def _said(program: Path, tree: Path, seed: str, jobs: int) -> str:
    command = [sys.executable, os.fspath(program), os.fspath(tree), str(jobs)]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
