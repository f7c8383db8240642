"""``import gc`` is added once, in the right place and in the file's style."""

from __future__ import annotations

from pathlib import Path

import libcst
import pytest
from greenfix_codemods import editing
from greenfix_codemods.concrete import Concrete
from greenfix_codemods.semantics.models.handles import gc_at
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategies.imports import spelled


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\nimport sys\n", "import gc\nimport os\nimport sys\n"),
        ("import abc\nimport os\n", "import abc\nimport gc\nimport os\n"),
        ('"""Docstring."""\nimport os\n', '"""Docstring."""\nimport gc\nimport os\n'),
        (
            '"""Docstring."""\nfrom __future__ import annotations\nx = 1\n',
            '"""Docstring."""\nfrom __future__ import annotations\nimport gc\nx = 1\n',
        ),
        (
            "from __future__ import annotations\n\n# ours\nfrom os import path\n",
            "from __future__ import annotations\n\n# ours\nimport gc\nfrom os import path\n",
        ),
        ("#!/usr/bin/env python\n# licence\nimport os\n", "#!/usr/bin/env python\n# licence\nimport gc\nimport os\n"),
        ("x = 1\n", "import gc\nx = 1\n"),
        ("import gc\nx = 1\n", "import gc\nx = 1\n"),
        ("import os, gc\nx = 1\n", "import os, gc\nx = 1\n"),
        ("import os\r\nx = 1", "import gc\r\nimport os\r\nx = 1"),
    ],
)
def test_an_import_is_added_once_and_in_its_place(before: str, after: str) -> None:
    module = Project(Path("nowhere")).add(decode(before.encode(), "program.py"))
    edits = spelled(gc_at(module, module.tree.body[-1]), module)
    assert editing.make(edits, Concrete(libcst.parse_module(before)), module).code == after
