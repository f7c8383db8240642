"""From a path to findings, and from findings to patches. Three passes, each only on what the one before left over.

Bytes (does the file name a TF/Keras word, or import one that does?) -> ``ast`` (real imports, a loop, what is built,
kept and released in it) -> LibCST, only for a file that is to be rewritten: LibCST parses 17 thousand lines a second,
``ast`` 200 thousand, the byte search 12 million.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.errors import CodemodsError, RuleError, SourceError, StrategyError
from greenfix_codemods.events import FileScanned, Listener, ScanStarted, silence
from greenfix_codemods.files import leading_to_models, python_files, worth_parsing
from greenfix_codemods.finding import (
    Candidates,
    FileEdit,
    FileError,
    Finding,
    Funnel,
    Patch,
    Safety,
    ScanResult,
    Withheld,
)
from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.selection import EVERYTHING, Selection
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import Source, decode, read_source
from greenfix_codemods.strategy import Strategy
from greenfix_codemods.suppressions import apply_suppressions

SMALL_TREE = 4_000_000
"""Bytes. In a tree up to this size (some 100,000 lines, half a second) files that name no TF/Keras word are parsed
too, only to report the broken ones; in a larger tree that would be most of the time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A finding and the name of the strategy that shall mend it."""

    finding: Finding
    strategy: str


def scan(path: Path, tell: Listener = silence, selection: Selection = EVERYTHING) -> ScanResult:
    """Find every smell in the file or tree at ``path`` that ``selection`` asks for.

    Paths in the result are relative to ``path`` (to its folder when it is a file). A file that cannot be read or
    parsed is listed under ``errors`` and the rest goes on.
    """
    found = tuple(python_files(path))
    files = selection.files(path, found)
    project = Project(root_of(path))
    small = path.is_file() or sum(file.lstat().st_size for file in files) <= SMALL_TREE
    tell(ScanStarted(len(files)))
    near = found if path.is_dir() else tuple(project.root.glob("*.py"))
    leading = leading_to_models(project.root, near)
    results = []
    for done, file in enumerate(files, 1):
        results.append(selection.of(_scan_file(project, file, leading, parse_all=small)))
        tell(FileScanned(file.relative_to(project.root).as_posix(), done, results[-1].findings, results[-1].errors))
    return _merged(results, excluded=len(found) - len(files))


def candidates(path: Path, findings: Iterable[Finding]) -> tuple[Candidates, ...]:
    """Every patch that could be tried for each finding, in the order of the rule's strategies, and what is withheld.

    Raises:
        SourceError: a file changed since the scan and no longer parses.
        StrategyError: a finding is no longer there.
    """
    project = Project(root_of(path))
    return tuple(_candidates_of(_site(project, finding)) for finding in findings)


def compose(path: Path, choices: Sequence[Choice]) -> Patch:
    """One patch that applies all ``choices``, file by file; each next choice sees the edits before it.

    A finding that is gone after an earlier choice was mended by it and needs nothing more.

    Raises:
        StrategyError: a choice is not possible (any more, after the ones before it).
    """
    overlay: dict[str, Source] = {}
    names: dict[str, None] = {}
    safety: list[Safety] = []
    # From below: equal places are told apart by their order, and mending the last one keeps the order of the others.
    for choice in sorted(choices, key=lambda each: each.finding.span, reverse=True):
        project = Project(root_of(path))
        for source in overlay.values():
            project.add(source)
        try:
            site = _site(project, choice.finding)
        except StrategyError:
            if not overlay:
                raise
            continue  # an earlier choice mended this one as well
        strategy = _strategy(site, choice.strategy)
        edit = apply(strategy, site)
        overlay[edit.path] = decode(edit.after, edit.path)
        names[choice.strategy] = None
        safety.append(strategy.safety_of(site))
    untouched = Project(root_of(path))
    edits = tuple(
        FileEdit(name, read_source(untouched.root / name, name).saved, source.saved, source.encoding)
        for name, source in sorted(overlay.items())
    )
    worst = max(safety, key=list(Safety).index)
    return Patch("+".join(names), worst, tuple(choice.finding for choice in choices), edits)


def root_of(path: Path) -> Path:
    """The folder that the paths of a scan of ``path`` are relative to."""
    return path.parent if path.is_file() else path


def sites(module: Module) -> tuple[Site, ...]:
    """What all rules find in one module, in order of place; equal fingerprints are told apart by their order.

    Raises:
        RuleError: a rule raised, which is a bug of ours.
    """
    return _told_apart([site for rule in all_rules() for site in _sites(rule, module)])


def _told_apart(found: list[Site]) -> tuple[Site, ...]:
    found.sort(key=lambda site: (site.finding.span, site.finding.rule))
    seen: dict[str, int] = {}
    unique = []
    for site in found:
        print_ = site.finding.fingerprint
        count = seen[print_] = seen.get(print_, 0) + 1
        if count > 1:
            print_ = hashlib.sha256(f"{print_}#{count}".encode()).hexdigest()[:16]
        source, finding = site.module.source, replace(site.finding, fingerprint=print_)
        where, reason = source.cell_line(finding.span.line), source.told(finding.reason)
        unique.append(replace(site, finding=replace(finding, cell_line=where, reason=reason)))
    return tuple(unique)


def _sites(rule: Rule, module: Module) -> tuple[Site, ...]:
    try:
        return tuple(rule.sites(module))
    except CodemodsError:
        raise
    except Exception as error:  # a bug of ours in one rule must not end the scan of a stranger's tree
        raise RuleError(rule.code, module.path, f"{type(error).__name__}: {error}") from error


def _scan_file(project: Project, file: Path, leading: frozenset[str], *, parse_all: bool) -> ScanResult:
    path = file.relative_to(project.root).as_posix()
    if file.is_symlink():
        return _failed(path, "is a symbolic link and is not followed")
    try:
        source = read_source(file, path)
        if not worth_parsing(source.data) and path not in leading:
            if parse_all:
                source.parse()
            return ScanResult((), (), Funnel(1, int(parse_all), 0, 0))
        module = project.added(source)
    except SourceError as error:
        return _failed(path, error.message)
    return _findings(module)


def _findings(module: Module) -> ScanResult:
    """Each rule by itself, so that the bug of one does not hide what the others find."""
    found: list[Site] = []
    errors: list[FileError] = []
    ran: set[str] = set()
    for rule in all_rules():
        try:
            found += _sites(rule, module)
            ran.add(rule.code)
        except RuleError as error:
            errors.append(FileError(module.path, error.message))
    judged = apply_suppressions(module, _told_apart(found), ran, {rule.code for rule in all_rules()})
    funnel = Funnel(1, 1, 1, len(judged.findings))
    return ScanResult(judged.findings, tuple(errors), funnel, judged.suppressed, judged.notes)


def _failed(path: str, message: str) -> ScanResult:
    return ScanResult((), (FileError(path, message),), Funnel(1, 0, 0, 0))


def _merged(results: Sequence[ScanResult], *, excluded: int) -> ScanResult:
    findings = tuple(finding for result in results for finding in result.findings)
    errors = tuple(error for result in results for error in result.errors)
    suppressed = tuple(each for result in results for each in result.suppressed)
    notes = tuple(note for result in results for note in result.notes)
    funnels = [result.funnel for result in results]
    return ScanResult(
        findings,
        errors,
        Funnel(
            sum(funnel.files for funnel in funnels),
            sum(funnel.parsed for funnel in funnels),
            sum(funnel.candidates for funnel in funnels),
            len(findings),
            excluded,
        ),
        suppressed,
        notes,
    )


def _site(project: Project, finding: Finding) -> Site:
    module = project.load(finding.path)
    if module is None:
        raise StrategyError(f"{finding.path} is gone or no longer parses")
    for site in sites(module):
        if site.finding.fingerprint == finding.fingerprint:
            return site
    raise StrategyError(f"{finding.rule} at {finding.path}:{finding.span.line} is no longer there")


def _strategies(site: Site) -> tuple[Strategy, ...]:
    rule = next(rule for rule in all_rules() if rule.code == site.finding.rule)
    return tuple(strategy() for strategy in rule.strategies)


def _strategy(site: Site, name: str) -> Strategy:
    for strategy in _strategies(site):
        if strategy.name == name:
            obstacle = _obstacle(strategy, site)
            if obstacle is not None:
                raise StrategyError(f"{name} is not possible at {site.module.path}: {obstacle}")
            return strategy
    raise StrategyError(f"{site.finding.rule} has no strategy called {name}")


def _obstacle(strategy: Strategy, site: Site) -> str | None:
    return strategy.obstacle(site)


def _candidates_of(site: Site) -> Candidates:
    patches: list[Patch] = []
    withheld: list[Withheld] = []
    for strategy in _strategies(site):
        obstacle = _obstacle(strategy, site)
        if obstacle is not None:
            withheld.append(Withheld(strategy.name, site.module.source.told(obstacle), strategy.assumption(site)))
            continue
        try:
            edit = apply(strategy, site)
        except StrategyError as error:
            reason = site.module.source.told(str(error))
            withheld.append(Withheld(strategy.name, reason, strategy.assumption(site)))
        else:
            safety, assumption = strategy.safety_of(site), strategy.assumption(site)
            patches.append(Patch(strategy.name, safety, (site.finding,), (edit,), assumption))
    return Candidates(site.finding, tuple(patches), tuple(withheld))
