"""``greenfix explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary
from greenfix.cli.measuring import ResultFormat
from greenfix.errors import UsageError


def explain(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="RULE|FINDING",
            help="IMR001, or `all` rules; or a finding: train.py:12, or the beginning of its fingerprint.",
        ),
    ],
    repository: Annotated[
        Path, typer.Option("--repository", help="The folder that was scanned or diagnosed.", show_default="this folder")
    ] = Path(),
    output: measuring.Output = ResultFormat.TEXT,
) -> None:
    """Print the page of a rule, or all that is known of a finding before it is measured.

    Of a finding: why it is one, what can be tried, what stops the other strategies, and what each is expected to save,
    from how many measurements. Runs nothing and changes nothing.

    Exit code 0: shown; 2: there is no such rule or finding.

    Examples:
    - `greenfix explain IMR001`
    - `greenfix explain all`
    - `greenfix explain train.py:12`
    - `greenfix explain a8cf --repository ~/project --format json`
    """
    with boundary():
        from greenfix.explanation import is_about_a_finding

        text = _finding(asked, repository, output) if is_about_a_finding(asked) else _rules(asked, output)
        typer.echo(text, nl=False)


def _rules(asked: str, output: ResultFormat) -> str:
    from greenfix_codemods.rules import all_rules, rule

    from greenfix.report.explanation import rule_json, rule_text

    if asked.lower() == "all":
        return "".join(f"{each.code}  {each.title}\n" for each in all_rules())
    found = rule(asked)
    if found is None:
        known = ", ".join(each.code for each in all_rules())
        raise UsageError(f"There is no rule {asked!r}.", f"There are {known}; a finding is named as train.py:12.")
    return rule_json(found) if output is ResultFormat.JSON else rule_text(found)


def _finding(asked: str, repository: Path, output: ResultFormat) -> str:
    from greenfix_codemods.files import root_of

    from greenfix.cli.scan import cache_folder
    from greenfix.explanation import explain_findings
    from greenfix.report.explanation import explanation_json, explanation_text
    from greenfix.settings import load_settings

    if not repository.exists():
        raise UsageError(f"{repository} does not exist.")
    selection = load_settings(repository).selection(root_of(repository))
    found = explain_findings(asked, repository, selection, cache_folder())
    return explanation_json(found) if output is ResultFormat.JSON else "\n".join(map(explanation_text, found))
