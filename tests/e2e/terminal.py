"""A real terminal for the tests: tmux holds it, the test sends keys and reads what stands on the screen."""

from __future__ import annotations

import os
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pytest

TMUX = shutil.which("tmux")
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux on PATH (Debian: apt-get install tmux)")


class Terminal:
    """``command`` in a terminal of its own; ends with the context, whatever happens.

    Waiting is for output, not for time: tmux copies what the program writes into a pipe, so that a measuring machine
    stays idle between two changes of the screen.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], size: tuple[int, int] = (120, 40)
    ) -> None:
        self._socket = folder / "tmux"
        self._pipe = folder / "written"
        os.mkfifo(self._pipe)
        self._written = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)
        self._environment = dict(environment)
        width, height = map(str, size)
        self._number, self._ended = folder / "number", folder / "ended"
        go, number, ended = (shlex.quote(str(path)) for path in (folder / "go", self._number, self._ended))
        # Not tmux's own word on how it ended: tmux 3.3a now and then never says it under load.
        numbered = shlex.quote(f"echo $$ > {number}; exec {shlex.join(command)}")
        waiting = f"read go < {go}; sh -c {numbered}; echo $? > {ended}"
        os.mkfifo(folder / "go")
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, waiting)
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("pipe-pane", "-O", f"exec cat > {shlex.quote(str(self._pipe))}")
        (folder / "go").write_text("go\n")

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._tmux("kill-server")
        os.close(self._written)

    @property
    def screen(self) -> str:
        """What stands there now."""
        return self._tmux("capture-pane", "-p")

    @property
    def exit_code(self) -> int | None:
        """Of the command; None while it runs."""
        said = self._ended.read_text() if self._ended.exists() else ""
        return int(said) if said.endswith("\n") else None

    @property
    def process(self) -> int:
        """The number of the command's process."""
        return int(self._number.read_text())

    def press(self, *keys: str) -> None:
        """Send keys, by tmux's names: ``Space``, ``Escape``, ``v``."""
        self._tmux("send-keys", *keys)

    def until(self, text: str, seconds: float = 60.0) -> str:
        """The screen once it shows ``text``; fails with the screen as it is when the time is over."""
        deadline = time.monotonic() + seconds
        while text not in (screen := self.screen):
            left = deadline - time.monotonic()
            if left <= 0 or self.exit_code is not None:
                pytest.fail(f"{text!r} never came; the screen is\n{screen}")
            self._wait(min(left, 5.0))
        return screen

    def ended(self, seconds: float = 60.0) -> int:
        """The exit code, once there is one."""
        deadline = time.monotonic() + seconds
        while (code := self.exit_code) is None:
            if time.monotonic() > deadline:
                pytest.fail(f"it never ended; the screen is\n{self.screen}")
            self._wait(0.2)
        return code

    def _wait(self, seconds: float) -> None:
        """Until the program has written more."""
        if select.select([self._written], [], [], seconds)[0]:
            os.read(self._written, 1 << 20)

    def _tmux(self, *arguments: str) -> str:
        assert TMUX is not None
        argv = [TMUX, "-S", str(self._socket), *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True, env=self._environment).stdout
