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
    import libcst  # 143 ms, and only files to be rewritten need it

    source = site.module.source
    text = source.text
    try:
        tree = libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        raise StrategyError(f"{source.path} cannot be rewritten: {error.message}") from error
    if tree.code != text:
        raise StrategyError(f"{source.path} cannot be rewritten without touching other lines")
    code = strategy.rewrite(tree, site).code
    if code == text:
        raise StrategyError(f"{strategy.name} changed nothing at {source.path}:{site.finding.span.line}")
    after = source.saved_with(code)
    try:
        decode(after, source.path).parse()
    except SourceError as error:
        raise StrategyError(f"{strategy.name} would break {source.path}: {error.message}") from error
    return FileEdit(source.path, source.saved, after, source.encoding)
