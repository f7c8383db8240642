"""Opening a file in the person's own editor, at a line; and where that line is after edits."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path, PurePath

_GOTO = {"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "positron"}
_WITH_COLON = {"hx", "helix", "zed", "subl"}
_LINE_OPTION = {"idea", "pycharm", "charm", "kate"}
_PLUS = {
    "vi", "vim", "nvim", "view", "gvim", "nano", "pico", "rnano", "emacs", "emacsclient", "mg", "jmacs", "joe", "jed",
    "ne", "micro", "kak", "gedit", "mcedit",
}  # fmt: skip
_WAITING = _GOTO | _WITH_COLON - {"hx", "helix"} | {"idea", "pycharm", "charm"}
"""They return at once unless told to wait, and the file would be looked at before it is edited."""
FALLBACKS = ("nano", "vim", "vi")


def editor(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The words of ``$VISUAL``, else ``$EDITOR``, else an editor that most machines have; empty when none is there."""
    wanted = environment.get("VISUAL") or environment.get("EDITOR") or ""
    return shlex.split(wanted) or [name for name in FALLBACKS if shutil.which(name)][:1]


def command(words: Sequence[str], file: Path, line: int) -> list[str]:
    """``words`` with ``file`` at ``line``, as that editor wants it; one that we do not know gets only the file."""
    name = PurePath(words[0]).name.removesuffix(".exe")
    waits = ["--wait"] if name in _WAITING and not {"--wait", "-w"} & set(words) else []
    if name in _GOTO:
        place = ["--goto", f"{file}:{line}"]
    elif name in _WITH_COLON:
        place = [f"{file}:{line}"]
    elif name in _LINE_OPTION:
        place = ["--line", str(line), str(file)]
    else:
        place = [f"+{line}", str(file)] if name in _PLUS else [str(file)]
    return [*words, *waits, *place]


def line_now(before: str, after: str, line: int) -> int:
    """Where ``line`` (from 1) of ``before`` stands in ``after``; of a line that is gone, where it stood."""
    matcher = SequenceMatcher(None, before.splitlines(), after.splitlines())
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        if start <= line - 1 < end:
            return new_start + min(line - 1 - start, max(0, new_end - new_start - 1)) + 1
    return line
