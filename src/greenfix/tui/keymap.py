"""Keys of a person's own: which bindings have an id, and whether what the settings say of them can work.

Bindings of one screen live in one package (``tui.findings``), those of the application in ``tui`` itself; a key must
mean one thing in a package and the application together. Dialogs hear only their own keys, which cannot be changed:
whatever the settings say, ``escape`` closes and ``ctrl+q`` quits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from string import printable, whitespace

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.keys import Keys
from textual.screen import ModalScreen

from greenfix.settings import SettingsError

_PACKAGE = "greenfix.tui"
_MODIFIERS = ("ctrl+", "shift+", "alt+", "super+", "meta+", "hyper+")


def _textual_name(character: str) -> str:
    return next(iter(BindingsMap([Binding(character, "")]).key_to_bindings))


_NAMED = {"comma", "space", *(key.value for key in Keys), *map(_textual_name, set(printable) - {*whitespace, ","})}


def keymap_of(keys: Mapping[str, str]) -> dict[str, str]:
    """``keys`` as Textual's keymap wants them.

    Raises:
        SettingsError: an id or a key does not exist, or a key would mean two things on one screen.
    """
    if not keys:
        return {}
    everywhere, stages = _bindings()
    ids = sorted({binding.id for group in (everywhere, *stages.values()) for binding in group if binding.id})
    chosen = {name: [_key(name, key.strip()) for key in said.split(",")] for name, said in keys.items()}
    for name in chosen:
        if name not in ids:
            near = get_close_matches(name, ids, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known ids: {', '.join(ids)}."
            raise SettingsError(f"keys: {name!r} is no binding.", hint)
    for bindings in stages.values():
        _check_clashes([*everywhere, *bindings], chosen)
    return {name: ",".join(its) for name, its in chosen.items()}


def _check_clashes(bindings: list[Binding], chosen: Mapping[str, list[str]]) -> None:
    """Raise when a chosen key also does something else."""
    meaning: dict[str, Binding] = {}
    moved = [binding.with_key(key) for binding in bindings for key in chosen.get(binding.id or "", [binding.key])]
    for binding in moved:
        other = meaning.setdefault(binding.key, binding)
        if other.action != binding.action and {other.id, binding.id} & chosen.keys():
            raise SettingsError(
                f"keys: {binding.key} would be both {other.description!r} and {binding.description!r}.",
                "Choose another key, or move the other one as well.",
            )


def _bindings() -> tuple[list[Binding], dict[str, list[Binding]]]:
    """What works everywhere, and what works on each screen besides."""
    import greenfix.tui.app
    import greenfix.tui.later  # noqa: F401  only what is imported has subclasses

    everywhere: list[Binding] = []
    stages: dict[str, list[Binding]] = {}
    for node in _ours(DOMNode):
        group = node.__module__.removeprefix(_PACKAGE).split(".")[1:-1]
        target = stages.setdefault(group[0], []) if group else everywhere
        target += Binding.make_bindings(node.__dict__.get("BINDINGS", []))
    return everywhere, stages


def _ours(node: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for each in node.__subclasses__():
        if each.__module__.startswith(f"{_PACKAGE}.") and not issubclass(each, ModalScreen):
            yield each
        yield from _ours(each)


def _key(name: str, key: str) -> str:
    """Textual's name of a key: ``?`` is ``question_mark``. Raises SettingsError when no keyboard sends it."""
    bare = key
    while bare.startswith(_MODIFIERS):
        bare = bare.partition("+")[2]
    if len(bare) == 1:
        return key.removesuffix(bare) + _textual_name(bare)
    if key in _NAMED or bare in _NAMED:
        return key
    raise SettingsError(f"keys: {name}: {key!r} is no key.", "Keys are called x, X, ?, f5, ctrl+w, pagedown.")
