"""From accepted findings to the patches worth measuring, in the order to try them.

The textbook fix is often a loss, so one guess is not enough: the first patch takes each finding's chosen strategy,
the second each finding's next one, and so on. Not every combination of strategies over findings: 5 findings with 4
strategies each would be 1,024 patches, and findings of one program mostly want the same mending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from greenfix_codemods.errors import StrategyError
from greenfix_codemods.finding import Candidates, Patch, Safety
from greenfix_codemods.scan import Choice, compose

from greenfix.errors import PatchError


def patches_to_try(tree: Path, choices: Sequence[Choice], offered: Sequence[Candidates]) -> tuple[Patch, ...]:
    """The distinct patches, each under a name of its own: the person's own choice first, then what else was offered.

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
            patches.append(_named_apart(patch, patches))
    return tuple(patches)


def _named_apart(patch: Patch, others: Sequence[Patch]) -> Patch:
    """Two findings may swap their strategies, and then two patches have one name."""
    taken = {other.strategy for other in others}
    names = (patch.strategy, *(f"{patch.strategy} ({number})" for number in range(2, len(others) + 2)))
    return replace(patch, strategy=next(name for name in names if name not in taken))


def _ranking(choice: Choice, offered: Sequence[Candidates]) -> tuple[str, ...]:
    mine = next(each for each in offered if each.finding == choice.finding)
    others = (patch.strategy for patch in mine.patches if patch.safety is not Safety.MANUAL)
    return (choice.strategy, *(name for name in others if name != choice.strategy))
