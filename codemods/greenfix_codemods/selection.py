"""What a scan is asked to report: which rules, how sure, in which files. It knows nothing of where that was written.

Globs are read as a line of ``.gitignore`` is: without a slash (but at its end) they match at any depth, with one they
start at the folder of the settings; ``*`` and ``?`` stop at a slash, ``**`` does not; a folder means all that is below.
``!`` is refused: what shall be scanned after all is simply not excluded.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from greenfix_codemods.finding import Confidence, Finding, ScanResult


@dataclass(frozen=True, slots=True)
class Selection:
    """Rules and files to report.

    Attributes:
        select: codes or their beginnings (``UTR``) of the rules that run; empty: all.
        ignore: codes or beginnings of rules that do not; ``ignore`` wins over ``select``.
        per_file_ignores: pairs of a glob and the codes or beginnings ignored in the files it matches.
        exclude: globs of files and folders that are not looked at.
        confidence: the least confidence that is reported; what is found with less is set apart.
        folder: the folder that globs start at, as :attr:`scanned` is given.
        scanned: the folder that a scan's paths start at. Both are relative to the upper one of the two.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    confidence: Confidence = Confidence.LOW
    folder: str = field(default="", kw_only=True)
    scanned: str = field(default="", kw_only=True)

    def reports(self, rule: str, path: str) -> bool:
        """Whether findings of ``rule`` in the file ``path`` of the scan are reported."""
        ignored = rule.startswith(self.ignore) or any(
            rule.startswith(codes) and self._matches((glob,), path) for glob, codes in self.per_file_ignores
        )
        return not ignored and (not self.select or rule.startswith(self.select))

    def files(self, files: Sequence[str]) -> Sequence[str]:
        """Those of ``files``, found in a folder, that are not excluded.

        What is named itself is scanned: a folder that a glob excludes as a whole, or a file, which is not asked for.
        """
        return [file for file in files if self.looks_at(file)] if self.exclude else files

    def looks_at(self, path: str) -> bool:
        """Whether a scan of a folder looks at the file ``path`` in it."""
        return not self._matches((glob for glob in self.exclude if not self._names_the_scan(glob)), path)

    def _names_the_scan(self, glob: str) -> bool:
        return bool(self.scanned) and self._matches((glob,), "?")  # no file is called so: only a folder's glob matches

    def of(self, result: ScanResult) -> ScanResult:
        """``result`` without what is not selected. Malformed suppressions stay, whatever rules run."""
        if not (result.findings or result.suppressed or result.notes):
            return result  # nearly every file
        kept = [each for each in result.findings if self._keeps(each)]
        findings = tuple(each for each in kept if each.confidence.reaches(self.confidence))
        return replace(
            result,
            findings=findings,
            suppressed=tuple(each for each in result.suppressed if self._keeps(each.finding)),
            notes=tuple(note for note in result.notes if not note.rule or self.reports(note.rule, note.path)),
            funnel=replace(result.funnel, findings=len(findings)),
            unsure=tuple(each for each in kept if not each.confidence.reaches(self.confidence)),
        )

    def _keeps(self, finding: Finding) -> bool:
        return self.reports(finding.rule, finding.path)

    def _matches(self, globs: Iterable[str], path: str) -> bool:
        place = posixpath.normpath(posixpath.join(self.scanned, path))
        if self.folder and not place.startswith(f"{self.folder}/"):
            return False  # the settings of a folder say nothing about what lies beside it
        place = place[len(self.folder) + 1 :] if self.folder else place
        return any(glob_pattern(glob).fullmatch(place) for glob in globs)


EVERYTHING = Selection()


@cache
def glob_pattern(glob: str) -> re.Pattern[str]:
    """The pattern that the paths matched by ``glob`` match in full.

    Raises:
        ValueError: it is no glob that can match anything here; the message says why.
    """
    body = glob.strip("/")
    if reason := _wrong(glob, body):
        raise ValueError(reason)
    anchored = "/" in glob.rstrip("/")
    start = "" if anchored else "(?:.*/)?"
    end = "/.+" if glob.endswith("/") else "(?:/.+)?"
    try:
        return re.compile(f"{start}{_path(body.split('/'))}{end}", re.DOTALL)
    except re.error as error:
        raise ValueError(f"is no glob: {error.msg}") from error


def _wrong(glob: str, body: str) -> str:
    if not body:
        return "is empty"
    if glob.startswith("!"):
        return "starts with `!`, which only .gitignore knows: leave out the glob that excludes too much"
    if "\\" in glob:
        return "holds a backslash: write `/` between folders"
    if ".." in body.split("/") or body.startswith("./") or body == ".":
        return "must start at the folder of the settings, without `.` and `..`"
    return ""


def _path(parts: Sequence[str]) -> str:
    """``**`` stands for any number of folders, at the end for everything below."""
    pattern = ""
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        if part == "**":
            pattern += ".+" if last else "(?:.*/)?"
        else:
            pattern += _segment(part) + ("" if last else "/")
    return pattern


def _segment(part: str) -> str:
    atoms = re.findall(r"\[[!^]?\]?[^\]]*\]|\*+|.", part, re.DOTALL)
    return "".join(map(_atom, atoms))


def _atom(atom: str) -> str:
    if atom.startswith("*"):
        return "[^/]*"
    if atom == "?":
        return "[^/]"
    if atom.startswith("[") and len(atom) > 1:
        negated = atom[1] in "!^"
        inside = re.sub(r"([\[\]&~|^])", r"\\\1", atom[2 if negated else 1 : -1])
        return f"(?!/)[{'^' if negated else ''}{inside}]"
    return re.escape(atom)
