"""``make demo``: the whole story on one program of the corpus, in a repository of its own, for real.

Nothing here is simulated: the program trains, CodeCarbon reads, the statistics decide. A machine without an energy
counter estimates the energy from the CPU seconds of each run; the demo accepts that with ``--allow-estimated`` and every
line that shows such energy says so. ``make pictures`` takes the screens of the same story.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenfix.tui.app import Story

PROGRAM = Path(__file__).parent / "imr-kfold-graph" / "train.py"
TARGET = Path(__file__).parents[1] / ".venv-tensorflow"
COMMAND = ("python", PROGRAM.name)
STRATEGY = "clear-session"
"""Without it all that apply race first, which takes twice as long."""


def main() -> int:
    """Make the repository, run ``greenfix fix`` on it, and say how to look at what came out."""
    folder = demo_repository()
    greenfix = str(Path(sys.executable).with_name("greenfix"))
    words = [greenfix, "fix", str(folder), "--yes", "--allow-estimated", "--strategy", STRATEGY, "--", *COMMAND]
    print(f"A program with a leak lies in {folder}\n$ {shlex.join(words)}\n", flush=True)
    code = subprocess.run(words, check=False).returncode
    if code == 0:
        print(f"\nThe commit:   git -C {folder} show --stat {_branch(folder)}")
    again = [greenfix, "fix", str(folder), "--branch", "greenfix/again", "--allow-estimated", "--", *COMMAND]
    print(f"The screens, and a race of all strategies that apply:  {shlex.join(again)}")
    return code


def demo_repository() -> Path:
    """A new git repository in the temporary folder: the program, and an environment of its own that git ignores."""
    folder = Path(tempfile.mkdtemp(prefix="greenfix-demo-"))
    shutil.copy(PROGRAM, folder)
    (folder / ".gitignore").write_text(".venv\n")
    (folder / ".venv").symlink_to(TARGET)
    for command in (
        ["git", "init", "--quiet", "--initial-branch=main"],
        ["git", "config", "user.name", "greenfix demo"],
        ["git", "config", "user.email", "demo@example.org"],
        ["git", "add", "--all"],
        ["git", "commit", "--quiet", "--message=A grid of k-folds on the wine data"],
    ):
        subprocess.run(command, check=True, cwd=folder)
    return folder


def story() -> tuple[Story, str]:
    """The same story for the screens, with its title; see ``tests.tui.pictures``."""
    from greenfix_verify.policy import Policy

    from greenfix.workflow import Request, fix

    request = Request(demo_repository(), COMMAND, STRATEGY, policy=Policy(allow_estimated=True))
    return lambda front, cancel: fix(request, front, cancel), "wine-kfold"


def _branch(folder: Path) -> str:
    listing = ["git", "branch", "--list", "--format=%(refname:short)", "greenfix/*"]
    return subprocess.run(listing, check=True, cwd=folder, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
