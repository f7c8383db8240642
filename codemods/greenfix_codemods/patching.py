"""From findings to patches: what could be tried for each, and one patch of all that was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from greenfix_codemods.detecting import sites
from greenfix_codemods.errors import StrategyError
from greenfix_codemods.events import Listener, PatchesWritten, silence
from greenfix_codemods.files import root_of
from greenfix_codemods.finding import Candidates, Choice, FileEdit, Finding, Mode, Patch, Safety, Withheld
from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.models.process_state import graph_mode
from greenfix_codemods.semantics.models.versions import keras_at
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.shelf import Shelf
from greenfix_codemods.semantics.source import Source, decode, read_source
from greenfix_codemods.strategy import Strategy


def candidates(path: Path, findings: Iterable[Finding], tell: Listener = silence) -> tuple[Candidates, ...]:
    """Every patch that could be tried for each finding, in the order of the rule's strategies, and what is withheld.

    ``tell`` hears of every file with findings, in order.

    Raises:
        SourceError: a file changed since the scan and no longer parses.
        StrategyError: a finding is no longer there.
    """
    shelf = Shelf(root_of(path))
    found: list[Candidates] = []
    for name, group in groupby(findings, key=lambda finding: finding.path):
        project = Project(shelf.root, shelf)  # of one file, as in the scan: what is found depends on nothing else
        found += [_candidates_of(_site(project, finding)) for finding in group]
        project.forget()
        tell(PatchesWritten(name))
    return tuple(found)


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


def _site(project: Project, finding: Finding) -> Site:
    module = project.load(finding.path)
    if module is None:
        raise StrategyError(f"{finding.path} is gone or no longer parses")
    for site in sites(module, finding.rule):
        if site.finding.fingerprint == finding.fingerprint:
            return site
    raise StrategyError(f"{finding.rule} at {finding.path}:{finding.span.line} is no longer there")


def _strategies(site: Site) -> tuple[Strategy, ...]:
    rule = next(rule for rule in all_rules() if rule.code == site.finding.rule)
    return tuple(strategy() for strategy in rule.strategies)


def _strategy(site: Site, name: str) -> Strategy:
    for strategy in _strategies(site):
        if strategy.name == name:
            obstacle = strategy.obstacle(site)
            if obstacle is not None:
                raise StrategyError(f"{name} is not possible at {site.module.path}: {obstacle}")
            return strategy
    raise StrategyError(f"{site.finding.rule} has no strategy called {name}")


def _candidates_of(site: Site) -> Candidates:
    tried = [_tried(strategy, site) for strategy in _strategies(site)]
    patches = tuple(each for each in tried if isinstance(each, Patch))
    withheld = tuple(each for each in tried if isinstance(each, Withheld))
    mode = Mode.GRAPH if graph_mode(site.module) else Mode.EAGER
    return Candidates(site.finding, patches, withheld, keras_at(site).major, mode)


def _tried(strategy: Strategy, site: Site) -> Patch | Withheld:
    assumption = strategy.assumption(site)
    try:
        obstacle = strategy.obstacle(site)
        if obstacle is None:
            edit, safety = apply(strategy, site), strategy.safety_of(site)
            return Patch(strategy.name, safety, (site.finding,), (edit,), assumption)
    except StrategyError as error:
        obstacle = str(error)
    except Exception as error:  # a bug of ours in one strategy must not hide what the others can do
        obstacle = f"{strategy.name} failed: {type(error).__name__}: {error}"
    return Withheld(strategy.name, site.module.source.told(obstacle), assumption)
