"""``make demo``: the whole story on one program of the corpus, in a repository of its own, for real.

Nothing here is simulated: the program trains, CodeCarbon reads, the statistics decide. A machine without an energy
counter estimates the energy from the CPU seconds of each run; the demo accepts that with ``--allow-estimated`` and every
line that shows such energy says so.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = Path(__file__).parent / "imr-kfold-graph"


def main() -> int:
    """Make the repository, run ``greenfix fix`` on it, and say how to look at what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="an interpreter that has TensorFlow")
    # Not resolved: the python of a virtual environment is a symbolic link that must stay one.
    python = Path.cwd() / parser.parse_args().python
    folder = Path(tempfile.mkdtemp(prefix="greenfix-demo-"))
    shutil.copy(PROGRAM / "train.py", folder)
    for command in (
        ["git", "init", "--quiet", "--initial-branch=main"],
        ["git", "config", "user.name", "greenfix demo"],
        ["git", "config", "user.email", "demo@example.org"],
        ["git", "add", "--all"],
        ["git", "commit", "--quiet", "--message=A grid of k-folds on the wine data"],
    ):
        subprocess.run(command, check=True, cwd=folder)
    greenfix = Path(sys.executable).with_name("greenfix")
    words = [str(greenfix), "fix", str(folder), "--yes", "--allow-estimated", "--", str(python), "train.py"]
    print(f"A program with a leak lies in {folder}\n$ {shlex.join(words)}\n", flush=True)
    code = subprocess.run(words, check=False).returncode
    if code == 0:
        print(f"\nThe commit:   git -C {folder} show --stat $(git -C {folder} branch --list --format='%(refname:short)' 'greenfix/*')")
    print(f"The screens:  {greenfix} fix {folder} --branch greenfix/again --allow-estimated -- {python} train.py")
    return code


if __name__ == "__main__":
    sys.exit(main())
