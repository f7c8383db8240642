"""Every rule is one module of this package; nothing has to be registered anywhere."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from greenfix_codemods.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """One instance of each rule, in order of their codes."""
    found: dict[str, Rule] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Rule) and not inspect.isabstract(member):
                found[member.code] = member()
    return tuple(found[code] for code in sorted(found))


def rule(code: str) -> Rule | None:
    """The rule called ``code`` in any case, or None."""
    return next((found for found in all_rules() if found.code == code.upper()), None)
