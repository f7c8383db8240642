"""Folders that a measured program may read but not write, held by the kernel: Landlock (``landlock(7)``).

Unprivileged, and inherited by every process of the tree. Bind mounts would be simpler to explain, but need a privilege
or a user namespace, which containers and some distributions forbid.

Landlock cannot forbid a folder: it forbids everything and allows what lies beneath named paths. So everything beside
the way from ``/`` to a protected folder is allowed by name. The price: a file that the program newly creates *on* that
way (in ``/``, in ``/home``, in a home folder that holds the repository; not in a folder that already lies there) cannot
be written either. ``price_of`` says it in words for a run that fails. Setuid programs lose their privilege too.

Standard library only: ``supervisor`` loads this file by its name.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same number on every architecture
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38

WRITE_FILE, REFER, TRUNCATE = 1 << 1, 1 << 13, 1 << 14
HANDLED = WRITE_FILE | REFER | TRUNCATE
"""REFER, moving a file to another folder, is forbidden unless it is named and allowed."""

LEAST_VERSION = 3
"""Of the interface: the first with TRUNCATE (Linux 6.2). Without it ``truncate(2)`` would empty a protected file."""


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def can_protect(folders: Sequence[Path]) -> bool:
    """Whether ``Ruleset`` can protect ``folders`` without taking the temporary folder away from the program."""
    if _syscall(CREATE_RULESET, None, 0, VERSION_FLAG) < LEAST_VERSION:
        return False
    return Path(tempfile.gettempdir()).resolve() not in _ways([folder.resolve() for folder in folders])


def price_of(folders: Sequence[Path]) -> str:
    """What a program whose write was refused should know."""
    ways = ", ".join(sorted(map(str, _ways([folder.resolve() for folder in folders]))))
    protected = ", ".join(map(str, folders))
    return (
        f"greenfix lends the run large files that git ignores; it may not write in {protected}, nor create files "
        f"directly in {ways} (a folder that is there beforehand is fine)"
    )


class Ruleset:
    """Everything may be written but ``folders``, and ``directory`` in any case. Built here, applied in the child.

    Raises:
        OSError: the kernel has no Landlock.
    """

    def __init__(self, folders: Sequence[Path], directory: Path) -> None:
        handled = ctypes.c_uint64(HANDLED)
        self._descriptor = _checked(CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0)
        for path in (directory, *_beside([folder.resolve() for folder in folders])):
            self._allow(path)

    def apply(self) -> None:
        """Restrict the calling thread and all that it starts from now on."""
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _checked(RESTRICT_SELF, self._descriptor, 0)

    def _allow(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:  # gone since it was listed, or behind a folder that is not ours: nobody can write it either
            return
        allowed = HANDLED if path.is_dir() else HANDLED & ~REFER
        try:
            rule = _PathBeneath(allowed, descriptor)
            _checked(ADD_RULE, self._descriptor, RULE_PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)


def _ways(folders: Sequence[Path]) -> set[Path]:
    """The folders above the protected ones."""
    return {parent for folder in folders for parent in folder.parents}


def _beside(folders: Sequence[Path]) -> Iterator[Path]:
    """What lies beside the ways to ``folders``. Links are passed over: what they lead to is beside the way or on it."""
    ways = _ways(folders)
    for way in sorted(ways):
        try:
            entries = [Path(entry) for entry in os.scandir(way) if not entry.is_symlink()]
        except PermissionError:
            continue
        yield from (entry for entry in entries if entry not in ways and entry not in folders)


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(ctypes.c_long(number), *map(_wide, arguments)))


def _wide(argument: object) -> object:
    return ctypes.c_size_t(argument) if isinstance(argument, int) else argument


def _checked(number: int, *arguments: object) -> int:
    answer = _syscall(number, *arguments)
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return answer
