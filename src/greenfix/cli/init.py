"""``greenfix init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greenfix.cli.boundary import boundary, say

_TABLE = """\
[tool.greenfix]
# Every key is optional; docs/configuration.md explains them all.
# select = ["IMR", "UTR"]          # rules that run, all by default
# exclude = ["legacy/"]            # files and folders that are not looked at, as in .gitignore
# baseline = ".greenfix-baseline.json"  # findings known already: `greenfix scan --write-baseline`
# entrypoint = ["python", "train.py"]   # what `greenfix fix` measures
# max-blocks = 12                  # how long it measures at most
"""


def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Where pyproject.toml is, or shall be.", show_default="this folder"),
    ] = Path(),
) -> None:
    """Add a commented `[tool.greenfix]` to pyproject.toml. Everything works without it.

    Exit code 0: added; 2: there are settings already, or the file cannot be used.

    Examples:
    - `greenfix init`
    - `greenfix init path/to/project`
    """
    with boundary():
        from greenfix.settings import add_table

        say(f"{add_table(folder, _TABLE)} has a commented [tool.greenfix] now.")
