"""Evidence of commits, by the digest in their ``Evidence-SHA256`` trailer, beside the ledger in ``.git/greenfix``.

The file that an experiment writes belongs to the experiment and is written again when it is run again; what a commit
was made for stays here.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path


def keep_evidence(state: Path, file: Path, sha256: str) -> None:
    """Keep a copy of ``file``, whose bytes have this digest, in the folder ``state``."""
    kept = _file(state, sha256)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, kept)


def kept_evidence(state: Path, sha256: str) -> Path | None:
    """The evidence with this digest: what was kept, else what an experiment wrote; None when it is not here."""
    kept = _file(state, sha256)
    candidates = [kept] if kept.is_file() else sorted((state / "evidence").glob("*.json"))
    return next((file for file in candidates if digest_of(file) == sha256), None)


def digest_of(file: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _file(state: Path, sha256: str) -> Path:
    return state / "evidence" / f"{sha256}.json"
