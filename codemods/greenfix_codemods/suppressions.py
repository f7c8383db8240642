"""``# greenfix: ignore[IMR001] reason``: findings that a person has looked at and wants to keep.

The comment counts on any line of the finding's statement (of a compound statement on any line of its header), on the
line of what leaks, and on the header of the loop that repeats it. A suppression that hides nothing is said: code
changes, and a forgotten one would hide the next leak. Comments are read with ``tokenize``, so that a string that only
talks about suppressions is none.
"""

from __future__ import annotations

import ast
import difflib
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from greenfix_codemods.finding import Finding, Suppressed, SuppressionNote
from greenfix_codemods.rule import Site
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.source import Source

_MARK = re.compile(rb"(?i)#\s*greenfix")
_ATTEMPT = re.compile(r"#\s*greenfix\s*:\s*(?=(?:ignore|noqa|disable|skip|suppress)\b)(?P<rest>.*)", re.IGNORECASE)
_WELL_FORMED = re.compile(r"ignore\s*\[(?P<rules>[^\]]*)\]\s*(?P<reason>.*)")
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the line it stands on (from 1), the rules it names and the reason given (may be empty)."""

    line: int
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What is left of a module's findings, what is suppressed, and which comments do not do what they say."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    notes: tuple[SuppressionNote, ...]


def apply_suppressions(module: Module, sites: Sequence[Site], ran: Set[str], known: Set[str]) -> Judged:
    """Take out what a comment suppresses.

    Args:
        module: the file.
        sites: everything found in it.
        ran: codes of the rules that looked at it; a suppression of another one may have its use.
        known: codes of all rules there are.
    """
    if _MARK.search(module.source.data) is None:
        return Judged(tuple(site.finding for site in sites), (), ())
    suppressions, notes = _read(module.source, known)
    used: set[tuple[Suppression, str]] = set()
    findings: list[Finding] = []
    hidden: list[Suppressed] = []
    for site in sites:
        lines, rule = _lines_of(site), site.finding.rule
        hiding = [each for each in suppressions if rule in each.rules and each.line in lines]
        used |= {(each, rule) for each in hiding}
        if hiding:
            hidden.append(Suppressed(site.finding, hiding[0].reason))
        else:
            findings.append(site.finding)
    unused = [
        _note(module.source, each.line, rule, _what_to_do(each, rule))
        for each in suppressions
        for rule in each.rules
        if rule in ran and (each, rule) not in used
    ]
    return Judged(tuple(findings), tuple(hidden), tuple(sorted([*notes, *unused], key=lambda note: note.line)))


def _read(source: Source, known: Set[str]) -> tuple[list[Suppression], list[SuppressionNote]]:
    suppressions: list[Suppression] = []
    notes: list[SuppressionNote] = []
    try:
        for line, attempt in _attempts(source):
            match = _WELL_FORMED.match(attempt)
            if match is None or not match["rules"].strip():
                notes.append(_note(source, line, "", _MALFORMED))
                continue
            rules = tuple(dict.fromkeys(part.strip() for part in match["rules"].split(",") if part.strip()))
            notes += [_note(source, line, "", _unknown(rule, known)) for rule in rules if rule not in known]
            suppressions.append(Suppression(line, rules, match["reason"].strip()))
    except (tokenize.TokenError, SyntaxError) as error:  # Python itself parsed the file: its tokenizer should, too
        notes.append(_note(source, 1, "", f"the comments of this file cannot be read, so none suppresses: {error}"))
    return suppressions, notes


_MALFORMED = "this suppresses nothing: name the rules, as in `# greenfix: ignore[IMR001] reason`"


def _attempts(source: Source) -> Iterator[tuple[int, str]]:
    """The line of each comment that means to suppress, and its text from ``ignore`` on."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and (match := _ATTEMPT.search(token.string)):
            yield token.start[0], match["rest"]


def _unknown(rule: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(rule.upper(), sorted(known), 1)
    hint = f"did you mean {near[0]}?" if near else f"the rules are {', '.join(sorted(known))}"
    return f"there is no rule `{rule}`: {hint}"


def _what_to_do(suppression: Suppression, rule: str) -> str:
    remove = "remove the comment" if len(suppression.rules) == 1 else f"take {rule} out of the brackets"
    return f"nothing to suppress: {rule} finds nothing here; {remove}"


def _note(source: Source, line: int, rule: str, message: str) -> SuppressionNote:
    return SuppressionNote(source.path, line, rule, message, source.cell_line(line))


def _lines_of(site: Site) -> Set[int]:
    """The lines on which a comment suppresses this finding."""
    module = site.module
    lines = _own_lines(site.place, module)
    if site.target in module.parents:  # what leaks may stand in another file
        lines |= _own_lines(site.target, module)
    loop = site.place if isinstance(site.place, _LOOPS) else _loop_around(site.place, module)
    return lines if loop is None else lines | _header(loop)


def _own_lines(node: ast.AST, module: Module) -> set[int]:
    """The lines of the statement of ``node``; of a compound one its header, and the node itself where it is smaller."""
    chain = (node, *module.ancestors(node))
    statement = next(each for each in chain if isinstance(each, ast.stmt))
    own = {*range(node.lineno, node.end_lineno + 1)} if isinstance(node, ast.expr) and node.end_lineno else set()
    return own | _header(statement)


def _header(statement: ast.stmt) -> set[int]:
    """All lines of a simple statement; of a compound one those before its body."""
    last = statement.end_lineno or statement.lineno
    body: list[ast.stmt] = getattr(statement, "body", [])
    if body:
        first = min([body[0].lineno, *(each.lineno for each in getattr(body[0], "decorator_list", []))])
        last = max(statement.lineno, first - 1)
    return {*range(statement.lineno, last + 1)}


def _loop_around(node: ast.AST, module: Module) -> ast.stmt | None:
    """The innermost loop whose body ``node`` runs in, within its function."""
    for around in module.ancestors(node):
        if isinstance(around, _LOOPS):
            return around
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return None
    return None
