"""Diagnoses are kept in ``.git/greenfix/diagnosis.json``, by commit, command and variables, the newest last."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from greenfix_verify.codec import CodecError, decode, encode

from greenfix.diagnosis.value import Diagnosis

FILE = "diagnosis.json"
MOST = 20
"""Diagnoses that are remembered."""


def remember(diagnosis: Diagnosis, state: Path) -> Path:
    """Keep ``diagnosis`` in the folder ``state``, in place of an older one of the same run."""
    others = [each for each in _all(state) if _what_ran(each) != _what_ran(diagnosis)]
    file = state / FILE
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps([encode(each) for each in [*others, diagnosis][-MOST:]]), encoding="utf-8")
    part.replace(file)
    return file


def remembered(state: Path, commit: str, command: Sequence[str], environment: Sequence[str] = ()) -> Diagnosis | None:
    """The diagnosis of this commit, command and variables (``KEY=VALUE``), if there is one."""
    wanted = (commit, tuple(command), tuple(environment))
    return next((each for each in _all(state) if _what_ran(each) == wanted), None)


def latest_about(state: Path, fingerprint: str) -> Diagnosis | None:
    """The newest diagnosis, of whatever commit and command, that says something of this finding."""
    about = (each for each in reversed(_all(state)) if fingerprint in {one.fingerprint for one in each.findings})
    return next(about, None)


def _what_ran(diagnosis: Diagnosis) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return diagnosis.commit, diagnosis.command, diagnosis.environment


def _all(state: Path) -> list[Diagnosis]:
    """Every diagnosis that can be read. Another version's are no loss: a diagnosis is made again in one run."""
    try:
        listed = json.loads((state / FILE).read_text(encoding="utf-8"))
        return [decode(Diagnosis, each) for each in listed]
    except (FileNotFoundError, ValueError, CodecError):
        return []
