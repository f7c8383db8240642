"""Where the model of a finding is built, and with which Keras."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.models.handles import flavour_of
from greenfix_codemods.semantics.models.leaks import leaks_of
from greenfix_codemods.semantics.module import Module

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


def flavour_at(site: Site) -> str:
    """The home of Keras (``keras``, ``tensorflow.keras``, ``tf_keras`` ...) that builds the site's model.

    The builder's own import says it; else the imports of its file, else of the site's file. ``tensorflow.keras``
    when nobody says: every TensorFlow 1.4 and later has it.
    """
    for leak in site.module.once(leaks_of):
        if leak.place is site.place and leak.build.model is not None:
            module = leak.build.model.module or site.module
            return (
                _constructor(leak.build.model.origin, module) or _imports(module) or _imports(site.module) or _DEFAULT
            )
    return _imports(site.module) or _DEFAULT


_DEFAULT = "tensorflow.keras"


def _constructor(call: ast.AST, module: Module) -> str:
    raw = module.names.raw(call.func) if isinstance(call, ast.Call) and call in module.parents else None
    flavour = flavour_of(raw) if raw else ""
    return "" if flavour == "tensorflow" else flavour


def _imports(module: Module) -> str:
    found = [flavour_of(dotted) for dotted in (*module.names.imports.values(), *module.names.stars)]
    exact = [flavour for flavour in found if flavour and flavour != "tensorflow"]
    return exact[0] if exact else _DEFAULT if "tensorflow" in found else ""
