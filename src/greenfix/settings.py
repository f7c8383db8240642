"""``[tool.greenfix]`` of ``pyproject.toml``, or ``greenfix.toml``: found, checked, frozen.

The nearest one upwards from what is scanned counts, up to the repository's root; outside a repository only the
scanned folder itself is asked, so that a stranger's file further up never decides. A key is called as the option is.
An unknown key, a wrong type and an impossible value are errors: a setting that silently does nothing would be the
worst of them.
"""

from __future__ import annotations

import difflib
import posixpath
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenfix_codemods.finding import Confidence
from greenfix_codemods.selection import Selection

from greenfix.errors import UsageError

if TYPE_CHECKING:
    from pydantic import ValidationError

OWN_FILE = "greenfix.toml"
SHARED_FILE = "pyproject.toml"
APPEARANCE = ("theme", "keys")
"""What belongs to the person: also read from a file of their own, see :func:`load_appearance`."""

_TABLE = "tool.greenfix"


class SettingsError(UsageError):
    """A settings file cannot be read, or holds a key or a value that means nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one file. ``file`` is None when there is none; ``values`` holds only the keys that are set."""

    file: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def baseline(self) -> Path | None:
        """The baseline file, which the settings name relative to their own folder."""
        name = self.values.get("baseline")
        return None if self.file is None or name is None else self.file.parent / name

    @property
    def confidence(self) -> Confidence | None:
        """The least confidence that is reported, if the settings say one."""
        return Confidence(self.values["confidence"]) if "confidence" in self.values else None

    @property
    def measuring(self) -> dict[str, Any]:
        """Defaults of ``greenfix fix``, by the name of the parameter."""
        others = {"select", "ignore", "per-file-ignores", "exclude", "confidence", "baseline", *APPEARANCE}
        named = {key: value for key, value in self.values.items() if key not in others}
        return {"command" if key == "entrypoint" else key.replace("-", "_"): value for key, value in named.items()}

    def selection(
        self,
        scanned: Path,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        exclude: Sequence[str] = (),
        confidence: Confidence | None = None,
    ) -> Selection:
        """What to report of a scan whose paths start at the folder ``scanned``; what is given here replaces a setting.

        Raises:
            SettingsError: a code or a glob given here means nothing.
        """
        given = {"select": select, "ignore": ignore, "exclude": exclude}
        chosen = {**self.values, **_checked({key: [*value] for key, value in given.items() if value}, _option)}
        scanned = scanned.resolve()
        folder = self.file.parent if self.file is not None else scanned
        upper = folder if scanned.is_relative_to(folder) else scanned
        return Selection(
            tuple(chosen.get("select", ())),
            tuple(chosen.get("ignore", ())),
            tuple((glob, tuple(codes)) for glob, codes in chosen.get("per-file-ignores", {}).items()),
            tuple(chosen.get("exclude", ())),
            confidence or self.confidence or Confidence.LOW,
            folder=_below(folder, upper),
            scanned=_below(scanned, upper),
        )


def load_settings(path: Path) -> Settings:
    """The settings that hold for what lies at ``path``.

    Raises:
        SettingsError: the nearest file cannot be read, or a key or value in it means nothing.
    """
    for folder in _folders(path.resolve()):
        own, shared = _table(folder / OWN_FILE, own=True), _table(folder / SHARED_FILE, own=False)
        if own is not None and shared is not None:
            raise SettingsError(
                f"{folder} has settings in {OWN_FILE} and in [{_TABLE}] of {SHARED_FILE}.", "Keep one of them."
            )
        file, table = (folder / OWN_FILE, own) if own is not None else (folder / SHARED_FILE, shared)
        if table is not None:
            return Settings(file, _checked(table, partial(_key, file)))
    return Settings()


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the screens look and which keys they hear. ``keys`` maps the id of a binding to keys with commas between."""

    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


def load_appearance(settings: Settings) -> Appearance:
    """What ``settings`` say of the screens; the person's own ``greenfix.toml`` in their configuration folder wins.

    Raises:
        SettingsError: the person's file cannot be read, or holds what belongs to a project.
    """
    from platformdirs import user_config_path

    file = user_config_path("greenfix") / OWN_FILE
    own = _checked(_table(file, own=True) or {}, partial(_key, file))
    if strange := next((key for key in own if key not in APPEARANCE), ""):
        raise SettingsError(
            f"{file}: {strange} belongs to a project.", f"Only {' and '.join(APPEARANCE)} can be set for all projects."
        )
    theme = own.get("theme") or settings.values.get("theme") or ""
    return Appearance(theme, {**settings.values.get("keys", {}), **own.get("keys", {})})


def add_table(folder: Path, table: str) -> Path:
    """Append ``table`` to the ``pyproject.toml`` of ``folder``, which is made when it is missing.

    Raises:
        SettingsError: the folder has settings already, or the file cannot be read or written.
    """
    file = folder / SHARED_FILE
    for name, own in ((OWN_FILE, True), (SHARED_FILE, False)):
        if _table(folder / name, own=own) is not None:
            raise SettingsError(f"{folder / name} has settings already.", "Edit them; nothing was changed.")
    before = file.read_bytes() if file.exists() else b""
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    try:
        with file.open("ab") as stream:
            stream.write(gap + table.encode())
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}.") from error
    return file


def _folders(path: Path) -> Iterator[Path]:
    """The folders whose settings may hold for ``path``, nearest first."""
    start = path if path.is_dir() else path.parent
    around = (start, *start.parents)
    root = next((number for number, folder in enumerate(around) if (folder / ".git").exists()), 0)
    yield from around[: root + 1]


def _table(file: Path, *, own: bool) -> dict[str, Any] | None:
    """The settings in ``file``, None when there are none."""
    if not file.is_file():
        return None
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from error
    if own:
        return document
    tools = document.get("tool", {})
    table = tools.get("greenfix") if isinstance(tools, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise SettingsError(f"{file}: {_TABLE} is no table.", f"Write `[{_TABLE}]` on a line of its own.")


def _key(file: Path, key: str) -> str:
    """How a person finds a key: ``pyproject.toml: tool.greenfix.select``."""
    return f"{file}: {key}" if file.name == OWN_FILE else f"{file}: {_TABLE}.{key}"


def _option(key: str) -> str:
    return f"--{key}"


def _checked(table: Mapping[str, Any], named: Callable[[str], str]) -> dict[str, Any]:
    """The values of ``table``, checked; only the keys that are in it."""
    if not table:
        return {}
    from pydantic import ValidationError  # 60 ms that only a settings file costs

    from greenfix.settings_model import SettingsModel

    try:
        model = SettingsModel.model_validate(table)
    except ValidationError as error:
        raise _explained(error, [*SettingsModel.names()], named) from error
    return model.model_dump(by_alias=True, exclude_unset=True)


def _explained(error: ValidationError, keys: Sequence[str], named: Callable[[str], str]) -> SettingsError:
    """The first thing that is wrong, in a sentence."""
    first = error.errors()[0]
    key, *rest = map(str, first["loc"])
    place = named(key) + "".join(f"[{part}]" for part in rest if part != "[key]")
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, keys, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(keys)}."
        return SettingsError(f"{place} is no setting.", hint)
    if first["type"] == "value_error":
        return SettingsError(f"{place}: {first['input']!r} {first['ctx']['error']}.")
    return SettingsError(f"{place} {first['msg'].replace('Input should be', 'must be')}, not {first['input']!r}.")


def _below(folder: Path, upper: Path) -> str:
    name = folder.relative_to(upper).as_posix()
    return "" if name == "." else posixpath.normpath(name)
