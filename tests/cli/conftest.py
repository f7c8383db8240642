"""The real command, run as a person would, on programs whose Keras is a stand-in that leaks on purpose.

The stand-in lies outside the repository and is found through PYTHONPATH: a model that is never released makes every
later ``fit`` do more work, exactly as a growing graph does, but a run takes a tenth of a second instead of ten.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.greenfix_command import KERAS, LEAKING, Greenfix
from tests.repositories import MakeRepository


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a person whose interpreter has the stand-in for Keras."""
    package = tmp_path / "packages" / "keras"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(KERAS)
    paths = (str(package.parent), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "COLUMNS": "100"}


@pytest.fixture
def greenfix(environment: dict[str, str]) -> Greenfix:
    """Run ``greenfix`` with these arguments and no terminal; both streams come back as text."""

    def run(*arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "greenfix", *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture
def leaking(make_repository: MakeRepository) -> Path:
    """A repository with one program that leaks a model in every pass of a loop."""
    return make_repository({"train.py": LEAKING, "README": "how to train\n"})
