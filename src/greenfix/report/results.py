"""What became of branches and their pull requests, for people (text) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from greenfix.pull_request import Result
from greenfix.pull_request.decision import Action


def results_text(results: Sequence[Result]) -> str:
    """One line a branch; where there is no forge, also where the body to use was written."""
    if not results:
        return "There is no greenfix branch to propose, and nothing to close.\n"
    return "".join(f"{line}\n" for result in results for line in _lines(result))


def dry_run_text(results: Sequence[Result]) -> str:
    """For each branch what would become of it, the calls, and title and body of what would be opened or updated."""
    return "\n".join(_described(result) for result in results) or results_text(results)


def results_json(results: Sequence[Result]) -> str:
    """One object with a list, in order of the branches."""
    listed = [
        {
            "branch": result.decision.branch,
            "action": result.decision.action.value,
            "why": result.decision.why,
            "to_do": result.decision.blocked,
            "url": result.url or None,
            "title": result.proposal.title if result.proposal else None,
            "draft": result.proposal.draft if result.proposal else None,
            "body_file": str(result.body_file) if result.body_file else None,
            "calls": list(result.calls),
        }
        for result in results
    ]
    return json.dumps({"branches": listed}, ensure_ascii=False) + "\n"


def _lines(result: Result) -> list[str]:
    decision = result.decision
    why = f" ({decision.why})" if decision.why else ""
    lines = [f"{decision.action}: {decision.branch}{why}{f'  {result.url}' if result.url else ''}"]
    if decision.blocked:
        lines.append(f"  {decision.blocked}")
    if result.body_file and result.proposal:
        lines.append(f"  title: {result.proposal.title}")
        lines.append(f"  body:  {result.body_file}")
    return lines


def _described(result: Result) -> str:
    first, *others = _lines(result)
    text = "".join(f"{line}\n" for line in (f"would be {first}", *others))
    text += "".join(f"  {call}\n" for call in result.calls)
    writes = result.decision.action in {Action.OPENED, Action.UPDATED, Action.PUSHED}
    if writes and result.proposal is not None:
        text += f"\n{result.proposal.title}\n\n{result.proposal.body}"
    return text
