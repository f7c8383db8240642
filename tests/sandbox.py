"""The place that the commands of the documentation are run in: a repository with a leak, and all that pages name."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.proposals import commit_fix
from tests.repositories import git
from tests.stand_in_tensorflow import write_stand_in

ROOT = Path(__file__).parents[1]
PROGRAM = '''\
"""Trains a model in every fold; the finding is in line 12."""

import shutil

import keras

FOLDS = 8
shutil.copy("weights.npz", "model.npz")



for fold in range(FOLDS):
    model = keras.Sequential([])
    model.compile("sgd", "mse")
    model.fit([1.0], [1.0])
print("accuracy: 0.9")
'''
READINGS = "experiment,block,arm,energy_joules\nwine,1,original,60.8\nwine,1,candidate,36.6\n"
FRUGAL = """\
[tool.greenfix]
exclude = ["corpus/", "path/", "repo/"]
warmup = 0
max-blocks = 5
budget = ["1s"]
"""
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
    work.mkdir(parents=True)
    (work / "train.py").write_text(PROGRAM)
    np.savez(work / "weights.npz", kernel=np.ones(3))
    (work / ".gitignore").write_text(".venv*\n/corpus/\n/path/\n/repo/\n/evidence.json\npyproject.toml\n")
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
    (work / "pyproject.toml").write_text(FRUGAL)
    for other in ("path/to/repo", "repo", "../../home/project"):
        shutil.copytree(work, work / other, ignore=shutil.ignore_patterns("path", "repo", "home"))
    shutil.copytree(work.parent / "bare.git", work / "path" / "to" / "bare.git")
    (work / "path" / "to" / "project").mkdir()
    shutil.copy(work / ".git" / "greenfix" / "evidence" / f"{fix.sha256}.json", work / "evidence.json")
    (work / "readings.csv").write_text(READINGS)
    shutil.copytree(ROOT / "corpus" / "imr-kfold-graph", work / "corpus" / "imr-kfold-graph")


def copy_of(template: Path, folder: Path) -> Path:
    """Copy the part that commands change into ``folder``; return where a page begins."""
    shutil.copytree(template / "work", folder / "work", symlinks=True)
    shutil.copytree(template / "home", folder / "home")
    start = folder / "work" / "greenfix"
    for name in (".venv", ".venv-tensorflow", "path/to/repo/.venv", "repo/.venv"):
        (start / name).symlink_to(template / "target")
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
