"""Which Keras the target uses, as far as its requirements, its lock file or its code say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.models.builders import flavour_at
from greenfix_codemods.semantics.module import Project

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site

_FILES = (
    "requirements.txt",
    "requirements.in",
    "pyproject.toml",
    "environment.yml",
    "Pipfile",
    "setup.py",
    "setup.cfg",
)
_PIN = re.compile(
    r"(?im)^[^#\n]*?\b(tensorflow(?:-gpu|-cpu)?|tf-keras|keras)\b[\"']?\s*(==|~=|<=|<|=)\s*[\"']*=*(\d+)\.(\d+)"
)
_OLD_HOMES = ("tensorflow.python.keras", "tensorflow.compat.v1.keras", "tf_keras")


def keras_major(site: Site) -> str | None:
    """Why the site's Keras has no ``free_memory`` (it came with Keras 3.3, TensorFlow 2.16); None when it may have."""
    flavour = flavour_at(site)
    if flavour in _OLD_HOMES:
        return f"{flavour} is Keras 2, whose clear_session has no free_memory"
    for name, number in _pins(site.module.project):
        if (name == "keras" and number < (3, 3)) or (name.startswith("tensorflow") and number < (2, 16)):
            version = ".".join(map(str, number))
            return f"the project asks for {name} {version}, and free_memory came with Keras 3.3 (TensorFlow 2.16)"
    return None


def _pins(project: Project) -> list[tuple[str, tuple[int, int]]]:
    """Upper bounds and pins of Keras and TensorFlow in the project's own requirement files."""
    found: list[tuple[str, tuple[int, int]]] = []
    for name in _FILES:
        file = project.root / name
        if file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            found += [(package.lower(), (int(major), int(minor))) for package, _, major, minor in _PIN.findall(text)]
    return found
