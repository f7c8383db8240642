"""What the rules find in one module."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import replace

from greenfix_codemods.errors import CodemodsError, RuleError
from greenfix_codemods.finding import FileError
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Module


def sites(module: Module, code: str | None = None) -> tuple[Site, ...]:
    """What all rules, or the one of that ``code``, find in one module, in order of place.

    Equal fingerprints are told apart by their order; those of two rules are never equal.

    Raises:
        RuleError: a rule raised, which is a bug of ours.
    """
    rules = (rule for rule in all_rules() if code in (None, rule.code))
    return _told_apart([site for rule in rules for site in _sites(rule, module)])


def sites_and_errors(module: Module, shut: Set[str]) -> tuple[tuple[Site, ...], tuple[FileError, ...], Set[str]]:
    """Each rule by itself, so that the bug of one does not hide what the others find; not the rules in ``shut``.

    Also returns the codes of the rules that raised.
    """
    found: list[Site] = []
    errors: list[FileError] = []
    failures: set[str] = set()
    for rule in all_rules():
        if rule.code in shut:
            continue
        try:
            found += _sites(rule, module)
        except RuleError as error:
            errors.append(FileError(module.path, error.message))
            failures.add(rule.code)
    return _told_apart(found), tuple(errors), failures


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
