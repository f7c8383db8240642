"""Every strategy as a command of LibCST's own tool, for those who script their codemods with it.

``python -m libcst.tool codemod codemods.ClearSessionCommand train.py`` mends all that ``clear-session`` can mend in the
file; ``.libcst.codemod.yaml`` names this package. The commands come from the rules: a new strategy is a new command.
Nothing is measured on this way, so nothing says whether it saves: that is what ``greenfix fix`` is for.
"""

from __future__ import annotations

from pathlib import Path

import libcst
from libcst.codemod import CodemodCommand

from greenfix_codemods.concrete import Concrete
from greenfix_codemods.detecting import sites
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategy import Strategy


class StrategyCommand(CodemodCommand):
    """Applies the strategy called ``NAME`` wherever a rule offers it, one place after the other."""

    NAME: str

    def transform_module_impl(self, tree: libcst.Module) -> libcst.Module:
        """Mend one place and look again, until there is no further one."""
        seen: set[str] = set()
        while (found := self._next(tree, seen)) is not None:
            strategy, site = found
            seen.add(site.finding.fingerprint)
            tree = strategy.rewrite(Concrete(tree), site)
        return tree

    def _next(self, tree: libcst.Module, seen: set[str]) -> tuple[Strategy, Site] | None:
        file = Path(self.context.filename or "module.py")
        module = Project(file.parent).add(decode(tree.bytes, file.name))
        for site in reversed(sites(module)):  # from below, for the reason that ``scan.compose`` gives
            strategy = next((each() for each in _strategies(site) if each.name == self.NAME), None)
            if strategy and site.finding.fingerprint not in seen and strategy.obstacle(site) is None:
                return strategy, site
        return None


def _strategies(site: Site) -> tuple[type[Strategy], ...]:
    return next(rule.strategies for rule in all_rules() if rule.code == site.finding.rule)


def _commands() -> dict[str, type[StrategyCommand]]:
    commands = {}
    for strategy in {each.name: each for rule in all_rules() for each in rule.strategies}.values():
        name = "".join(word.title() for word in strategy.name.split("-")) + "Command"
        members = {"NAME": strategy.name, "DESCRIPTION": strategy.summary, "__module__": __name__}
        commands[name] = type(name, (StrategyCommand,), members)
    return commands


globals().update(_commands())
