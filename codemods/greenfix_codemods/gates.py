"""Which rules can find anything in a file, judged by the signs in it and in the files that its imports lead to.

A gate is shut only where its rules cannot find anything: what they look for does not stand in the code, nor in any code
that they follow. Following a 2,000-line file takes a second, a gate nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from greenfix_codemods.facts import Facts, Sign

IMR = frozenset({"IMR001", "IMR002", "IMR003", "IMR004"})
UTR = frozenset({"UTR001", "UTR002", "UTR003", "UTR005"})
_GATED = IMR | UTR | {"IMR005", "IMR006", "UTR004"}
_CARRIED = Sign.WORD | Sign.KERAS | Sign.MODEL | Sign.TRAINING | Sign.FUNCTION


@dataclass(frozen=True, slots=True)
class Gate:
    """What is open for one file.

    Attributes:
        worth: the file, or one that its loops lead to, names a word that a rule could look for.
        shut: the codes of the rules that cannot find anything.
    """

    worth: bool
    shut: frozenset[str]

    @property
    def open(self) -> bool:
        """Whether any rule can find something."""
        return self.worth and not self.shut >= _GATED


def gates(facts: Mapping[str, Facts]) -> dict[str, Gate]:
    """The gate of each file. ``facts`` are by path, relative to the root."""
    importers = _importers(facts)
    led = {sign: _leading(facts, importers, sign) for sign in _CARRIED}
    folders = {_folder(path) for path, known in facts.items() if known.signs & Sign.KERAS}
    return {
        path: _gate(
            known.signs,
            known.signs | sum((sign for sign, paths in led.items() if path in paths), Sign(0)),
            near=bool({_folder(path), _folder(_folder(path))} & folders),
        )
        for path, known in facts.items()
    }


def _gate(own: Sign, reached: Sign, *, near: bool) -> Gate:
    """``reached`` are the signs of the file and of what it imports; ``near``: a file beside or above names Keras."""
    worth = Sign.WORD in own or (Sign.WORD in reached and Sign.LOOP in own)
    if Sign.SUPPRESSION in own:
        return Gate(worth, frozenset())
    shut: set[str] = set()
    if not (Sign.MODEL in reached and (Sign.KERAS in reached or near or Sign.FOLDS in own)):
        shut |= IMR
    reaches_keras = Sign.KERAS in reached or Sign.STAR in own
    if not (reaches_keras and Sign.LOOP in own and (Sign.FUNCTION in reached or Sign.STAR in own)):
        shut.add("IMR005")
    if not (reaches_keras and Sign.LOOP in own and Sign.SET_UP in own):
        shut.add("IMR006")
    if not (reaches_keras and Sign.EAGER in own and (Sign.LOOP in own or Sign.TRAINING in reached)):
        shut |= UTR
    if not (reaches_keras and Sign.EAGER in own and Sign.TRAINING in reached):
        shut.add("UTR004")
    return Gate(worth, frozenset(shut))


def _importers(facts: Mapping[str, Facts]) -> dict[str, set[str]]:
    """For each file those that import it."""
    tops = {part for path in facts for part in path.removesuffix(".py").split("/")}
    found: dict[str, set[str]] = {}
    resolved: dict[tuple[str, str], tuple[str, ...]] = {}
    for path, known in facts.items():
        folder = _folder(path)
        for dotted in known.imports:
            if dotted.startswith(".") or dotted.partition(".")[0] in tops:
                if (folder, dotted) not in resolved:
                    resolved[folder, dotted] = tuple(_at(folder, dotted, facts.keys()))
                for target in resolved[folder, dotted]:
                    found.setdefault(target, set()).add(path)
    return found


def _leading(facts: Mapping[str, Facts], importers: Mapping[str, Set[str]], sign: Sign) -> Set[str]:
    """The files whose imports lead, directly or not, to one that has ``sign``."""
    reached = [path for path, known in facts.items() if sign in known.signs]
    found: set[str] = set()
    for path in reached:  # grows while it is read
        new = importers.get(path, set()) - found
        found |= new
        reached += new
    return found


def _at(folder: str, dotted: str, paths: Set[str]) -> Iterator[str]:
    """The files that ``dotted`` may mean in a file of ``folder``."""
    below = dotted.lstrip(".")
    level = len(dotted) - len(below)
    parts = folder.split("/") if folder else []
    bases = ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]
    for base in bases[level - 1 :][:1] if level else (*bases, "src"):
        stem = f"{base}/{below.replace('.', '/')}".strip("/")
        for name in (f"{stem}.py", f"{stem}/__init__.py".lstrip("/")):
            if name in paths:
                yield name


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
