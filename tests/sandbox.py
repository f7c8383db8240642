"""The place that the commands of the documentation are run in: a repository with a leak, and all that pages name."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.proposals import commit_fix
from tests.repositories import git
from tests.stand_in_tensorflow import write_stand_in

ROOT = Path(__file__).parents[1]
PROGRAM = '''\
"""Trains a model in every fold; the finding is in line 12."""

from pathlib import Path

import keras

FOLDS = 12
Path("model.npz").write_bytes(b"weights")



for fold in range(FOLDS):
    model = keras.Sequential([])
    model.compile("sgd", "mse")
    model.fit([1.0], [1.0])
print("accuracy: 0.9")
'''
READINGS = "experiment,block,arm,energy_joules\nwine,1,original,60.8\nwine,1,candidate,36.6\n"
FRUGAL = '[tool.greenfix]\nwarmup = 0\nmax-blocks = 2\nbudget = ["1s"]\n'
"""Settings with which an experiment ends after a block or two: for pages that show no result."""
BRANCH = "greenfix/imr001/train-01234567"
"""The name that pages give to a branch of ``greenfix fix``."""
PROGRAMS = {
    "greenfix": f'exec {sys.executable} -m greenfix "$@"',
    "python": f'exec {sys.executable} "$@"',
    "ssh": 'shift 3\nexec "$@"',  # the options of a tunnel, the host: the rest runs here
}


def make_template(folder: Path) -> None:
    """Make it once: ``work/greenfix`` is where a page begins, ``work/bare.git`` its remote, ``home`` the person's."""
    write_stand_in(folder / "packages")
    _programs(folder / "bin", *PROGRAMS)
    _programs(folder / "target" / "bin", "python")
    work = folder / "work" / "greenfix"
    for place in (work, work / "path" / "to" / "repo", work / "repo", folder / "home" / "project"):
        place.mkdir(parents=True)
        (place / "train.py").write_text(PROGRAM)
    (work / "readings.csv").write_text(READINGS)
    (work / "path" / "to" / "project").mkdir()
    (work / ".gitignore").write_text(".venv*\ncorpus/\npyproject.toml\n*.json\n*.npz\n")
    git(work, "init", "--quiet", "--initial-branch=main")
    for message in ("first", "second"):
        (work / "notes.txt").write_text(message)
        git(work, "add", "--all")
        git(work, "commit", "--quiet", f"--message={message}")
    git(work, "clone", "--quiet", "--bare", ".", "../bare.git")
    git(work, "remote", "add", "origin", "../bare.git")
    git(work, "fetch", "--quiet")
    git(work, "branch", "my-branch")
    fix = commit_fix(work)
    git(work, "branch", "--move", fix.branch, BRANCH)
    shutil.copy(work / ".git" / "greenfix" / "evidence" / f"{fix.sha256}.json", work / "evidence.json")
    shutil.copytree(ROOT / "corpus" / "imr-kfold-graph", work / "corpus" / "imr-kfold-graph")


def copy_of(template: Path, folder: Path, *, frugal: bool) -> Path:
    """Copy the part that commands change into ``folder``; return where a page begins."""
    shutil.copytree(template / "work", folder / "work", symlinks=True)
    shutil.copytree(template / "home", folder / "home")
    start = folder / "work" / "greenfix"
    for name in (".venv", ".venv-tensorflow"):
        (start / name).symlink_to(template / "target")
    if frugal:
        (start / "pyproject.toml").write_text(FRUGAL)
    return start


def variables(template: Path, folder: Path) -> Mapping[str, str]:
    """The environment of a person there, who has a greenfix, a stand-in for TensorFlow and no token."""
    paths = (str(template / "packages"), os.environ.get("PYTHONPATH", ""))
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PATH": os.pathsep.join((str(template / "bin"), os.environ["PATH"])),
        "HOME": str(folder / "home"),
        "COLUMNS": "100",
    }


def _programs(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True)
    for name in names:
        # A script and no link: a link to a virtual environment's python would not find its packages.
        (folder / name).write_text(f"#!/bin/sh\n{PROGRAMS[name]}\n")
        (folder / name).chmod(0o755)
