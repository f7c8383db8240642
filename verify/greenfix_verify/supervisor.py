"""The small process between greenfix and a measured program: starts it, waits for it, and leaves nothing alive.

Run by file name with ``python -I -S`` (standard library only, nothing of greenfix is imported): the arguments are a
file descriptor for the report, the folders that must not be written as a JSON list, and the program's argv. Why it
exists:

- **Whole-tree CPU seconds.** It is a child subreaper (``prctl(2)``), so an orphaned grandchild becomes its child, and
  ``getrusage(RUSAGE_CHILDREN)`` after the last ``wait`` counts every process of the tree. Only a process whose parent
  ignores SIGCHLD, so that nobody waits for it, escapes the count.
- **Honest peak memory.** Linux carries the high-water mark of the forking process over ``exec``: forked from greenfix,
  a tiny program would seem to need greenfix's 150 MB. This process needs 10 MB.
- **Nothing survives.** When the program ends, or greenfix closes the control pipe, or greenfix itself is killed with
  ``kill -9`` (which closes the pipe as well), every descendant is killed, daemons in sessions of their own included.
- **The user's data.** Folders of linked data are protected by ``landlock``, from the program's first instruction on.
- **Thread safety.** ``preexec_fn`` is unsafe in a process with threads, such as one with a screen; here is one thread.

Standard input is the control pipe: a byte asks the tree to terminate (SIGTERM), end of file kills it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

LEFTOVER_SECONDS = 0.1
"""Helpers that end by themselves when their parent does (Python's resource tracker) get this long for it."""


def supervise(argv: list[str], protected: list[str]) -> dict[str, object]:
    """Run ``argv`` to its end and return the report: exit status, seconds, counters, processes left behind."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        restrict = _restriction(protected)
    except OSError as error:
        return {"error": f"its data cannot be protected: {error.strerror}"}

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        restrict()

    begin = time.monotonic()
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509  one thread
        )
    except OSError as error:
        return {"error": f"{error.strerror}: {error.filename or argv[0]}"}
    silent = os.open(os.devnull, os.O_RDWR)
    os.dup2(silent, 1)  # the pipes must end when the program's copies do
    os.dup2(silent, 2)
    _watch(child)
    seconds = time.monotonic() - begin
    leftovers = _clear()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "status": child.returncode,
        "wall_seconds": seconds,
        "user_seconds": usage.ru_utime,
        "kernel_seconds": usage.ru_stime,
        "peak_rss_bytes": usage.ru_maxrss * 1024,  # Linux counts KiB
        "minor_page_faults": usage.ru_minflt,
        "major_page_faults": usage.ru_majflt,
        "leftovers": leftovers,
    }


def _restriction(protected: list[str]) -> Callable[[], None]:
    """Return what the child calls before the program starts; most runs have nothing to protect and load nothing."""
    if not protected:
        return lambda: None
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("landlock", Path(__file__).with_name("landlock.py"))
    assert spec is not None  # noqa: S101  the file lies beside this one
    assert spec.loader is not None  # noqa: S101
    landlock = module_from_spec(spec)
    spec.loader.exec_module(landlock)
    apply: Callable[[], None] = landlock.Ruleset([Path(folder) for folder in protected], Path.cwd()).apply
    return apply


def _watch(child: subprocess.Popen[bytes]) -> None:
    """Return when the child has ended, obeying the control pipe meanwhile."""
    poll = select.poll()
    ended = os.pidfd_open(child.pid)
    poll.register(ended, select.POLLIN)
    poll.register(0, select.POLLIN)
    while child.poll() is None:
        for descriptor, _ in poll.poll():
            if descriptor != 0:
                continue
            if os.read(0, 1):
                _signal(signal.SIGTERM)
            else:
                _signal(signal.SIGKILL)
                poll.unregister(0)  # at its end it would be ready for ever
    os.close(ended)


def _clear() -> int:
    """Reap what is left of the tree, killing what does not end by itself; return how many had to be killed."""
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while _reap(os.WNOHANG):
        if time.monotonic() >= deadline:
            break
        time.sleep(0.005)
    else:
        return 0  # orphans become our children, so without one there is no descendant to look for in all of /proc
    killed = _signal(signal.SIGKILL)
    while _reap(0):
        killed += _signal(signal.SIGKILL)  # forked while we were killing
    return killed


def _reap(options: int) -> bool:
    """Wait for one child, or with WNOHANG for all that have ended; return whether any is left."""
    try:
        while os.waitpid(-1, options)[0]:
            if not options:
                return True
    except ChildProcessError:
        return False
    return True


def _signal(number: signal.Signals) -> int:
    """Signal every descendant; return how many there were."""
    descendants = _descendants()
    for pid in descendants:
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile, which is what we want
            os.kill(pid, number)
    return len(descendants)


def _descendants() -> list[int]:
    """Return the living descendants of this process, from the parent column of /proc (``proc_pid_stat(5)``)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:  # it ended while we were looking
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(entry.name))
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def main() -> None:
    """Supervise the program named on the command line and write the report."""
    report = int(sys.argv[1])
    os.set_inheritable(report, False)
    text = json.dumps(supervise(sys.argv[3:], json.loads(sys.argv[2])))
    with contextlib.suppress(BrokenPipeError):  # greenfix is gone: nobody is left to tell
        os.write(report, text.encode())


if __name__ == "__main__":
    main()
