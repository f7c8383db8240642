"""The third pass: a strategy's edit of one file, with every untouched byte as it was."""

from __future__ import annotations

from greenfix_codemods.errors import SourceError, StrategyError
from greenfix_codemods.finding import FileEdit
from greenfix_codemods.rule import Site
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategy import Strategy


def apply(strategy: Strategy, site: Site) -> FileEdit:
    """Rewrite the site's file.

    Raises:
        StrategyError: LibCST cannot reproduce the file, or the rewritten file would not parse: nothing is edited.
    """
    from greenfix_codemods.concrete import concrete_of  # LibCST takes 143 ms, and only files to be rewritten need it

    source = site.module.source
    concrete = site.module.once(concrete_of)
    code = strategy.rewrite(concrete, site).code
    if code == source.text:
        raise StrategyError(f"{strategy.name} changed nothing at {source.path}:{site.finding.span.line}")
    after = source.saved_with(code)
    try:
        decode(after, source.path).parse()
    except SourceError as error:
        raise StrategyError(f"{strategy.name} would break {source.path}: {error.message}") from error
    return FileEdit(source.path, source.saved, after, source.encoding)
