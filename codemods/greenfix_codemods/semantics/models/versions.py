"""Which Keras the target uses, as far as what is installed, its lock files, its requirements or its code say.

What is nearest to the file counts: its folder, then the folders above it up to the repository. There, what is
installed in a virtual environment counts before a lock file, and that before a requirement. A requirement without an
upper bound means the newest release, which is what installing it today gives.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenfix_codemods.semantics.models.builders import flavour_at
from greenfix_codemods.semantics.models.process_state import graph_mode, said_around
from greenfix_codemods.semantics.module import Module

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site

Version = tuple[int, int]
KERAS_3 = (3, 0)
FREE_MEMORY = (3, 3)
"""``clear_session`` takes ``free_memory`` since Keras 3.3."""
NEWEST = (99, 0)
_TENSORFLOW_WITH_KERAS_3 = (2, 16)
_PACKAGES = r"tensorflow(?:-gpu|-cpu|-macos)?|keras"
_NAMED = re.compile(
    rf"(?im)^\s*(?:-\s*)?[\"']?({_PACKAGES})(?![\w.-])(?:\[[^\]]*\])?"  # the name and its extras
    r"[\"']?\s*(?:=\s*(?=[\"']))?[\"']?([^#;\n\"']*)"  # its bounds, in TOML behind an equals sign
)
_PINNED = re.compile(rf"(?im)[\"'\s]({_PACKAGES})\s*((?:==|~=|<=|<)\s*\d[^#;\n\"']*)")
_BOUND = re.compile(r"(===?|~=|<=|<|=)\s*v?(\d+)(?:\.(\d+))?")
_INSTALLED = re.compile(rf"(?i)({_PACKAGES})-(\d+)\.(\d+)[^-]*\.dist-info")
_OLD_HOMES = ("tensorflow.python.keras", "tensorflow.compat.v1.keras", "tf_keras")


@dataclass(frozen=True, slots=True)
class Keras:
    """A version and where it is said, in words. ``version`` is None when nothing says it."""

    version: Version | None
    because: str

    @property
    def major(self) -> int | None:
        """2 or 3; None when nothing says it."""
        return None if self.version is None else min(max(self.version[0], 2), 3)


@dataclass(frozen=True, slots=True)
class _Ask:
    """A package that the project has or asks for; ``exact`` when ``version`` is not to be exceeded."""

    package: str
    version: Version
    words: str

    @property
    def keras(self) -> Keras:
        if self.package == "keras":
            return Keras(self.version, self.words)
        old = self.version < _TENSORFLOW_WITH_KERAS_3 or self.package == "tensorflow-gpu"
        return Keras((2, self.version[1]) if old else NEWEST, self.words)


def keras_at(site: Site) -> Keras:
    """The Keras that builds the site's model."""
    flavour = flavour_at(site)
    if flavour in _OLD_HOMES:
        return Keras((2, 0), f"{flavour} is imported")
    if b"TF_USE_LEGACY_KERAS" in site.module.source.data:
        return Keras((2, 0), "TF_USE_LEGACY_KERAS is set")
    if (path := said_around(site.module, "legacy")) is not None:
        return Keras((2, 0), f"{path} sets TF_USE_LEGACY_KERAS")
    asks = site.module.once(_asks)
    first = "keras" if flavour == "keras" else "tensorflow"
    asks = tuple(sorted(asks, key=lambda ask: (not ask.package.startswith(first), ask.version)))
    return asks[0].keras if asks else Keras(None, "no requirement, lock file or environment says which Keras it is")


def no_free_memory(site: Site) -> str | None:
    """Why the site's Keras has no ``free_memory``; None when it may have: then trying it tells."""
    keras = keras_at(site)
    if keras.version is None or keras.version >= FREE_MEMORY:
        return None
    return f"{keras.because}, and free_memory came with Keras 3.3 (TensorFlow 2.16)"


def assumption(site: Site) -> str:
    """Which Keras and which mode the strategies take the program to run with, and why, in one sentence."""
    keras = keras_at(site)
    which = f"Keras {keras.major} assumed" if keras.major else "Keras version not known"
    mode = "graph mode" if graph_mode(site.module) else "eager mode"
    said = said_around(site.module, "graph")
    why = f" ({said} turns it on)" if said else "" if graph_mode(site.module) else " (nothing turns it off)"
    return f"{which} ({keras.because}); {mode}{why}"


