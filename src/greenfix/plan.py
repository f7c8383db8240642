"""From accepted findings to the patches worth measuring, in the order to try them.

The textbook fix is often a loss, so one guess is not enough: the first patch takes each finding's chosen strategy,
the second each finding's next one, and so on. Every further try is another chance of a false ``saves``; so the error
rate is divided beforehand, half of what is left for each (Bonferroni, unequal shares): the best guess stays cheap and
the shares never add up to more than alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from greenfix_codemods.errors import StrategyError
from greenfix_codemods.finding import Candidates, Patch, Safety
from greenfix_codemods.scan import Choice, compose
from greenfix_verify.policy import Policy

from greenfix.errors import PatchError


def patches_to_try(tree: Path, choices: Sequence[Choice], offered: Sequence[Candidates]) -> tuple[Patch, ...]:
    """The distinct patches, the person's own choice first; what else was offered for each finding after it.

    Raises:
        PatchError: the chosen strategies cannot live in one patch.
    """
    try:
        patches = [compose(tree, choices)]
    except StrategyError as error:
        raise PatchError(f"The accepted fixes do not fit together: {error}", "Accept fewer of them.") from error
    rankings = [_ranking(choice, offered) for choice in choices]
    for rank in range(1, max(map(len, rankings))):
        nexts = [
            Choice(choice.finding, ranking[min(rank, len(ranking) - 1)])
            for choice, ranking in zip(choices, rankings, strict=True)
        ]
        try:
            patch = compose(tree, nexts)
        except StrategyError:
            continue  # only the person's own choice must be possible; a further guess may not be
        if all(patch.edits != other.edits for other in patches):
            patches.append(patch)
    return tuple(patches)


def share_of(policy: Policy, number: int, total: int) -> Policy:
    """The policy of try ``number`` (from 1) of ``total``: alpha/2, alpha/4, ..., the last one takes the rest."""
    halvings = number if number < total else number - 1
    return replace(policy, alpha=policy.alpha / 2**halvings)


def _ranking(choice: Choice, offered: Sequence[Candidates]) -> tuple[str, ...]:
    mine = next(each for each in offered if each.finding == choice.finding)
    others = (patch.strategy for patch in mine.patches if patch.safety is not Safety.MANUAL)
    return (choice.strategy, *(name for name in others if name != choice.strategy))
