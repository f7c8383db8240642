"""The interpreter of the programs that are measured for real: TensorFlow, but neither greenfix nor CodeCarbon."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TARGET_PYTHON = Path(os.environ.get("GREENFIX_TARGET_PYTHON", ROOT / ".venv-tensorflow" / "bin" / "python"))

needs_tensorflow = pytest.mark.skipif(
    not TARGET_PYTHON.exists(),
    reason=f"no TensorFlow: {TARGET_PYTHON} is missing (GREENFIX_TARGET_PYTHON names another)",
)