def _asks(module: Module) -> tuple[_Ask, ...]:
    for folder in _folders(module):
        for read in (_installed, _locked, _required):
            if found := tuple(read(folder)):
                return found
    return ()


def _folders(module: Module) -> Iterator[Path]:
    """The file's folder and those above it: up to the repository, or to the scanned root outside of one."""
    root = module.project.root.resolve()
    above = (root, *root.parents)
    repository = next((folder for folder in above if (folder / ".git").exists()), root)
    folder = (root / module.path).parent
    while folder != repository:
        yield folder
        folder = folder.parent
    yield repository


def _installed(folder: Path) -> Iterator[_Ask]:
    """What the virtual environments directly in ``folder`` hold."""
    for mark in sorted(folder.glob("*/pyvenv.cfg")):
        for package in (*mark.parent.glob("lib/python*/site-packages/*"), *mark.parent.glob("Lib/site-packages/*")):
            if found := _INSTALLED.fullmatch(package.name):
                name, version = found[1].lower(), (int(found[2]), int(found[3]))
                yield _Ask(name, version, f"{name} {found[2]}.{found[3]} is installed in {mark.parent.name}")


def _locked(folder: Path) -> Iterator[_Ask]:
    for name in ("uv.lock", "poetry.lock", "pdm.lock"):
        for package in _list(_toml(folder / name).get("package")):
            yield from _ask(str(package.get("name")), f"=={package.get('version')}", name)
    locked = _json(folder / "Pipfile.lock").get("default")
    for package, entry in (locked if isinstance(locked, dict) else {}).items():
        yield from _ask(package, str(entry.get("version")), "Pipfile.lock")


def _required(folder: Path) -> Iterator[_Ask]:
    names = [*sorted(folder.glob("requirements*.txt")), folder / "requirements.in", folder / "Pipfile"]
    for file in (*names, folder / "environment.yml", folder / "environment.yaml"):
        for package, bounds in _NAMED.findall(_read(file)):
            yield from _ask(package, bounds, file.name)
    for line in _dependencies(_toml(folder / "pyproject.toml")):
        for package, bounds in _NAMED.findall(line):
            yield from _ask(package, bounds, "pyproject.toml")
    for name in ("setup.py", "setup.cfg"):  # prose and keywords stand there too: only what has a bound counts
        for package, bounds in _PINNED.findall(_read(folder / name)):
            yield from _ask(package, bounds, name)


def _ask(package: str, bounds: str, file: str) -> Iterator[_Ask]:
    """An exact version or upper bound; without one the newest, of which the last ``tensorflow-gpu`` was Keras 2."""
    package = package.lower()
    if not re.fullmatch(_PACKAGES, package):
        return
    uppers = [
        (operator, int(major), int(minor or 0)) for operator, major, minor in _BOUND.findall(_without_lower(bounds))
    ]
    if not uppers:
        yield _Ask(package, NEWEST, f"{file} asks for {package} without an upper bound")
        return
    operator, major, minor = min(uppers, key=lambda upper: upper[1:])
    below = (major, minor - 1) if minor else (major - 1, 99)
    yield _Ask(
        package,
        below if operator == "<" else (major, minor),
        f"{file} asks for {package} {'below ' if operator == '<' else ''}{major}.{minor}",
    )


def _without_lower(bounds: str) -> str:
    return re.sub(r"(>=|>|!=)\s*[\w.*]+", "", bounds)


def _dependencies(project: dict[str, Any]) -> list[str]:
    """Every dependency that a ``pyproject.toml`` names, one a line, in the style of a requirements file."""
    table = _table(project, "project")
    groups = (*_table(table, "optional-dependencies").values(), *_table(project, "dependency-groups").values())
    lines = [line for group in (table.get("dependencies"), *groups) for line in _strings(group)]
    poetry = _table(_table(project, "tool"), "poetry")
    tables = [poetry, *(group for group in _table(poetry, "group").values() if isinstance(group, dict))]
    for each in tables:
        for name, bound in _table(each, "dependencies").items():
            version = str(bound.get("version", "")) if isinstance(bound, dict) else str(bound)
            lines.append(f"{name} {'==' if version[:1].isdigit() else ''}{version}")
    return lines


def _table(table: dict[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(file))
    except tomllib.TOMLDecodeError:
        return {}  # a broken file says nothing; the tool that owns it reports it


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(_read(file) or "{}")
    except json.JSONDecodeError:
        return {}  # same
    return found if isinstance(found, dict) else {}
