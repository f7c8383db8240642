"""What the bytes of a file say before it is parsed: is it worth it, and which files does it import?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.shelf import Shelf
from greenfix_codemods.semantics.source import Source, decode

_WORDS = (
    *(b"keras", b"tensorflow", b"deepxde", b".fit(", b".compile(", b"load_model", b"GradientTape"),
    *(b"train_on_batch", b"suggest_"),
)
"""A file with none of these neither builds, trains nor keeps anything. ``.fit(`` is here because a training script may
take its models from the project's other modules and never name Keras itself."""

_LOOP = re.compile(rb"\b(?:for|while)\b")
_IMPORT = re.compile(rb"\n[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import\b([^\n#]*)|import[ \t]+([^\n#]*))")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file from its bytes alone.

    Attributes:
        words: it names something that a rule could look for.
        imports: what a file that repeats something (and names nothing itself) may import, as written; such a file may
            still build models, with another file's functions.
        repeats: it has a loop or a comprehension.
    """

    words: bool
    repeats: bool = False
    imports: tuple[str, ...] = ()


def facts_of(source: Source) -> Facts:
    """Look at the bytes of ``source`` (about 100 MB a second)."""
    data = source.data
    if any(word in data for word in _WORDS):
        return Facts(words=True)
    if source.notebook:
        return Facts(words=False)  # nothing imports a notebook, and a notebook that trains names Keras
    return Facts(words=False, repeats=_LOOP.search(data) is not None, imports=tuple(sorted(set(_imported(data)))))


def read_facts(shelf: Shelf, files: Iterable[str]) -> dict[str, Facts]:
    """The facts of each of the files; none of a file that is a link or no text, which its own scan reports."""
    found = {}
    for file in files:
        with suppress(SourceError):
            if not (shelf.root / file).is_symlink():
                found[file] = facts_of(decode(shelf.read(file), file))
    return found


def _imported(data: bytes) -> Iterator[str]:
    """The modules that the import statements may mean."""
    for match in _IMPORT.finditer(b"\n" + data):
        module, names, modules = (part.decode(errors="replace") if part else "" for part in match.groups())
        yield from (item.split()[0] for item in modules.split(",") if item.strip())
        if module:
            yield module
            yield from (f"{module}{'' if module.endswith('.') else '.'}{name}" for name in re.findall(r"\w+", names))


def leading_to_models(facts: Mapping[str, Facts]) -> frozenset[str]:
    """The Python files that name nothing worth parsing but reach one that does through their imports.

    ``for units in grid: run_experiment(units)`` may stand in a script that never mentions Keras. A script that repeats
    nothing is left out. ``facts`` are by path, relative to the root.
    """
    tops = {part for path in facts for part in path.removesuffix(".py").split("/")}
    importers: dict[str, set[str]] = {}
    reached = [path for path, known in facts.items() if known.words]
    for path, known in facts.items():
        folder = path.rpartition("/")[0]
        for dotted in known.imports:
            if dotted.startswith(".") or dotted.partition(".")[0] in tops:
                for target in _at(folder, dotted, facts.keys()):
                    importers.setdefault(target, set()).add(path)
    found: set[str] = set()
    for path in reached:  # grows while it is read
        new = importers.get(path, set()) - found
        found |= new
        reached += new
    return frozenset(path for path in found if facts[path].repeats)


def _at(folder: str, dotted: str, paths: Set[str]) -> Iterator[str]:
    below = dotted.lstrip(".")
    level = len(dotted) - len(below)
    below = below.replace(".", "/")
    parts = folder.split("/") if folder else []
    bases = ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]
    for base in bases[level - 1 :][:1] if level else (*bases, "src"):
        stem = f"{base}/{below}".strip("/")
        for name in (f"{stem}.py", f"{stem}/__init__.py"):
            if name in paths:
                yield name
