"""One page a rule, from its class: docstring, strategies and examples; and the list of all rules."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from textwrap import dedent, indent

from greenfix_codemods.finding import Safety, Smell
from greenfix_codemods.rule import Example, Rule
from greenfix_codemods.rules import all_rules

_FAMILIES = {
    Smell.IMR: "Improper model reuse: models built, compiled or loaded again in every pass of a loop.",
    Smell.UTR: "Unreleased tensor references: tensors or arrays kept when nobody needs them.",
}
_SAFETY = {
    Safety.SAFE: "the meaning is kept, argued statically",
    Safety.UNSAFE: "results may change: the behaviour check of the experiment decides",
    Safety.MANUAL: "explained, never applied",
}


def rule_pages() -> dict[str, str]:
    """Return ``index.md`` and one page a rule, by file name."""
    return {"index.md": _index()} | {f"{rule.code}.md": rule_page(rule) for rule in all_rules()}


def rule_page(rule: Rule) -> str:
    """Return the page of ``rule``: what ``greenfix explain`` prints, and the examples that are its tests."""
    parts = [f"# {rule.code}: {_sentence(rule.title)}", inspect.getdoc(rule) or "", *_strategies(rule)]
    found = [example for example in rule.examples if example.lines]
    left_alone = [example for example in rule.examples if example.because]
    if found:
        marked = "Every example is a test of the rule. It must report the lines that end in `# <-`."
        parts += ["## Reported", marked, *(_code(example) for example in found)]
    if left_alone:
        parts += ["## Left alone", "These look alike and must not be reported.", *map(_folded, left_alone)]
    return "\n\n".join(parts) + "\n"


def _index() -> str:
    parts = [
        "# Rules",
        "Each rule finds one shape of a leak. What it finds is a claim about source text; whether mending it saves "
        "energy only an experiment tells. `greenfix explain RULE` prints the same pages in a terminal.",
    ]
    for smell, meaning in _FAMILIES.items():
        rows = [(f"[{rule.code}]({rule.code}.md)", _sentence(rule.title), _names(rule)) for rule in _of(smell)]
        parts += [f"## {smell}", meaning, table(("rule", "what it finds", "strategies"), rows)]
    parts += ["## Safety of a strategy", table(("safety", "meaning"), [(f"`{s}`", m) for s, m in _SAFETY.items()])]
    return "\n\n".join(parts) + "\n"


def _of(smell: Smell) -> Iterator[Rule]:
    return (rule for rule in all_rules() if rule.smell is smell)


def _names(rule: Rule) -> str:
    return ", ".join(f"`{strategy.name}`" for strategy in rule.strategies) or "none: explained only"


def _strategies(rule: Rule) -> list[str]:
    if not rule.strategies:
        return []
    rows = [(f"`{each.name}`", each.safety, each.summary) for each in rule.strategies]
    order = "In the order of the static guess which one is best. The experiment decides."
    return ["## Strategies", order, table(("strategy", "safety", "what it does"), rows)]


def _code(example: Example) -> str:
    return f"```python\n{dedent(example.code).strip()}\n```"


def _folded(example: Example) -> str:
    return f'??? example "{_sentence(example.because)}"\n\n{indent(_code(example), "    ")}'


def _sentence(text: str) -> str:
    """``text`` with a capital letter, unless it begins with a name of the code."""
    first = text.split(maxsplit=1)[0]
    return text if "." in first or first == "predict" else text[0].upper() + text[1:]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
