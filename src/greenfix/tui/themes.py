"""The colours of the screens, by names that a person would guess."""

from __future__ import annotations

from difflib import get_close_matches

from textual.theme import BUILTIN_THEMES

from greenfix.settings import SettingsError

DEFAULT = "dark"
OURS = {"dark": "textual-dark", "light": "textual-light", "ansi": "ansi-dark"}
"""``ansi`` leaves every colour to the terminal. NO_COLOR works with each of them: Textual turns colours into greys."""


def theme_named(name: str) -> str:
    """Textual's name of a theme; without a name the default.

    Raises:
        SettingsError: there is no such theme.
    """
    wanted = OURS.get(name or DEFAULT, name)
    if wanted in BUILTIN_THEMES:
        return wanted
    known = [*OURS, *BUILTIN_THEMES]
    near = get_close_matches(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Known themes: {', '.join(known)}."
    raise SettingsError(f"theme: {name!r} is no theme.", hint)
