"""The colours of the screens, by names that a person would guess, and the one that was chosen last."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from textual.theme import BUILTIN_THEMES

from greenfix.folders import state_folder
from greenfix.settings import SettingsError

DEFAULT = "dark"
LIGHT = replace(
    BUILTIN_THEMES["textual-light"],
    name="greenfix-light",
    accent="#8A4B00",
    warning="#8A5A00",
    success="#1E6B30",
    variables={"footer-key-foreground": "#004578"},
)
"""Textual's own has orange on grey, with a contrast of 2.8 : 1; here every text has 4.5 : 1 or more (WCAG 2.2, AA)."""
THEMES = {**BUILTIN_THEMES, LIGHT.name: LIGHT}
OURS = {"dark": "textual-dark", "light": LIGHT.name, "ansi": "ansi-dark"}
"""``ansi`` leaves every colour to the terminal. NO_COLOR works with each of them: Textual turns colours into greys."""


def theme_named(name: str) -> str:
    """Textual's name of a theme; without a name the one that was chosen last, else the default.

    Raises:
        SettingsError: there is no such theme.
    """
    wanted = OURS.get(name, name) or _chosen_last() or OURS[DEFAULT]
    if wanted in THEMES:
        return wanted
    known = [*OURS, *THEMES]
    near = get_close_matches(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Known themes: {', '.join(known)}."
    raise SettingsError(f"theme: {name!r} is no theme.", hint)


def remember(theme: str) -> None:
    """Begin with ``theme`` next time, where no settings name one.

    Raises:
        OSError: it cannot be written.
    """
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{theme}\n", encoding="utf-8")


def _chosen_last() -> str:
    """Empty when nothing was chosen, or what there no longer is: a taste is no reason to fail."""
    try:
        name = _file().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if name in THEMES else ""


def _file() -> Path:
    return state_folder() / "theme"
