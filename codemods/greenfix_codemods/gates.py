"""Which rules can find anything in a file, judged by the signs in it and in the files that its imports lead to.

A gate is shut only where its rules cannot find anything: what they look for does not stand in the code, nor in any code
that they follow. Following a 2,000-line file takes a second, a gate nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from greenfix_codemods.facts import Evidence, Facts, Sign
from greenfix_codemods.rules import all_rules

_CARRIED = Sign.WORD | Sign.KERAS | Sign.API | Sign.MODEL | Sign.WORK | Sign.TRAINING | Sign.FUNCTION | Sign.TENSOR


@dataclass(frozen=True, slots=True)
class Gate:
    """What is open for one file.

    Attributes:
        worth: the file, or one that its loops lead to, names a word that a rule could look for.
        shut: the codes of the rules that cannot find anything.
        open: whether any rule can find something.
    """

    worth: bool
    shut: frozenset[str]
    open: bool


def gates(facts: Mapping[str, Facts]) -> dict[str, Gate]:
    """The gate of each file. ``facts`` are by path, relative to the root."""
    found = _evidence(facts)
    judged = {evidence: _gate(evidence) for evidence in set(found.values())}  # thousands of files are alike
    return {path: judged[evidence] for path, evidence in found.items()}


def _gate(evidence: Evidence) -> Gate:
    own, reached = evidence.own, evidence.reached
    worth = Sign.WORD in own or (Sign.WORD in reached and Sign.LOOP in own)
    if Sign.SUPPRESSION in own:
        return Gate(worth, frozenset(), worth)
    shut = frozenset(rule.code for rule in all_rules() if not rule.may_find(evidence))
    return Gate(worth, shut, worth and len(shut) < len(all_rules()))


def _evidence(facts: Mapping[str, Facts]) -> dict[str, Evidence]:
    importers = _importers(facts)
    own = {path: int(known.signs) for path, known in facts.items()}  # an operation on a flag takes a microsecond
    api = _leading(importers, [path for path, signs in own.items() if signs & int(Sign.API)])
    own = {path: signs if path in api else signs & ~int(Sign.MODEL) for path, signs in own.items()}
    reached = dict(own)
    for sign in map(int, _CARRIED):
        for path in _leading(importers, [path for path, signs in own.items() if signs & sign]):
            reached[path] |= sign
    folders = {_folder(path) for path, signs in own.items() if signs & int(Sign.KERAS)}
    flags = {signs: Sign(signs) for signs in {*own.values(), *reached.values()}}
    return {
        path: Evidence(flags[own[path]], flags[reached[path]], bool({_folder(path), _folder(_folder(path))} & folders))
        for path in own
    }


def _importers(facts: Mapping[str, Facts]) -> dict[str, set[str]]:
    """For each file those that import it."""
    tops = {part for path in facts for part in path.removesuffix(".py").split("/")}
    places = _places(facts)
    found: dict[str, set[str]] = {}
    resolved: dict[tuple[str, str], tuple[str, ...]] = {}
    for path, known in facts.items():
        folder = _folder(path)
        for dotted in known.imports:
            if dotted.startswith(".") or dotted.partition(".")[0] in tops:
                if (folder, dotted) not in resolved:
                    resolved[folder, dotted] = tuple(_at(folder, dotted, places))
                for target in resolved[folder, dotted]:
                    found.setdefault(target, set()).add(path)
    return found


def _leading(importers: Mapping[str, Set[str]], files: Sequence[str]) -> Set[str]:
    """``files``, and those whose imports lead to one of them, directly or not."""
    found = set(files)
    waiting = [*files]
    for path in waiting:  # grows while it is read
        new = importers.get(path, set()) - found
        found |= new
        waiting += new
    return found


def _places(paths: Iterable[str]) -> dict[str, list[str]]:
    """The files that the path of a module without its suffix stands for."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(".py"):
            stem = path.removesuffix(".py")
            found.setdefault(stem, []).append(path)
            if stem == "__init__" or stem.endswith("/__init__"):
                found.setdefault(stem.removesuffix("__init__").rstrip("/"), []).append(path)
    return found


def _at(folder: str, dotted: str, places: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The files that ``dotted`` may mean in a file of ``folder``."""
    below = dotted.lstrip(".")
    level = len(dotted) - len(below)
    parts = folder.split("/") if folder else []
    bases = ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]
    for base in bases[level - 1 :][:1] if level else (*bases, "src"):
        yield from places.get(f"{base}/{below.replace('.', '/')}".strip("/"), ())


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
