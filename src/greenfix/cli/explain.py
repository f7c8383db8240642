"""``greenfix explain``."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer

from greenfix.cli.boundary import boundary
from greenfix.errors import UsageError


def explain(
    code: Annotated[str, typer.Argument(metavar="RULE", help="For example IMR001; `all` lists every rule.")],
) -> None:
    """Print the page of a rule: what it finds, why that leaks, what can be done.

    Examples:
    - `greenfix explain IMR001`
    - `greenfix explain all`
    """
    with boundary():
        from greenfix_codemods.rules import all_rules, rule

        if code.lower() == "all":
            for each in all_rules():
                typer.echo(f"{each.code}  {each.title}")
            return
        found = rule(code)
        if found is None:
            known = ", ".join(each.code for each in all_rules())
            raise UsageError(f"There is no rule {code!r}.", f"There are {known}.")
        typer.echo(f"{found.code}: {found.title}\n\n{inspect.getdoc(found)}\n")
        for strategy in found.strategies:
            typer.echo(f"{strategy.name} ({strategy.safety}): {strategy.summary}")
