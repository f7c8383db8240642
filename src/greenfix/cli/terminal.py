"""Whether there is something that the screens can be drawn on."""

from __future__ import annotations

import os
import sys

_WITHOUT_CURSOR = ("", "dumb", "unknown")
"""Values of TERM that stand for a terminal which only prints: an editor's shell, a log, a screen reader's console."""


def in_browser() -> bool:
    """Whether ``greenfix serve`` started this process: then standard output is the way to the browser."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def has_screen() -> bool:
    """Whether the screens can be shown: in a browser, or on a terminal that can move its cursor."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    terminal = all(stream.isatty() for stream in streams) and os.environ.get("TERM", "") not in _WITHOUT_CURSOR
    return terminal or in_browser()
