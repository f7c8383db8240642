"""From accepted findings to the patches worth measuring, in the order to try them.

The textbook fix is often a loss, so one guess is not enough: the first patch takes each finding's chosen strategy,
the second each finding's next one, and so on. Not every combination of strategies over findings: 5 findings with 4
strategies each would be 1,024 patches, and findings of one program mostly want the same mending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.errors import StrategyError
from greenfix_codemods.finding import Candidates, Finding, Patch, Safety
from greenfix_codemods.scan import Choice, compose

from greenfix.errors import PatchError


@dataclass(frozen=True, slots=True)
class Plan:
    """A patch, and the choices it is made of."""

    patch: Patch
    choices: tuple[Choice, ...]


def plans(tree: Path, choices: Sequence[Choice], offered: Sequence[Candidates]) -> tuple[Plan, ...]:
    """The distinct patches, each under a name of its own: the person's own choice first, then what else was offered.

    Raises:
        PatchError: the chosen strategies cannot live in one patch.
    """
    try:
        found = [Plan(compose(tree, choices), tuple(choices))]
    except StrategyError as error:
        raise PatchError(f"The accepted fixes do not fit together: {error}", "Accept fewer of them.") from error
    rankings = [_ranking(choice, offered) for choice in choices]
    for rank in range(1, max(map(len, rankings))):
        nexts = tuple(
            Choice(choice.finding, ranking[min(rank, len(ranking) - 1)])
            for choice, ranking in zip(choices, rankings, strict=True)
        )
        try:
            patch = compose(tree, nexts)
        except StrategyError:
            continue  # only the person's own choice must be possible; a further guess may not be
        if all(patch.edits != other.patch.edits for other in found):
            found.append(Plan(_named_apart(patch, found), nexts))
    return tuple(found)


def without_each(tree: Path, plan: Plan) -> dict[Finding, Patch]:
    """The plan's patch without the mending of each finding in turn, to see what that one gives.

    A finding that another one's mending covers makes no difference and is left out.
    """
    found = {}
    for left_out in plan.choices:
        others = [choice for choice in plan.choices if choice is not left_out]
        patch = compose(tree, others)
        if patch.edits != plan.patch.edits:
            found[left_out.finding] = replace(patch, strategy=_place(left_out.finding))
    return found


def _place(finding: Finding) -> str:
    return f"without {finding.rule} at {finding.place}"


def _named_apart(patch: Patch, others: Sequence[Plan]) -> Patch:
    """Two findings may swap their strategies, and then two patches have one name."""
    taken = {other.patch.strategy for other in others}
    names = (patch.strategy, *(f"{patch.strategy} ({number})" for number in range(2, len(others) + 2)))
    return replace(patch, strategy=next(name for name in names if name not in taken))


def _ranking(choice: Choice, offered: Sequence[Candidates]) -> tuple[str, ...]:
    mine = next(each for each in offered if each.finding == choice.finding)
    others = (patch.strategy for patch in mine.patches if patch.safety is not Safety.MANUAL)
    return (choice.strategy, *(name for name in others if name != choice.strategy))
